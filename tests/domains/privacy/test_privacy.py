"""Forgetting families, the terms after which that is due, and new master keys."""

from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from domains.instruction import Instruction, record
from domains.persons.model import NewPerson
from domains.persons.operations import (
    drop_master_keys,
    forget_family,
    register_persons,
    shelter_strangers,
    wrap_keys_anew,
)
from domains.persons.queries import keys_left, persons, pseudonyms
from domains.persons.rules import (
    MasterKeyDropped,
    MasterKeyReplaced,
    NobodyKnown,
    StillHelped,
    TermRuns,
)
from domains.persons.vault import (
    PersonKeyUnusable,
    Vault,
    add_master_key,
    drop_older_keys,
    load_or_make_vault,
)
from domains.privacy.model import PURPOSES, KnownFamily
from domains.privacy.queries import known_families, spent_on
from domains.privacy.rules import (
    PurposeMissing,
    PurposeNotAllowed,
    decide_purpose,
    decide_retention,
)
from ledger.reading import rows
from ledger.refusals import Refusal
from tests.domains.declarations.support import facts
from tests.domains.families.acts import add, leave, take_in
from tests.domains.reservations.support import deliver, delivery, reserved_care
from tests.domains.support import PARENT, YOUNGSTER, Town
from tests.support.messages import ANNA, TOM

pytestmark = [pytest.mark.postgres, pytest.mark.anyio]

FAMILY = UUID(int=1)

TERMS = """
paid by      | last change | until      | article
JW           | 2026-03-01  | 2046-03-01 | Jeugdwet 7.3.8 lid 3
JW WMO       | 2026-03-01  | 2046-03-01 | Jeugdwet 7.3.8 lid 3
WMO ARM      | 2026-03-01  | 2041-03-01 | Wmo 2015 5.3.4
ARM          | 2026-03-01  | 2033-03-01 | AWR 52
             | 2026-03-01  | 2033-03-01 | AWR 52
WMO          | 2028-02-29  | 2043-03-01 | Wmo 2015 5.3.4
"""


@pytest.mark.parametrize("row", TERMS.strip().splitlines()[1:])
def test_the_longest_term_of_what_paid_counts(row: str) -> None:
    paid, last, until, article = (cell.strip() for cell in row.split("|"))
    found = decide_retention(
        KnownFamily(
            id=FAMILY, last_change=date.fromisoformat(last), sources=frozenset(paid.split())
        )
    )
    assert (str(found.ends_on), found.term.legal_basis) == (until, article)


def test_a_purpose_is_one_of_the_role() -> None:
    assert decide_purpose("controle", roles={"auditor"}) == PURPOSES["controle"]
    with pytest.raises(PurposeMissing, match="hulpverlening"):
        decide_purpose("", roles={"wijkteam"})
    with pytest.raises(PurposeNotAllowed, match="controle"):
        decide_purpose("hulpverlening", roles={"auditor"})
    with pytest.raises(PurposeNotAllowed, match="geen enkel doel"):
        decide_purpose("hulpverlening", roles={"wethouder"})


async def known_by(town: Town, vault: Vault, *told: NewPerson) -> None:
    await town.do(
        lambda connection, instruction: register_persons(
            connection, instruction=instruction, vault=vault, persons=told
        )
    )


async def forget(
    town: Town,
    vault: Vault,
    family: UUID,
    *,
    today: date | None = None,
    ground: str | None = None,
) -> tuple[UUID, ...]:
    return await town.do(
        lambda connection, instruction: forget_family(
            connection,
            instruction=instruction,
            vault=lambda: vault,
            family=family,
            reason="B&W 2026-114",
            ground=ground,
        ),
        today=today,
    )


async def test_a_family_with_help_is_forgotten_when_that_is_over_and_all_still_adds_up(
    town: Town, tmp_path: Path
) -> None:
    vault = load_or_make_vault(tmp_path / "personen.key")
    budget, draw = await reserved_care(town)
    family = (await town.budget(budget)).family.id
    tom, anna = await town.person(budget, YOUNGSTER), await town.person(budget)
    await known_by(
        town,
        vault,
        NewPerson(person=tom, facts=facts(TOM, YOUNGSTER, "Wit")),
        NewPerson(person=anna, facts=facts(ANNA, PARENT, "Wit")),
    )
    before = await town.number_of_entries()
    with pytest.raises(StillHelped, match="loopt hulp"):
        await forget(town, vault, family)
    with pytest.raises(StillHelped, match="geld vast"):
        await forget(town, vault, family, today=date(2027, 6, 1))
    days = (draw.request.from_date, draw.request.until_date)
    await deliver(town, delivery(draw.id, draw.request.amount_cents, days))
    async with db.transaction(town.engine, town.gemeente) as connection:
        (known,) = await known_families(connection, gemeente=town.gemeente)
        (spent,) = await spent_on(connection, gemeente=town.gemeente, family=family)
    assert (known.id, known.last_change) == (family, days[1].replace(day=30, month=6))
    assert decide_retention(known).ends_on == known.last_change.replace(
        year=known.last_change.year + 20
    )
    assert spent.spent_cents == spent.granted_cents == draw.request.amount_cents
    assert spent.sentence
    with pytest.raises(TermRuns, match=r"vanaf \d\d-\d\d-2046"):
        await forget(town, vault, family, today=date(2027, 6, 1))
    asked = await forget(town, vault, family, today=date(2027, 6, 1), ground="verzoek-jeugdwet")
    assert asked == (family,)
    with pytest.raises(NobodyKnown):
        await forget(town, vault, family, today=date(2027, 6, 2))
    async with db.transaction(town.engine, town.gemeente) as connection:
        left = await persons(connection, gemeente=town.gemeente, vault=vault, ids=[tom, anna])
        found = await pseudonyms(connection, gemeente=town.gemeente, vault=vault, bsns=[TOM, ANNA])
        assert (left, found) == ({}, {})
        assert await known_families(connection, gemeente=town.gemeente) == ()
    assert await town.number_of_entries() > before
    await town.assert_sound()


async def sheltered(
    connection: AsyncConnection, instruction: Instruction, vault: Vault
) -> tuple[UUID, ...]:
    found = await shelter_strangers(connection, instruction=instruction, vault=vault, bsns=[ANNA])
    await record(connection, instruction=instruction, results=list(found.values()))
    return tuple(found.values())


async def test_whoever_moved_is_forgotten_with_the_family_that_he_came_to_last(
    town: Town, tmp_path: Path
) -> None:
    vault = load_or_make_vault(tmp_path / "personen.key")
    first, last = await town.register(PARENT), await town.register(PARENT)
    anna = await town.person(await town.open_budget(first))
    tom = await add(town, first, YOUNGSTER, from_date=date(2026, 1, 1))
    await known_by(
        town,
        vault,
        NewPerson(person=tom, facts=facts(TOM, YOUNGSTER, "Wit")),
        NewPerson(person=anna, facts=facts(ANNA, PARENT, "Wit")),
    )
    await town.do(lambda connection, instruction: sheltered(connection, instruction, vault))
    await leave(town, first, tom)
    await take_in(town, last, tom)

    async def left() -> set[str]:
        async with db.transaction(town.engine, town.gemeente) as connection:
            kept = await rows(
                connection,
                "SELECT person_id FROM persons.person WHERE gemeente = %s",
                (town.gemeente,),
            )
            told = await persons(
                connection, gemeente=town.gemeente, vault=vault, ids=[row[0] for row in kept]
            )
        return {each.bsn for each in told.values()}

    await forget(town, vault, first, ground="verzoek-wmo")
    assert await left() == {TOM}, "also without what a message said of her before"
    await forget(town, vault, last, ground="verzoek-wmo")
    assert await left() == set()
    await town.assert_sound()


async def test_a_new_master_key_takes_over_what_the_old_one_wrapped(
    town: Town, tmp_path: Path
) -> None:
    file = tmp_path / "personen.key"
    old = load_or_make_vault(file)
    family = await town.register(PARENT, YOUNGSTER)
    budget = await town.open_budget(family)
    tom, anna = await town.person(budget, YOUNGSTER), await town.person(budget)
    await known_by(town, old, NewPerson(person=tom, facts=facts(TOM, YOUNGSTER, "Wit")))
    new = add_master_key(file)
    assert (new.older, new.name == old.name) == ((old.master,), False)
    assert file.stat().st_mode & 0o777 == 0o600

    async def tom_is_known(vault: Vault) -> bool:
        async with db.transaction(town.engine, town.gemeente) as connection:
            found = await pseudonyms(connection, gemeente=town.gemeente, vault=vault, bsns=[TOM])
            told = await persons(connection, gemeente=town.gemeente, vault=vault, ids=[tom])
        return found == {TOM: tom} and told[tom].surname == "Wit"

    async def left(vault: Vault) -> int:
        async with db.transaction(town.engine, town.gemeente) as connection:
            return await keys_left(connection, gemeente=town.gemeente, vault=vault)

    assert await tom_is_known(new), "while the rotation is under way"
    with pytest.raises(Refusal, match="hoort al bij persoon"):
        await known_by(town, new, NewPerson(person=anna, facts=facts(TOM, PARENT, "Wit")))
    assert await left(new) == 1
    await town.do(
        lambda connection, instruction: wrap_keys_anew(
            connection, instruction=instruction, vault=new
        )
    )
    assert await left(new) == 0
    with pytest.raises(MasterKeyReplaced):
        await tom_is_known(old)
    async with db.transaction(town.engine, town.gemeente) as connection:
        await drop_master_keys(
            connection, gemeente=town.gemeente, vault=new, at=datetime(2026, 6, 1, tzinfo=UTC)
        )
    alone = drop_older_keys(file, new)
    assert alone.older == ()
    assert await tom_is_known(alone)
    async with db.transaction(town.engine, town.gemeente) as connection:
        with pytest.raises(PersonKeyUnusable):
            await persons(connection, gemeente=town.gemeente, vault=old, ids=[tom])
    elsewhere = await town.open_budget(await town.register(PARENT))
    late = NewPerson(person=await town.person(elsewhere), facts=facts(ANNA, PARENT, "Wit"))
    with pytest.raises(MasterKeyDropped):
        await known_by(town, old, late)
    await known_by(town, alone, late)
    await town.assert_sound()


def test_a_key_file_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "personen.key"
    load_or_make_vault(file)
    add_master_key(file)
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(PersonKeyUnusable, match="sleutels van 32 bytes"):
        load_or_make_vault(file)
