"""What a change of the budget may be, and that what it proposes is enough."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given, settings

from domains.budget_changes.model import Adoption, BudgetChange, ChangeLine, Duration
from domains.budget_changes.rules import (
    booking_date_of,
    check_adoption,
    check_latest,
    check_lines,
    lines_for,
    shown_lines,
)
from domains.budgets.mapping import Side
from domains.council.model import Cause, CouncilItem, Position
from domains.council.rules import items_needed
from domains.settings.model import Settings
from ledger.money import MAX_CENTS, show
from ledger.refusals import Refusal
from tests.domains.council.support import YEAR, authorised_of, positions, settings_for
from tests.domains.council.test_rules import BUDGET, LEVELS, books

MOMENT = datetime(2026, 10, 1, tzinfo=UTC)
TODAY = date(2026, 12, 20)


def lines_of(table: str) -> tuple[ChangeLine, ...]:
    """Read ``side source programme taakveld euros`` per line."""
    return tuple(
        ChangeLine(
            side=Side(side),
            source=source,
            programme=programme,
            taakveld=taakveld,
            change_cents=int(euros) * 100,
            duration=Duration.INCIDENTAL,
            cause=Cause.OWN,
        )
        for side, source, programme, taakveld, euros in map(str.split, table.strip().splitlines())
    )


def change_of(table: str, *, number: int = 1, adoption: Adoption | None = None) -> BudgetChange:
    return BudgetChange(
        id=UUID(int=1),
        version_id=UUID(int=2),
        number=number,
        year=YEAR,
        description="Najaarswijziging",
        recorded_at=MOMENT,
        actor="medewerker",
        lines=lines_of(table),
        adoption=adoption,
    )


def written(line: ChangeLine) -> str:
    return " ".join(
        [line.side, line.source, line.programme, line.taakveld, show(line.change_cents)]
    )


MORE = "lasten JW Jeugd 6.751 100\n"

# the lines, day of the decision -> what is wrong with it
ADOPTIONS = [
    (MORE + "lasten WMO Meedoen 6.712 -100", date(2026, 12, 20), None),
    (MORE + "baten RES Jeugd 0.10 100", date(2025, 11, 5), None),
    ("lasten SPUK Jeugd 6.22 50\nbaten SPUK Jeugd 6.22 50", date(2026, 7, 1), None),
    ("baten JW Jeugd 0.7 100\nbaten RES Jeugd 0.10 -100", date(2026, 7, 1), None),
    (MORE, date(2026, 7, 1), "begrotingswijziging-niet-sluitend"),
    (MORE + "lasten WMO Meedoen 6.712 -99", date(2026, 7, 1), "begrotingswijziging-niet-sluitend"),
    (MORE + "baten RES Jeugd 0.10 -100", date(2026, 7, 1), "begrotingswijziging-niet-sluitend"),
    ("lasten JW Jeugd 6.751 -1", date(2026, 7, 1), "begrotingswijziging-niet-sluitend"),
    (MORE + "lasten BUIG Meedoen 6.3 -100", date(2026, 7, 1), "gesloten-middel-verschoven"),
    (
        "lasten BUIG Meedoen 6.3 9\nbaten RES A 0.10 9",
        date(2026, 7, 1),
        "gesloten-middel-verschove",
    ),
    (MORE + "baten SPUK Jeugd 6.22 100", date(2026, 7, 1), "gesloten-middel-verschoven"),
    (MORE + "lasten DER Meedoen 6.3 -100", date(2026, 7, 1), "gesloten-middel-verschoven"),
    (MORE + "baten RES Jeugd 0.10 100", date(2026, 12, 21), "besluit-nog-niet-genomen"),
    (MORE + "baten RES Jeugd 0.10 100", date(2025, 11, 4), "besluit-voor-begroting"),
]
BUDGET_FROM = date(2025, 11, 5)


@pytest.mark.parametrize(("table", "decided_on", "wrong"), ADOPTIONS)
def test_what_the_council_can_adopt(table: str, decided_on: date, wrong: str | None) -> None:
    if wrong is None:
        check_adoption(
            change_of(table), decided_on=decided_on, budget_from=BUDGET_FROM, today=TODAY
        )
        return
    with pytest.raises(Refusal) as refused:
        check_adoption(
            change_of(table), decided_on=decided_on, budget_from=BUDGET_FROM, today=TODAY
        )
    assert refused.value.code.startswith(wrong)


def test_the_last_day_is_the_last_of_the_year() -> None:
    change, january = change_of(MORE + "baten RES Jeugd 0.10 100"), date(2027, 1, 10)
    check_adoption(change, decided_on=date(2026, 12, 31), budget_from=BUDGET_FROM, today=january)
    with pytest.raises(Refusal, match="begrotingswijziging-te-laat"):
        check_adoption(change, decided_on=date(2027, 1, 1), budget_from=BUDGET_FROM, today=january)


def test_a_change_counts_from_its_decision_and_never_before_its_year() -> None:
    change = change_of(MORE)
    assert booking_date_of(change, decided_on=date(2026, 7, 2)) == date(2026, 7, 2)
    assert booking_date_of(change, decided_on=date(2025, 11, 5)) == date(2026, 1, 1)


# a line -> what is wrong with it
WRONG_LINES = [
    ("lasten JW Jeugd 6.751 0", "mutatie-ongeldig"),
    (f"lasten JW Jeugd 6.751 {MAX_CENTS}", "mutatie-ongeldig"),
    (f"lasten JW Jeugd 6.751 -{MAX_CENTS}", "mutatie-ongeldig"),
    ("lasten ZVW Jeugd 6.751 5", "bron-zonder-budget"),
    ("baten TEKORT Jeugd 6.751 5", "bron-zonder-budget"),
    ("lasten XYZ Jeugd 6.751 5", "bron-onbekend"),
]


@pytest.mark.parametrize(("line", "wrong"), WRONG_LINES)
def test_lines_that_no_budget_can_have(line: str, wrong: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_lines(lines_of(MORE + line))
    assert refused.value.code == wrong


def test_only_the_last_version_counts_until_one_is_adopted() -> None:
    check_latest(change_of(MORE, number=2), number=2)
    with pytest.raises(Refusal, match="begrotingswijziging-verouderd"):
        check_latest(change_of(MORE, number=2), number=1)
    adoption = Adoption(
        number=2,
        decision="raadsbesluit 9",
        decided_on=TODAY,
        adopted_at=MOMENT,
        actor="medewerker",
        entries=(),
    )
    with pytest.raises(Refusal, match="raadsbesluit 9"):
        check_latest(change_of(MORE, number=2, adoption=adoption), number=2)


def test_old_and_change_are_new_and_a_later_line_builds_on_an_earlier_one() -> None:
    table = """
        lasten JW  Jeugd   6.751  100
        baten  RES Jeugd   0.10   100
        lasten JW  Jeugd   6.751   50
        baten  JW  Jeugd   0.10    50
        lasten ARM Meedoen 6.3    -10
        lasten WMO Meedoen 6.3     10
    """
    shown = shown_lines(
        change_of(table),
        authorised=authorised_of(BUDGET),
        revenues={("Jeugd", "0.10"): 500},
    )
    assert [(show(each.old_cents), show(each.new_cents)) for each in shown] == [
        ("€ 1.000,00", "€ 1.100,00"),
        ("€ 5,00", "€ 105,00"),
        ("€ 1.100,00", "€ 1.150,00"),
        ("€ 105,00", "€ 155,00"),
        ("€ 300,00", "€ 290,00"),
        ("€ 0,00", "€ 10,00"),
    ]


# what is used, level -> the lines that are proposed
PROPOSALS = [
    (
        "WMO 6.751 10",
        "programma",
        ["lasten WMO Jeugd 6.751 € 10,00", "lasten WMO Meedoen 6.712 € -10,00"],
    ),
    (
        "JW 6.751 1030",
        "taakveld",
        ["lasten JW Jeugd 6.751 € 30,00", "lasten JW Jeugd 6.762 € -30,00"],
    ),
    (
        "JW 6.3 60\nWMO 6.3 30\nSHV 6.3 200\nARM 6.3 240",
        "taakveld",
        [
            "lasten JW Meedoen 6.3 € 20,00",
            "lasten WMO Meedoen 6.3 € 10,00",
            "lasten JW Jeugd 6.751 € -20,00",
            "lasten WMO Meedoen 6.712 € -10,00",
        ],
    ),
]


@pytest.mark.parametrize(("used", "level", "expected"), PROPOSALS)
def test_more_in_one_place_is_less_in_another_of_the_same_fund(
    used: str, level: str, expected: list[str]
) -> None:
    found, chosen = positions(BUDGET, used), settings_for(level)
    items = items_needed(found, year=YEAR, settings=chosen)
    assert [written(each) for each in lines_for(items, found, settings=chosen)] == expected


def test_a_fund_keeps_what_it_needs_in_a_programme_to_be_inside_it() -> None:
    budget = """
        JW  P 6.751 10
        JW  Q 6.712 10
        WMO Q 6.3   50
    """
    chosen = settings_for("taakveld")
    found = positions(budget, "JW 6.751 13\nJW 6.3 5")
    items = items_needed(found, year=YEAR, settings=chosen)
    assert [written(each) for each in lines_for(items, found, settings=chosen)] == [
        "lasten JW P 6.751 € 3,00",
        "lasten JW Q 6.712 € -3,00",
    ]
    found = positions(budget, "JW 6.751 17\nJW 6.3 3")
    items = items_needed(found, year=YEAR, settings=chosen)
    assert [written(each) for each in lines_for(items, found, settings=chosen)] == [
        "lasten JW P 6.751 € 7,00",
        "lasten JW Q 6.712 € -7,00",
    ]
    found = positions(budget, "JW 6.751 18\nJW 6.3 3")
    items = items_needed(found, year=YEAR, settings=chosen)
    assert [written(each) for each in lines_for(items, found, settings=chosen)] == [
        "lasten JW P 6.751 € 8,00",
        "lasten JW Q 6.712 € -7,00",
    ]


def shortage(source: str) -> CouncilItem:
    return CouncilItem(
        cause=Cause.SHORTAGE,
        fund="TEKORT-2026",
        programme="Jeugd",
        taakveld="6.751",
        amount_cents=148_000,
        deadline=TODAY,
        stands_in_for=source,
    )


@pytest.mark.parametrize(
    ("source", "payer"),
    [("JW", "JW"), ("ARM", "ARM"), ("BUIG", "RES"), ("ZVW", "RES"), ("", "RES")],
)
def test_a_shortage_is_paid_from_the_reserves_without_touching_a_closed_source(
    source: str, payer: str
) -> None:
    found = lines_for([shortage(source)], (), settings=Settings())
    assert [written(each) for each in found] == [
        f"lasten {payer} Jeugd 6.751 € 1.480,00",
        "baten RES Jeugd 0.10 € 1.480,00",
    ]
    assert {each.cause for each in found} == {Cause.SHORTAGE}


def adopted(found: tuple[Position, ...], lines: tuple[ChangeLine, ...]) -> tuple[Position, ...]:
    """Give the positions as they are after adoption."""
    cents = {
        (each.fund, each.programme, each.taakveld): [each.authorised_cents, each.used_cents]
        for each in found
    }
    for line in lines:
        key = (line.fund(YEAR), line.programme, line.taakveld)
        cents.setdefault(key, [0, 0])[0] += line.change_cents
    return tuple(
        Position(
            fund=fund,
            programme=programme,
            taakveld=taakveld,
            authorised_cents=authorised,
            used_cents=used,
        )
        for (fund, programme, taakveld), (authorised, used) in cents.items()
    )


@settings(max_examples=300)
@given(books(), LEVELS)
def test_a_proposal_never_takes_what_is_used_and_when_it_is_covered_nothing_is_left_to_decide(
    found: tuple[Position, ...], chosen: Settings
) -> None:
    items = items_needed(found, year=YEAR, settings=chosen)
    lines = lines_for(items, found, settings=chosen)
    after = adopted(found, lines)
    assert all(each.authorised_cents >= 0 for each in after)
    for fund in {each.fund for each in found}:
        more = sum(line.change_cents for line in lines if line.fund(YEAR) == fund)
        asked = sum(item.amount_cents for item in items if item.fund == fund)
        assert 0 <= more <= asked
    if sum(line.change_cents for line in lines) == 0:
        assert items_needed(after, year=YEAR, settings=chosen) == ()
