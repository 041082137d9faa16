"""From what the council has to decide to a decision: the items go, and what is free changes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from domains import chart
from domains.budget_changes.model import BudgetChange, ChangeLine
from domains.budget_changes.operations import adopt, draft, draft_again, draft_from_items
from domains.budget_changes.queries import budget_changes, latest, lines_with_old
from domains.budget_changes.rules import YearWithoutBudget
from domains.council.queries import CouncilStanding, council_standing
from domains.pooling import operations as pooling
from domains.pooling.model import CouncilLine
from domains.settings.model import SettingName
from domains.settings.operations import decide_setting
from domains.settings.queries import settings_on
from ledger import balances
from ledger.money import show
from ledger.refusals import Refusal
from tests.domains.budget_changes.test_rules import lines_of
from tests.domains.council.support import written
from tests.domains.support import DAY, PARENT, YEAR, Town, draw

pytestmark = pytest.mark.postgres

BUDGET = """
    JW  Jeugd   6.751 10000
    WMO Meedoen 6.712  4000
    SHV Meedoen 6.3    2000
"""
DECIDED = date(2026, 1, 2)


@pytest.fixture
async def town(engine: AsyncEngine, gemeente: str) -> Town:
    """A budget of two programmes, of which a family may use € 900 of each fund."""
    made = Town(engine, gemeente)
    await made.open_year()
    await made.do(
        lambda connection, instruction: pooling.book_council_budget(
            connection,
            instruction=instruction,
            year=YEAR,
            lines=[
                CouncilLine(
                    source=source,
                    programme=programme,
                    taakveld=taakveld,
                    amount_cents=int(euros) * 100,
                )
                for source, programme, taakveld, euros in map(
                    str.split, BUDGET.strip().splitlines()
                )
            ],
            decision="raadsbesluit 1",
            booking_date=DAY,
        )
    )
    await made.add_districts(made.wijk)
    await made.fill({"JW": 2_000, "WMO": 2_000, "SHV": 2_000})
    await made.add_family_types()
    return made


async def spend(town: Town, cents: int) -> None:
    """Let a family spend on 6.3, from all its funds in proportion."""
    budget = await town.open_budget(await town.register(PARENT), 600_000, reason="nodig")
    await town.draw(draw(budget, await town.person(budget), cents=cents))


async def standing(town: Town) -> CouncilStanding:
    async with db.transaction(town.engine, town.gemeente) as connection:
        return await council_standing(
            connection,
            gemeente=town.gemeente,
            year=YEAR,
            on=date(2026, 12, 31),
            known_up_to=await balances.last_link(connection, gemeente=town.gemeente),
            settings=await settings_on(connection, gemeente=town.gemeente, day=DAY),
        )


async def items(town: Town) -> list[str]:
    return [written(each) for each in (await standing(town)).items]


async def change(town: Town, change_id: UUID) -> BudgetChange:
    async with db.transaction(town.engine, town.gemeente) as connection:
        found = await budget_changes(connection, gemeente=town.gemeente, change=change_id)
    return latest(found)[0]


async def newest(town: Town) -> BudgetChange:
    async with db.transaction(town.engine, town.gemeente) as connection:
        return latest(await budget_changes(connection, gemeente=town.gemeente))[-1]


async def shown(town: Town, found: BudgetChange) -> list[str]:
    async with db.transaction(town.engine, town.gemeente) as connection:
        lines = await lines_with_old(connection, gemeente=town.gemeente, change=found)
    return [
        f"{each.line.side} {each.line.source} {each.line.programme} {each.line.taakveld}:"
        f" {show(each.old_cents)} {show(each.line.change_cents)} {show(each.new_cents)}"
        for each in lines
    ]


async def draft_items(town: Town) -> BudgetChange:
    (version,) = await town.do(
        lambda connection, instruction: draft_from_items(
            connection, instruction=instruction, year=YEAR, description="Najaarswijziging"
        )
    )
    found = await newest(town)
    assert found.version_id == version
    return found


async def draft_own(town: Town, table: str, *, year: int = YEAR) -> BudgetChange:
    await town.do(
        lambda connection, instruction: draft(
            connection,
            instruction=instruction,
            year=year,
            description="Eigen wijziging",
            lines=lines_of(table),
        )
    )
    return await newest(town)


async def again(town: Town, found: BudgetChange, lines: Sequence[ChangeLine]) -> BudgetChange:
    await town.do(
        lambda connection, instruction: draft_again(
            connection,
            instruction=instruction,
            change=found.id,
            number=found.number,
            description=found.description,
            lines=lines,
        )
    )
    return await change(town, found.id)


async def adopt_now(
    town: Town, found: BudgetChange, *, decided_on: date = DECIDED, key: str | None = None
) -> BudgetChange:
    await town.do(
        lambda connection, instruction: adopt(
            connection,
            instruction=instruction,
            change=found.id,
            number=found.number,
            decision="raadsbesluit 9",
            decided_on=decided_on,
        ),
        key,
    )
    return await change(town, found.id)


async def test_what_is_spent_outside_its_programme_is_adopted_and_gone(town: Town) -> None:
    await spend(town, 300_000)
    assert await items(town) == ["buiten-programma JW-2026 Meedoen 6.3 1000"]
    found = await draft_items(town)
    assert await shown(town, found) == [
        "lasten JW Meedoen 6.3: € 0,00 € 1.000,00 € 1.000,00",
        "lasten JW Jeugd 6.751: € 10.000,00 € -1.000,00 € 9.000,00",
    ]
    free = await town.rooms(chart.FREE)
    adopted = await adopt_now(town, found)
    assert await items(town) == []
    assert await town.rooms(chart.FREE) == free
    assert adopted.adoption is not None
    (entry,) = adopted.adoption.entries
    assert await town.lines(entry) == [
        "0100 JW-2026 Jeugd 6.751 debet € 1.000,00",
        "0100 JW-2026 Meedoen 6.3 credit € 1.000,00",
    ]
    assert (await town.entry(entry)).document == "raadsbesluit 9"
    assert await shown(town, adopted) == [
        "lasten JW Meedoen 6.3: € 0,00 € 1.000,00 € 1.000,00",
        "lasten JW Jeugd 6.751: € 10.000,00 € -1.000,00 € 9.000,00",
    ]
    await town.assert_sound()


async def test_what_is_above_a_taakveld_comes_from_where_the_fund_has_it_unused(
    town: Town,
) -> None:
    await spend(town, 300_000)
    await town.do(
        lambda connection, instruction: decide_setting(
            connection,
            instruction=instruction,
            name=SettingName.AUTHORISATION_LEVEL,
            value="taakveld",
            decision="raadsbesluit 2",
            valid_from=DAY,
        )
    )
    await adopt_now(town, await draft_own(town, "lasten JW Meedoen 6.3 1\nbaten JW Jeugd 0.7 1"))
    await adopt_now(
        town, await draft_own(town, "lasten SHV Meedoen 6.3 -1000\nlasten SHV Meedoen 6.1 1000")
    )
    assert await items(town) == [
        "boven-autorisatie JW-2026 Meedoen 6.3 999",
        "boven-autorisatie WMO-2026 Meedoen 6.3 1000",
    ]
    await adopt_now(town, await draft_items(town))
    assert await items(town) == []
    await town.assert_sound()


async def test_new_authorisation_with_its_cover_is_free_to_spend(town: Town) -> None:
    found = await draft_own(town, "lasten RES Jeugd 6.751 500\nbaten RES Jeugd 0.10 500")
    assert (await town.rooms(chart.FREE)).get("RES-2026") is None
    adopted = await adopt_now(town, found)
    assert (await town.rooms(chart.FREE))["RES-2026"] == "€ 500,00"
    assert adopted.adoption is not None
    assert await town.lines(adopted.adoption.entries[0]) == [
        "0100 RES-2026 Jeugd 6.751 credit € 500,00",
        "0110 RES-2026 debet € 500,00",
    ]
    await town.assert_sound()


async def test_a_shift_between_funds_moves_what_is_free(town: Town) -> None:
    free = await town.rooms(chart.FREE)
    await adopt_now(
        town,
        await draft_own(town, "lasten JW Jeugd 6.751 -250\nlasten WMO Meedoen 6.712 250"),
    )
    assert free == {"JW-2026": "€ 8.000,00", "SHV-2026": "€ 0,00", "WMO-2026": "€ 2.000,00"}
    assert await town.rooms(chart.FREE) == {
        "JW-2026": "€ 7.750,00",
        "SHV-2026": "€ 0,00",
        "WMO-2026": "€ 2.250,00",
    }
    await town.assert_sound()


# the lines -> what is wrong with adopting them
REFUSED = [
    ("lasten JW Jeugd 6.751 1", "begrotingswijziging-niet-sluitend"),
    ("lasten BUIG Meedoen 6.3 9\nlasten WMO Meedoen 6.712 -9", "gesloten-middel-verschoven"),
    ("lasten SHV Meedoen 6.3 -1\nlasten WMO Meedoen 6.712 1", "te-weinig-ruimte"),
    ("lasten JW Jeugd 6.751 -8001\nlasten WMO Meedoen 6.712 8001", "te-weinig-ruimte"),
    ("lasten JW Jeugd 6.762 -1\nlasten WMO Meedoen 6.712 1", "te-weinig-ruimte"),
    ("lasten JW Jeugd 6.751 -10001\nlasten JW Jeugd 6.762 10001", "te-weinig-ruimte"),
]


@pytest.mark.parametrize(("table", "code"), REFUSED)
async def test_what_cannot_be_adopted_changes_nothing(town: Town, table: str, code: str) -> None:
    found, before = await draft_own(town, table), await town.number_of_entries()
    with pytest.raises(Refusal) as refused:
        await adopt_now(town, found)
    assert refused.value.code == code
    assert await town.number_of_entries() == before
    assert (await change(town, found.id)).adoption is None


async def test_a_draft_of_nothing_and_a_change_that_nobody_knows_are_a_clear_no(
    town: Town,
) -> None:
    with pytest.raises(Refusal, match="geen-raadsbesluit-nodig"):
        await draft_items(town)
    known = await draft_own(town, "lasten JW Jeugd 6.751 1")
    stranger = replace(known, id=UUID(int=5))
    for attempt in (adopt_now(town, stranger), again(town, stranger, known.lines)):
        with pytest.raises(Refusal, match="begrotingswijziging-onbekend"):
            await attempt
    with pytest.raises(Refusal, match="mutatie-ongeldig"):
        await draft_own(town, "lasten JW Jeugd 6.751 0")
    with pytest.raises(Refusal, match="bron-zonder-budget"):
        await again(town, known, lines_of("lasten ZVW Jeugd 6.751 1"))


async def test_a_later_version_takes_the_place_of_a_draft_until_one_is_adopted(
    town: Town,
) -> None:
    first = await draft_own(town, "lasten RES Jeugd 6.751 500")
    second = await again(town, first, (*first.lines, *lines_of("baten RES Jeugd 0.10 500")))
    async with db.transaction(town.engine, town.gemeente) as connection:
        for each in (first, second):
            assert each in await budget_changes(connection, gemeente=town.gemeente)
            known = await budget_changes(
                connection, gemeente=town.gemeente, version=each.version_id
            )
            assert known == (each,)
    assert (second.number, second.id) == (2, first.id)
    for late in (adopt_now(town, first), again(town, first, first.lines)):
        with pytest.raises(Refusal, match="begrotingswijziging-verouderd"):
            await late
    adopted = await adopt_now(town, second)
    assert adopted.adoption is not None
    assert adopted.adoption.number == 2
    for late in (adopt_now(town, second), again(town, second, first.lines)):
        with pytest.raises(Refusal, match="begrotingswijziging-al-vastgesteld"):
            await late
    assert await town.count("domains.budget_change") == 2


async def test_adopting_twice_is_adopting_once(town: Town) -> None:
    found = await draft_own(town, "lasten RES Jeugd 6.751 500\nbaten RES Jeugd 0.10 500")
    first = await adopt_now(town, found, key="vaststelling")
    assert await adopt_now(town, found, key="vaststelling") == first
    assert (await town.rooms(chart.FREE))["RES-2026"] == "€ 500,00"


async def test_baten_stand_apart_and_build_on_what_was_adopted_before(town: Town) -> None:
    both = "lasten RES Jeugd 6.751 500\nbaten RES Jeugd 0.10 500"
    first = await adopt_now(town, await draft_own(town, both))
    second = await draft_own(town, both)
    assert await shown(town, second) == [
        "lasten RES Jeugd 6.751: € 500,00 € 500,00 € 1.000,00",
        "baten RES Jeugd 0.10: € 500,00 € 500,00 € 1.000,00",
    ]
    assert await shown(town, first) == [
        "lasten RES Jeugd 6.751: € 0,00 € 500,00 € 500,00",
        "baten RES Jeugd 0.10: € 0,00 € 500,00 € 500,00",
    ]
    swap = await draft_own(town, "baten RES Jeugd 0.10 -500\nbaten JW Jeugd 0.7 500")
    adopted = await adopt_now(town, swap)
    assert adopted.adoption is not None
    assert adopted.adoption.entries == ()
    await town.assert_sound()


async def test_the_budget_of_a_coming_year_is_changed_on_its_first_day(town: Town) -> None:
    await town.open_year(YEAR + 1)
    table = "lasten RES Jeugd 6.751 500\nbaten RES Jeugd 0.10 500"
    with pytest.raises(YearWithoutBudget):
        await draft_own(town, table, year=YEAR + 1)
    await town.authorise({"JW": 1_000}, year=YEAR + 1)
    found = await adopt_now(town, await draft_own(town, table, year=YEAR + 1))
    assert found.adoption is not None
    entry = await town.entry(found.adoption.entries[0])
    assert (entry.booking_date, entry.lines[0].account.colour) == (date(2027, 1, 1), "RES-2027")


async def test_an_adoption_that_is_reversed_leaves_the_council_to_decide_again(
    town: Town,
) -> None:
    await spend(town, 300_000)
    adopted = await adopt_now(town, await draft_items(town))
    assert adopted.adoption is not None
    await town.reverse(adopted.adoption.entries[0])
    assert await items(town) == ["buiten-programma JW-2026 Meedoen 6.3 1000"]
    await adopt_now(town, await draft_own(town, "lasten JW Meedoen 6.3 1\nbaten JW Jeugd 0.7 1"))
    await town.assert_sound()


async def test_what_was_drafted_or_adopted_is_never_changed(town: Town) -> None:
    await adopt_now(
        town, await draft_own(town, "lasten RES Jeugd 6.751 500\nbaten RES Jeugd 0.10 500")
    )
    for table in ("budget_change", "budget_change_line", "budget_change_adoption"):
        for statement in (
            f"UPDATE domains.{table} SET number = 7",
            f"DELETE FROM domains.{table}",
        ):
            with pytest.raises(DBAPIError):
                await town.ask(statement)
        elsewhere = Town(town.engine, "GM9999")
        assert await elsewhere.count(f"domains.{table}") == 0


async def test_a_shortage_asks_for_money_until_the_council_gives_it(town: Town) -> None:
    budget = await town.open_budget(await town.register(PARENT), 600_000, reason="nodig")
    await town.draw(draw(budget, await town.person(budget), cents=900_000))
    assert [each.amount_cents for each in (await standing(town)).shortages] == [300_000]
    assert await items(town) == [
        "buiten-programma JW-2026 Meedoen 6.3 2000",
        "tekort TEKORT-2026 Meedoen 6.3 1000",
    ]
    await town.fill({"WMO": 2_000})
    short = [each for each in (await standing(town)).items if each.cause == "tekort"]
    assert [written(each) for each in short] == ["tekort TEKORT-2026 Meedoen 6.3 3000"]
    assert {each.deadline for each in short} == {date(2026, 2, 1)}
    await adopt_now(town, await draft_items(town))
    assert await items(town) == []
    assert (await town.rooms(chart.FREE))["RES-2026"] == "€ 3.000,00"
    await town.assert_sound()
