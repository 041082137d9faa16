"""Taking in debt help: whom it is kept for, what is left out, and that a file counts once."""

from uuid import UUID

import pytest

from api import db
from domains.debt_help import queries
from domains.debt_help.model import DebtHelpImport
from domains.debt_help.operations import import_debt_help
from domains.debt_help.queries import HelpStart, help_starts
from domains.debt_help.reading import read_debt_help
from domains.debt_help.refusals import UnknownDebtHelpImport
from domains.messages.model import PersonFacts
from domains.persons.model import NewPerson
from domains.persons.operations import register_persons
from tests.domains.debt_help.support import delivery, trajectory
from tests.domains.declarations.support import VAULT
from tests.domains.support import PARENT, Town
from tests.support.messages import ANNA, TOM

STRANGER = UUID("6f9619ff-8b86-4d01-b42d-00cf4fc964ff")

pytestmark = [pytest.mark.postgres, pytest.mark.anyio]


@pytest.fixture
async def anna(town: Town) -> UUID:
    """Give the pseudonym of somebody whose number is known."""
    budget = await town.open_budget(await town.register())
    person = await town.person(budget, PARENT)
    await town.do(
        lambda connection, instruction: register_persons(
            connection,
            instruction=instruction,
            vault=VAULT,
            persons=[
                NewPerson(
                    person=person,
                    facts=PersonFacts(bsn=ANNA, surname="Jansen", birth_date=PARENT),
                )
            ],
        )
    )
    return person


async def take_in(town: Town, content: bytes, *, name: str = "levering.json") -> DebtHelpImport:
    """Take in a file and give what came of it."""
    file = read_debt_help(content, file_name=name, schema=None)
    (made,) = await town.do(
        lambda connection, instruction: import_debt_help(
            connection, instruction=instruction, vault=VAULT, file=file, file_name=name
        )
    )
    async with db.transaction(town.engine, town.gemeente) as connection:
        return await queries.delivery(connection, gemeente=town.gemeente, delivery_id=made)


async def starts(town: Town) -> list[HelpStart]:
    async with db.transaction(town.engine, town.gemeente) as connection:
        return list(await help_starts(connection, gemeente=town.gemeente))


async def test_help_begins_for_who_is_known_and_others_are_left_out(town: Town, anna: UUID) -> None:
    here = town.gemeente
    found = await take_in(
        town,
        delivery(
            trajectory(here, ANNA, stabilisatie={"startdatum": "2026-02-10"}),
            trajectory(here, TOM),
            trajectory(here, "123456789"),
            trajectory("GM0001", ANNA),
            trajectory(here, ANNA, intake={"beschikkingssoort": "Afwijzingsbeschikking"}),
            {"gemeentecode": here, "startdatum": "2026-02-01"},
            trajectory(here, ANNA, startdatum=None) | {"startdatum": "2026-05-01"},
            {key: value for key, value in trajectory(here, ANNA).items() if key != "startdatum"},
            trajectory(here, str(anna), startdatum="2026-06-01"),
            trajectory(here, str(STRANGER)),
        ),
    )
    assert (found.trajectories, found.starts) == (10, 4)
    assert [(each.pointer.split("/", 4)[4], str(each.reason)) for each in found.left_out] == [
        ("1/client/0", "persoon-onbekend"),
        ("2/client/0", "bsn-ongeldig"),
        ("3", "andere-gemeente"),
        ("4", "afgewezen"),
        ("5", "geen-client"),
        ("7", "geen-begindatum"),
        ("9/client/0", "persoon-onbekend"),
    ]
    assert {(each.person, each.kind, each.source) for each in await starts(town)} == {
        (anna, "schuldhulpverlening", "ddas")
    }
    assert [(each.form, str(each.started_on)) for each in await starts(town)] == [
        ("traject", "2026-02-01"),
        ("stabilisatie", "2026-02-10"),
        ("traject", "2026-05-01"),
        ("traject", "2026-06-01"),
    ]
    await town.assert_sound()


async def test_a_file_counts_once_whatever_it_is_called(town: Town, anna: UUID) -> None:
    del anna
    content = delivery(trajectory(town.gemeente, ANNA))
    first = await take_in(town, content)
    again = await take_in(town, content, name="nog eens.json")
    assert (again, await town.count("domains.told_help")) == (first, 1)
    await town.assert_sound()


async def test_a_later_file_tells_how_it_ended(town: Town, anna: UUID) -> None:
    await take_in(town, delivery(trajectory(town.gemeente, ANNA)))
    ended = {"einddatum": "2026-11-30", "uitstroom": {"reden": "Afgerond"}}
    await take_in(town, delivery(trajectory(town.gemeente, ANNA, **ended)))
    (only,) = await starts(town)
    assert (only.person, str(only.ended_on), only.outcome) == (anna, "2026-11-30", "Afgerond")


async def test_nothing_of_who_stands_in_a_file_is_kept(town: Town, anna: UUID) -> None:
    del anna
    await take_in(town, delivery(trajectory(town.gemeente, ANNA, omschrijving="Mevrouw Jansen")))
    (told,) = await town.ask(
        "SELECT (SELECT string_agg(delivery::text, '') FROM domains.help_delivery AS delivery)"
        " || (SELECT string_agg(told::text, '') FROM domains.told_help AS told)"
    )
    assert ANNA not in told[0]
    assert "Jansen" not in told[0]


async def test_a_delivery_that_nobody_knows_is_not_found(town: Town) -> None:
    async with db.transaction(town.engine, town.gemeente) as connection:
        with pytest.raises(UnknownDebtHelpImport):
            await queries.delivery(connection, gemeente=town.gemeente, delivery_id=STRANGER)
