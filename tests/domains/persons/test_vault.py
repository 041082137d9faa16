"""Who stands behind a pseudonym: sealed, found by a keyed hash, and forgotten with a key."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from api import db
from domains.families.rules import UnknownPerson
from domains.persons.model import NewPerson
from domains.persons.operations import (
    BsnInvalid,
    BsnTaken,
    PersonRegistered,
    forget_family,
    register_persons,
    shelter_strangers,
)
from domains.persons.queries import persons, pseudonyms
from domains.persons.reading import PersonLineUnreadable, read_persons
from domains.persons.vault import PersonKeyUnusable, load_or_make_vault
from ledger.refusals import Refusal
from tests.domains.declarations.support import VAULT, facts
from tests.domains.support import PARENT, YOUNGSTER, Town
from tests.support.messages import ANNA, TOM

GEMEENTE = "GM0344"
PERSON = UUID(int=1)
TOLD = facts(TOM, YOUNGSTER, "Wit")


def test_what_is_sealed_opens_only_where_it_was_sealed() -> None:
    key = VAULT.new_data_key(GEMEENTE, PERSON)
    sealed = VAULT.seal(key, GEMEENTE, PERSON, TOLD)
    assert TOM.encode() not in sealed
    assert VAULT.open(key, GEMEENTE, PERSON, sealed) == TOLD
    for gemeente, person in (("GM0345", PERSON), (GEMEENTE, UUID(int=2))):
        with pytest.raises(PersonKeyUnusable):
            VAULT.open(key, gemeente, person, sealed)
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    with pytest.raises(PersonKeyUnusable):
        VAULT.open(key, GEMEENTE, PERSON, changed)


def test_another_master_key_finds_and_opens_nothing() -> None:
    other = replace(VAULT, master=bytes(32))
    assert other.look_up(GEMEENTE, TOM) != VAULT.look_up(GEMEENTE, TOM)
    key = VAULT.new_data_key(GEMEENTE, PERSON)
    for master in (VAULT.name, other.name):
        with pytest.raises(PersonKeyUnusable):
            other.unwrap(GEMEENTE, PERSON, wrapped=key.wrapped, master=master)


def test_the_same_number_is_marked_apart_in_each_gemeente() -> None:
    assert VAULT.look_up(GEMEENTE, TOM) != VAULT.look_up("GM0345", TOM)


def test_nothing_of_a_person_or_a_key_shows_when_it_is_printed() -> None:
    shown = repr((TOLD, NewPerson(person=PERSON, facts=TOLD), VAULT))
    shown += repr(VAULT.new_data_key(GEMEENTE, PERSON))
    assert TOM not in shown
    assert "Wit" not in shown
    assert "x00" not in shown


def test_a_key_file_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "sleutels" / "personen.key"
    made = load_or_make_vault(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert load_or_make_vault(file) == made
    file.chmod(0o644)
    with pytest.raises(PersonKeyUnusable):
        load_or_make_vault(file)
    file.chmod(0o600)
    file.write_bytes(b"kort")
    with pytest.raises(PersonKeyUnusable):
        load_or_make_vault(file)


async def register(town: Town, *told: NewPerson) -> tuple[UUID, ...]:
    return await town.do(
        lambda connection, instruction: register_persons(
            connection, instruction=instruction, vault=VAULT, persons=told
        )
    )


async def known(town: Town, *bsns: str) -> dict[str, UUID]:
    async with db.transaction(town.engine, town.gemeente) as connection:
        return await pseudonyms(connection, gemeente=town.gemeente, vault=VAULT, bsns=bsns)


async def test_a_family_is_forgotten_with_its_key_and_the_books_stay(town: Town) -> None:
    family = await town.register(PARENT, YOUNGSTER)
    budget = await town.open_budget(family)
    tom, anna = await town.person(budget, YOUNGSTER), await town.person(budget)
    other = await town.open_budget(await town.register(date(1990, 1, 1)))
    neighbour = await town.person(other, date(1990, 1, 1))
    await register(
        town,
        NewPerson(person=tom, facts=TOLD),
        NewPerson(person=neighbour, facts=facts("999990019", date(1990, 1, 1), "Berg")),
    )
    await register(town, NewPerson(person=anna, facts=facts(ANNA, PARENT, "Wit")))
    assert await known(town, TOM, ANNA) == {TOM: tom, ANNA: anna}
    await town.do(
        lambda connection, instruction: forget_family(
            connection,
            instruction=instruction,
            vault=lambda: VAULT,
            family=family,
            reason="bewaartermijn voorbij",
            ground="verzoek-wmo",
        )
    )
    assert await known(town, TOM, ANNA, "999990019") == {"999990019": neighbour}
    async with db.transaction(town.engine, town.gemeente) as connection:
        left = await persons(
            connection, gemeente=town.gemeente, vault=VAULT, ids=[tom, anna, neighbour]
        )
    assert left.keys() == {neighbour}
    await town.assert_sound()


async def test_a_number_and_a_pseudonym_belong_together_once(town: Town) -> None:
    budget = await town.open_budget(await town.register(PARENT, YOUNGSTER))
    tom, anna = await town.person(budget, YOUNGSTER), await town.person(budget)
    await register(town, NewPerson(person=tom, facts=TOLD))
    for person, told, refusal in (
        (tom, facts(ANNA, PARENT, "Wit"), PersonRegistered),
        (anna, TOLD, BsnTaken),
        (anna, facts("999900007", PARENT, "Wit"), BsnInvalid),
        (UUID(int=7), facts(ANNA, PARENT, "Wit"), UnknownPerson),
    ):
        with pytest.raises(refusal):
            await register(town, NewPerson(person=person, facts=told))


async def test_strangers_are_kept_but_not_known(town: Town) -> None:
    async with db.transaction(town.engine, town.gemeente) as connection:
        found = await shelter_strangers(
            connection, instruction=town.instruction(), vault=VAULT, bsns=[TOM, TOM, ANNA]
        )
        opened = await persons(
            connection, gemeente=town.gemeente, vault=VAULT, ids=list(found.values())
        )
    assert {person: told.bsn for person, told in opened.items()} == {
        found[TOM]: TOM,
        found[ANNA]: ANNA,
    }
    assert await known(town, TOM, ANNA) == {}


HEADING = "persoon;bsn;geboortedatum;geslacht;voorvoegsel;achternaam;voorletters\n"
LINE = f"{PERSON};{TOM};2010-02-14;1;de;Wit;T\n"


def test_persons_are_read_from_a_file() -> None:
    (found,) = read_persons((HEADING + LINE).encode(), file_name="personen.csv")
    assert (found.person, found.facts.bsn, found.facts.prefix) == (PERSON, TOM, "de")


@pytest.mark.parametrize(
    ("content", "column"),
    [
        (HEADING, "persoon"),
        (HEADING + LINE.replace(str(PERSON), "x"), "persoon"),
        (HEADING + LINE.replace(TOM, "999900007"), "bsn"),
        (HEADING + LINE.replace("2010-02-14", "14-2-2010"), "geboortedatum"),
        (HEADING + LINE.replace(";1;", ";3;"), "geslacht"),
        (HEADING + LINE.replace("Wit", " "), "achternaam"),
        (HEADING + LINE.replace("Wit", "W\x01t"), "achternaam"),
        (HEADING + LINE.replace(";de;", ";van de grote;"), "voorvoegsel"),
        (HEADING + LINE.replace(";T\n", ";J.P.\n"), "voorletters"),
        (HEADING.replace("bsn", "nummer") + LINE, "bsn"),
    ],
)
def test_a_line_that_cannot_be_used_is_refused_without_its_values(
    content: str, column: str
) -> None:
    with pytest.raises(Refusal) as refused:
        read_persons(content.encode(), file_name="personen.csv")
    assert isinstance(refused.value, PersonLineUnreadable)
    assert refused.value.column == column
    assert TOM not in refused.value.message()
    with pytest.raises(PersonLineUnreadable):
        read_persons(b"\xff\xfe", file_name="personen.csv")
