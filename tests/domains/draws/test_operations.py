"""Draws on real books: granted whatever the budgets hold, refused only for what they are."""

import asyncio
import hashlib
from collections import Counter
from dataclasses import replace
from datetime import date
from uuid import UUID

import msgspec
import pytest
from sqlalchemy.exc import DBAPIError

from api import db
from domains.draws.model import Answer, Outcome
from domains.draws.queries import Draw, draws
from domains.draws.refusals import SameHelpTwice
from domains.eligibility.rules import UnknownFact
from domains.families.rules import UnknownFamilyBudget
from domains.pooling import operations as pooling
from ledger import books
from ledger.accounts import Book
from ledger.money import show
from tests.domains.support import DAY, NOW, PARENT, YOUNGSTER, Town, draw, fund_amounts

ONE_DAY = (date(2026, 3, 1), date(2026, 3, 2))


def paid(found: Draw) -> dict[str, str]:
    """Say which fund pays what from which place."""
    return {
        f"{part.place.value} {part.fund}": show(part.amount_cents) for part in found.decision.parts
    }


async def budget_of(town: Town, *, is_complex: bool = False) -> tuple[UUID, UUID]:
    """Open the budget of a new family; give it with the parent."""
    budget = await town.open_budget(await town.register(is_complex=is_complex))
    return budget, await town.person(budget)


async def test_one_that_is_refused_does_not_hurt_the_others(town: Town) -> None:
    budget, parent = await budget_of(town)
    found = await town.draw(
        draw(budget, parent, cents=100_00, description="een"),
        draw(budget, parent, cents=0, description="niets"),
        draw(budget, parent, cents=-5, description="minder dan niets"),
        draw(budget, parent, cents=100_00, days=(date(2026, 3, 2), date(2026, 3, 2))),
        draw(budget, parent, cents=100_00, days=(date(2026, 3, 2), date(2026, 3, 1))),
        draw(budget, parent, cents=100_00, kind="onbekende-hulp"),
        draw(budget, parent, cents=100_00, kind="pgb-in-geld"),
        draw(budget, UUID(int=7), cents=100_00),
        draw(budget, parent, cents=100_00, days=(date(2025, 12, 1), date(2026, 3, 1))),
        draw(budget, parent, cents=100_00, days=(date(2028, 1, 3), date(2028, 2, 1))),
        draw(budget, parent, cents=100_00, days=(date(2026, 3, 2), date(9999, 12, 31))),
        draw(budget, parent, cents=200_00, description="twee"),
        draw(budget, parent, cents=200_00, description="Twee "),
    )
    assert [each.refusal for each in found] == [
        "",
        "trekking-niet-positief",
        "trekking-niet-positief",
        "periode-leeg",
        "periode-leeg",
        "soort-hulp-onbekend",
        "pgb-niet-in-geld",
        "persoon-niet-in-gezin",
        "persoon-niet-in-gezin",
        "periode-te-ver-vooruit",
        "periode-te-lang",
        "",
        "hulp-dubbel",
    ]
    for each in found:
        assert each.decision.outcome == (Outcome.REFUSED if each.refusal else Outcome.GRANTED)
        assert len(each.entries) == (0 if each.refusal else 2)
        assert each.decision.sentence
    assert (await town.budget(budget)).room_cents == 18_000_00 - 300_00
    # Every request is kept with its decision, also those that were refused.
    assert await town.count("domains.draw") == 13
    await town.assert_sound()


async def test_days_before_the_oldest_open_year_are_refused(town: Town) -> None:
    budget = await town.open_budget(await town.register(from_date=date(2024, 1, 1)))
    parent = await town.person(budget)
    before, after = (
        draw(budget, parent, cents=100_00, days=(date(2025, 12, 1), until))
        for until in (date(2026, 1, 1), date(2026, 1, 2))
    )
    found = await town.draw(before, after)
    assert [each.refusal for each in found] == ["periode-voor-oudste-open-jaar", ""]
    await town.open_year(2025)
    # The other one has that day by now, so it is the same help; another thing is welcome.
    (found_later,) = await town.draw(
        draw(budget, parent, cents=1_00, days=(date(2025, 12, 1), date(2026, 1, 1)), provider="b")
    )
    assert found_later.refusal == ""


async def test_a_family_budget_that_is_not_there_is_refused_as_a_whole(town: Town) -> None:
    budget, parent = await budget_of(town)
    with pytest.raises(UnknownFamilyBudget):
        await town.draw(draw(budget, parent, cents=100_00), draw(UUID(int=7), parent, cents=100_00))
    assert await town.count("domains.draw") == 0


async def test_a_fact_that_no_rule_asks_for_is_refused_as_a_whole(town: Town) -> None:
    budget, parent = await budget_of(town)
    misspelt = replace(draw(budget, parent, cents=100_00), facts=(("beperkng", True),))
    with pytest.raises(UnknownFact, match="beperking"):
        await town.draw(draw(budget, parent, cents=100_00), misspelt)


async def test_draws_of_two_families_in_one_list(town: Town) -> None:
    first, second = await budget_of(town), await budget_of(town)
    found = await town.draw(
        draw(*second, cents=100_00),
        draw(*first, cents=200_00),
        draw(*first, cents=300_00, provider="x"),
    )
    assert [each.request.amount_cents for each in found] == [100_00, 200_00, 300_00]
    assert (await town.budget(first[0])).room_cents == 17_500_00
    assert (await town.budget(second[0])).room_cents == 17_900_00
    async with db.transaction(town.engine, town.gemeente) as connection:
        of_second = await draws(connection, gemeente=town.gemeente, family_budget=second[0])
        assert [each.id for each in of_second] == [found[0].id]
        assert len(await draws(connection, gemeente=town.gemeente)) == 3
        assert await draws(connection, gemeente=town.gemeente, ids=[]) == ()
        later = await draws(connection, gemeente=town.gemeente, ids=[found[1].id])
        assert later[0].decision == found[1].decision
        assert later[0].request == found[1].request


async def test_a_draw_later_in_the_list_finds_what_the_earlier_left(town: Town) -> None:
    budget, parent = await budget_of(town)
    kind = "betalingsachterstand-in-schuldtraject"
    found = await town.draw(
        draw(budget, parent, cents=1_687_50, kind=kind, description="energie"),
        draw(budget, parent, cents=312_50, kind=kind, description="huur"),
    )
    assert [paid(each) for each in found] == [
        {"gezin SHV-2026": "€ 1.687,50"},
        {"wijk SHV-2026": "€ 312,50"},
    ]


async def test_what_the_family_lacks_comes_from_the_district(town: Town) -> None:
    budget, parent = await budget_of(town)
    (found,) = await town.draw(draw(budget, parent, cents=18_302_00))
    assert paid(found) == {
        "gezin ARM-2026": "€ 2.250,00",
        "gezin JW-2026": "€ 11.250,00",
        "gezin SHV-2026": "€ 1.687,50",
        "gezin WMO-2026": "€ 2.812,50",
        "wijk ARM-2026": "€ 37,75",
        "wijk JW-2026": "€ 188,75",
        "wijk SHV-2026": "€ 28,31",
        "wijk WMO-2026": "€ 47,19",
    }
    assert found.decision.sentence == (
        "Toegekend: € 18.302,00, waarvan € 18.000,00 uit het gezinsbudget en € 302,00 uit het"
        " wijkbudget."
    )
    await town.assert_sound()


@pytest.mark.parametrize(
    ("is_complex", "place"), [(True, "complex JW-2026"), (False, "tekort TEKORT-2026")]
)
async def test_the_complex_reserve_is_for_families_marked_complex(
    town: Town, *, is_complex: bool, place: str
) -> None:
    budget, parent = await budget_of(town, is_complex=is_complex)
    (found,) = await town.draw(draw(budget, parent, cents=325_000_00))
    assert paid(found)[place] == "€ 5.000,00"
    reserve = (await town.standings())["JW-2026"].complex_reserve_cents
    assert reserve == (45_000_00 if is_complex else 50_000_00)
    await town.assert_sound()


async def test_help_without_cover_is_granted_on_tekort(town: Town) -> None:
    budget, parent = await budget_of(town)
    (found,) = await town.draw(draw(budget, parent, cents=320_010_00))
    assert found.decision.outcome is Outcome.GRANTED
    assert paid(found)["tekort TEKORT-2026"] == "€ 10,00"
    lines = [line for entry in found.entries for line in await town.lines(entry)]
    assert [line for line in lines if "TEKORT" in line] == [
        "0150 TEKORT-2026 4.1.1 6.3 E41 debet € 10,00",
        "0199 TEKORT-2026 E41 credit € 10,00",
        "1200 TEKORT-2026 E41 credit € 10,00",
        "4610 TEKORT-2026 4.1.1 6.3 E41 debet € 10,00",
    ]
    shortage = (await town.standings())["TEKORT-2026"]
    assert (shortage.spent_cents, shortage.shortage_cents) == (10_00, 10_00)
    assert shortage.authorised_cents == 0
    # The next one finds nothing at all, and is granted too.
    (after,) = await town.draw(draw(budget, parent, cents=5_00, provider="een ander"))
    assert paid(after) == {"tekort TEKORT-2026": "€ 5,00"}
    await town.assert_sound()


async def test_a_shortage_of_help_that_a_law_names_keeps_its_source(town: Town) -> None:
    budget = await town.open_budget(await town.register())
    (found,) = await town.draw(
        draw(
            budget,
            await town.person(budget, YOUNGSTER),
            cents=400_000_00,
            kind="begeleiding-bij-beperking",
            days=(date(2026, 2, 1), date(2026, 3, 1)),
            facts=(("beperking", True), ("voorliggende-voorziening-tijdig", False)),
        )
    )
    (shortage,) = [part for part in found.decision.parts if part.place == "tekort"]
    assert (shortage.rule, shortage.stands_in_for, shortage.taakveld) == ("E41", "JW", "6.751")


@pytest.mark.parametrize(
    ("next_year", "payers"),
    [
        # The next year has no budget yet: its days wait on a shortage of that year.
        (
            False,
            {
                "gezin ARM-2026": "€ 38,75",
                "gezin JW-2026": "€ 193,75",
                "gezin SHV-2026": "€ 29,06",
                "gezin WMO-2026": "€ 48,44",
                "tekort TEKORT-2027": "€ 590,00",
            },
        ),
        # It has one, and so has the district: each year pays its own days.
        (
            True,
            {
                "gezin ARM-2026": "€ 38,75",
                "gezin JW-2026": "€ 193,75",
                "gezin SHV-2026": "€ 29,06",
                "gezin WMO-2026": "€ 48,44",
                "wijk WMO-2027": "€ 590,00",
            },
        ),
    ],
)
async def test_days_after_the_year_end_are_paid_by_the_next_year(
    town: Town, *, next_year: bool, payers: dict[str, str]
) -> None:
    budget, parent = await budget_of(town)
    if next_year:
        await town.authorise({"WMO": 1_000}, year=2027)
        await town.fill({"WMO": 1_000}, year=2027)
    (found,) = await town.draw(
        draw(budget, parent, cents=900_00, days=(date(2026, 12, 1), date(2027, 3, 1)))
    )
    assert paid(found) == payers
    assert [
        (str(entry.performance_from), str(entry.performance_until), str(entry.booking_date))
        for entry in [await town.entry(each) for each in found.entries]
    ] == [
        ("2026-12-01", "2027-01-01", "2026-01-02"),
        ("2026-12-01", "2027-01-01", "2026-01-02"),
        ("2027-01-01", "2027-03-01", "2026-01-02"),
        ("2027-01-01", "2027-03-01", "2026-01-02"),
    ]
    await town.assert_sound()


async def test_nothing_is_granted_on_a_closed_booking_day(town: Town) -> None:
    budget, parent = await budget_of(town)
    with pytest.raises(books.PeriodUnknown):
        await town.draw(draw(budget, parent, cents=1), booking_date=date(2027, 1, 1))
    assert await town.count("domains.draw") == 0


async def test_the_books_hold_the_hash_of_the_stored_decision(town: Town) -> None:
    budget, parent = await budget_of(town)
    (found,) = await town.draw(
        draw(
            budget,
            parent,
            cents=100_00,
            description='Fiets "Één" \\ € 100, 😀 en een tab\t',
            facts=(("voorliggende-voorziening-tijdig", False), ("beperking", None)),
        )
    )
    ((stored,),) = await town.ask("SELECT record::text FROM domains.draw_decision")
    digest = hashlib.sha256(stored.encode()).hexdigest()
    for entry in found.entries:
        assert dict((await town.entry(entry)).metadata) == {"besluit_sha256": digest}
        assert (await town.entry(entry)).decision == found.id
        assert (await town.entry(entry)).rule_version == found.decision.rule_version
    # The database computes the same, so that a check needs no Python.
    ((in_sql,),) = await town.ask(
        "SELECT encode(sha256(convert_to(record::text, 'UTF8')), 'hex') FROM domains.draw_decision"
    )
    assert in_sql == digest
    answer = msgspec.json.decode(stored, type=Answer)
    assert (answer.request, answer.decision) == (found.request, found.decision)


async def test_reversing_a_draws_entries_gives_the_money_back(town: Town) -> None:
    budget, parent = await budget_of(town)
    before = await town.standings()
    (found,) = await town.draw(draw(budget, parent, cents=320_010_00))
    spent = await town.standings()
    # Whichever of its entries is named: costs and budget go back together, or not at all.
    reversals = await town.reverse(found.entries[1])
    reversed_by = {(await town.entry(each)).reverses for each in reversals}
    assert (await town.entry(reversals[0])).reverses == found.entries[1]
    assert reversed_by == set(found.entries)
    after = await town.standings()
    assert {fund: standing for fund, standing in after.items() if fund in before} == before
    assert (after["TEKORT-2026"].spent_cents, after["TEKORT-2026"].shortage_cents) == (0, 0)
    assert {each.balance_cents for each in await town.balances(Book.LASTEN)} == {0}
    for entry in found.entries:
        with pytest.raises(books.AlreadyReversed):
            await town.reverse(entry)
    await town.assert_sound()
    # A reversal of the reversal stands for the whole draw again.
    assert len(await town.reverse(reversals[1])) == len(found.entries)
    assert {fund: each.spent_cents for fund, each in (await town.standings()).items()} == {
        fund: each.spent_cents for fund, each in spent.items()
    }
    await town.assert_sound()


async def test_help_that_was_reversed_can_be_granted_again(town: Town) -> None:
    budget, parent = await budget_of(town)
    asked = draw(budget, parent, cents=100_00)
    (first,) = await town.draw(asked)
    reversal, _ = await town.reverse(first.entries[0])
    (second,) = await town.draw(asked)
    (third,) = await town.draw(asked)
    assert [each.refusal for each in (second, third)] == ["", "hulp-dubbel"]
    async with db.transaction(town.engine, town.gemeente) as connection:
        found = await draws(connection, gemeente=town.gemeente, family_budget=budget)
    assert {each.id: each.is_reversed for each in found} == {
        first.id: True,
        second.id: False,
        third.id: False,
    }
    with pytest.raises(SameHelpTwice):  # The first may not stand again beside the second.
        await town.reverse(reversal)
    assert (await town.budget(budget)).room_cents == 17_900_00
    await town.assert_sound()


async def test_reversed_help_stands_again_also_where_it_was_asked_once_more_in_vain(
    town: Town,
) -> None:
    budget, parent = await budget_of(town)
    asked = draw(budget, parent, cents=100_00, days=(date(2026, 3, 1), date(2026, 4, 1)))
    (first,) = await town.draw(asked)
    (second,) = await town.draw(replace(asked, from_date=date(2026, 3, 2)))
    assert second.refusal == "hulp-dubbel"
    reversal, _ = await town.reverse(first.entries[0])
    await town.reverse(reversal)
    assert not (await town.draws(first.id))[0].is_reversed
    await town.assert_sound()


async def test_a_reversal_that_was_reversed_leaves_the_help_standing(town: Town) -> None:
    budget, parent = await budget_of(town)
    asked = draw(budget, parent, cents=100_00)
    (first,) = await town.draw(asked)
    reversal, _ = await town.reverse(first.entries[0])
    await town.reverse(reversal)
    (second,) = await town.draw(asked)
    assert second.refusal == "hulp-dubbel"


@pytest.mark.parametrize(
    ("closed", "refusal"),
    [
        ([(date(2025, 1, 1), date(2025, 12, 31))], ""),  # The last day is still open.
        ([(date(2025, 1, 1), date(2026, 1, 1))], "periode-voor-oudste-open-jaar"),
        (
            [(date(2025, 1, 1), date(2025, 6, 10)), (date(2025, 6, 5), date(2026, 1, 1))],
            "periode-voor-oudste-open-jaar",
        ),
        ([(date(2025, 1, 2), date(2026, 1, 1))], ""),
    ],
)
async def test_a_year_is_open_as_long_as_one_of_its_days_is(
    town: Town, closed: list[tuple[date, date]], refusal: str
) -> None:
    budget = await town.open_budget(await town.register(from_date=date(2024, 1, 1)))
    await town.open_year(2025)
    for from_date, until_date in closed:
        async with db.transaction(town.engine, town.gemeente) as connection:
            await books.change_period(
                connection,
                gemeente=town.gemeente,
                from_date=from_date,
                until_date=until_date,
                is_open=False,
                actor="medewerker",
                reason="jaar afgesloten",
                recorded_at=NOW,
            )
    (found,) = await town.draw(
        draw(
            budget,
            await town.person(budget),
            cents=1_00,
            days=(date(2025, 12, 1), date(2025, 12, 2)),
        )
    )
    assert found.refusal == refusal


async def test_only_the_draw_that_is_named_is_reversed(town: Town) -> None:
    budget, parent = await budget_of(town)
    first, second = await town.draw(
        draw(budget, parent, cents=100_00), draw(budget, parent, cents=200_00, provider="b")
    )
    await town.reverse(first.entries[0])
    assert (await town.budget(budget)).room_cents == 17_800_00
    assert [(await town.entry(each)).reversed_by for each in second.entries] == [None, None]
    await town.assert_sound()


async def test_the_same_help_is_granted_once_whoever_asks_first(town: Town) -> None:
    budget, parent = await budget_of(town)
    answers = await asyncio.gather(
        *(town.draw(draw(budget, parent, cents=100_00)) for _ in range(4))
    )
    assert Counter(each.refusal for (each,) in answers) == {"": 1, "hulp-dubbel": 3}
    assert (await town.budget(budget)).room_cents == 17_900_00
    await town.assert_sound()


async def test_the_same_help_is_granted_once_also_without_any_money(new_town: Town) -> None:
    await new_town.add_districts(new_town.wijk)
    await new_town.add_family_types()
    budget, parent = await budget_of(new_town)
    answers = await asyncio.gather(
        *(new_town.draw(draw(budget, parent, cents=100_00)) for _ in range(4))
    )
    assert Counter(each.refusal for (each,) in answers) == {"": 1, "hulp-dubbel": 3}
    assert (await new_town.standings())["TEKORT-2026"].shortage_cents == 100_00
    await new_town.assert_sound()


async def test_the_database_itself_refuses_the_same_help_twice(town: Town) -> None:
    """Whatever a later program forgets to ask."""
    budget, parent = await budget_of(town)
    await town.draw(draw(budget, parent, cents=100_00))
    async with db.transaction(town.engine, town.gemeente) as connection:
        await connection.exec_driver_sql(
            "INSERT INTO domains.draw SELECT gemeente, gen_random_uuid(), family_budget_id,"
            " persons, kind, help_key, from_date, until_date, amount_cents, payment, provider,"
            " description, urgent, asked_at, actor, request FROM domains.draw"
        )
        again = (
            "INSERT INTO domains.draw_decision SELECT gemeente, draw.draw_id, number, occasion,"
            " outcome, refusal, decision.until_date, granted_cents, approval_by,"
            " approve_before, record, decided_at, decision.actor, entries, booking_date"
            " FROM domains.draw JOIN domains.draw_decision AS decision USING (gemeente)"
            " WHERE draw.draw_id <> decision.draw_id"
        )
        savepoint = await connection.begin_nested()
        with pytest.raises(DBAPIError, match="draw_same_help"):
            await connection.exec_driver_sql(again)
        await savepoint.rollback()


async def test_texts_of_any_length_are_told_apart(town: Town) -> None:
    budget, parent = await budget_of(town)
    long = "tekst " * 4_000
    found = await town.draw(
        draw(budget, parent, cents=1_00, description=f"{long}a"),
        draw(budget, parent, cents=1_00, description=f"{long}b"),
        draw(budget, parent, cents=1_00, description=f"{long}A"),
        # Where one field ends and the next begins is told apart too.
        draw(budget, parent, cents=1_00, provider="a|b", description="c"),
        draw(budget, parent, cents=1_00, provider="a", description="b|c"),
    )
    assert [each.refusal for each in found] == ["", "", "hulp-dubbel", "", ""]


async def test_a_second_provider_needs_a_reason(town: Town) -> None:
    budget, parent = await budget_of(town)
    kind = "schuldhulpverlening"
    found = await town.draw(
        draw(budget, parent, cents=10_00, kind=kind, provider="een"),
        draw(budget, parent, cents=10_00, kind=kind, provider="twee", reason=" "),
        draw(budget, parent, cents=10_00, kind=kind, provider="twee", reason="wachtlijst bij een"),
    )
    assert [each.refusal for each in found] == ["", "tweede-aanbieder-zonder-reden", ""]


async def test_eight_teams_empty_one_district_together(new_town: Town) -> None:
    """Nobody is refused or sees a deadlock; what is not there stands in TEKORT, to the cent."""
    town = new_town
    await town.authorise({"JW": 300, "WMO": 100, "SHV": 100})
    await town.add_districts(town.wijk)
    await town.add_family_types()
    families = [await budget_of(town) for _ in range(8)]
    await town.fill({"JW": 300, "WMO": 100, "SHV": 100})

    async def team(budget: UUID, parent: UUID) -> list[Draw]:
        found: list[Draw] = []
        for number in range(6):
            asked = draw(budget, parent, cents=12_34, description=f"hulp {number}")
            found += await town.draw(asked)
        return found

    answers = await asyncio.gather(*(team(*family) for family in families))
    granted = [each for found in answers for each in found]
    assert len(granted) == 48
    assert {each.decision.outcome for each in granted} == {Outcome.GRANTED}
    standings = await town.standings()
    assert {fund: standing.districts_cents for fund, standing in standings.items()} == {
        "JW-2026": 0,
        "SHV-2026": 0,
        "TEKORT-2026": 0,
        "WMO-2026": 0,
    }
    assert standings["TEKORT-2026"].shortage_cents == 48 * 12_34 - 500_00
    assert sum(standing.spent_cents for standing in standings.values()) == 48 * 12_34
    await town.assert_sound()


async def test_moving_money_both_ways_at_once_never_ends_in_a_deadlock(town: Town) -> None:
    """Fills, returns, budgets, shifts and draws on the same funds; only room may refuse one."""
    families = [await budget_of(town) for _ in range(4)]

    async def drawing(budget: UUID, parent: UUID) -> None:
        for number in range(4):
            await town.draw(draw(budget, parent, cents=50_00, description=f"hulp {number}"))
        await town.give_back(budget)

    async def filling() -> None:
        for _ in range(4):
            await town.fill({"JW": 10, "ARM": 10})

    async def returning() -> None:
        for _ in range(4):
            await town.do(
                lambda connection, instruction: pooling.return_from_district(
                    connection,
                    instruction=instruction,
                    wijk=town.wijk,
                    amounts=fund_amounts({"ARM": 10, "JW": 10}),
                    booking_date=DAY,
                )
            )

    async def reserving() -> None:
        for _ in range(4):
            await town.reserve({"WMO": 10, "JW": 10})

    async def opening() -> None:
        for _ in range(4):
            await town.open_budget(await town.register())

    await asyncio.gather(
        *(drawing(*family) for family in families), filling(), returning(), reserving(), opening()
    )
    standings = await town.standings()
    assert standings["JW-2026"].complex_reserve_cents == 50_040_00
    assert sum(each.spent_cents for each in standings.values()) == 16 * 50_00
    await town.assert_sound()


async def test_a_draw_in_the_books_carries_pseudonyms_only(town: Town) -> None:
    budget, parent = await budget_of(town)
    (found,) = await town.draw(
        draw(budget, parent, cents=100_00, provider="Stichting Hulp", description="voor Jan"),
    )
    for each in found.entries:
        entry = await town.entry(each)
        assert entry.description == "Trekking maatwerk"
        texts = repr(entry)
        for private in ("1982-03-03", "2008-05-15", "Jan", "Stichting", str(parent)):
            assert private not in texts


async def test_no_answer_tells_a_birth_date(town: Town) -> None:
    """Not even where the 18th birthday decides who pays, or a baby was not born yet."""
    born = date(2026, 1, 1)
    budget = await town.open_budget(
        await town.register(PARENT, YOUNGSTER, born, from_date=date(2025, 6, 1))
    )
    baby, youngster = [await town.person(budget, day) for day in (born, YOUNGSTER)]
    found = await town.draw(
        draw(budget, baby, cents=100_00, days=(date(2025, 12, 1), date(2026, 2, 1))),
        draw(budget, youngster, cents=100_00, days=(date(2026, 5, 1), date(2026, 6, 1))),
        draw(budget, youngster, cents=100_00, kind="jeugd-ggz", days=(DAY, date(2026, 6, 1))),
    )
    assert [each.refusal for each in found] == ["persoon-niet-in-gezin", "", ""]
    told = msgspec.json.encode([each.decision for each in found]).decode()
    assert "2026-05-15" in told
    for day in (PARENT, YOUNGSTER, born):
        assert day.isoformat() not in told
        assert f"{day.day}-{day.month}-{day.year}" not in told
