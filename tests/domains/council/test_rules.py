"""What needs a decision of the council: a budget, what is used of it, and the items, as tables."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domains.council.model import Position, Shortage
from domains.council.rules import items_needed, positions_of, programme_of, shortage_items
from domains.settings.model import Settings
from tests.domains.council.support import (
    YEAR,
    authorised_of,
    positions,
    settings_for,
    used_of,
    written,
)

BUDGET = """
    JW  Jeugd    6.751 1000
    JW  Jeugd    6.762  500
    JW  Meedoen  6.22   100
    WMO Meedoen  6.712  400
    SHV Meedoen  6.3    200
    ARM Meedoen  6.3    300
"""

# what is used, level -> what the council has to decide
CASES = [
    pytest.param("", "programma", [], id="nothing is used"),
    pytest.param("JW 6.751 1000", "taakveld", [], id="exactly what was authorised"),
    pytest.param("JW 6.751 1001", "programma", [], id="the programme has room"),
    pytest.param(
        "JW 6.751 1001",
        "taakveld",
        ["boven-autorisatie JW-2026 Jeugd 6.751 1"],
        id="the taakveld has no room",
    ),
    pytest.param(
        "WMO 6.751 10",
        "programma",
        ["buiten-programma WMO-2026 Jeugd 6.751 10"],
        id="a fund pays in a programme where it has nothing",
    ),
    pytest.param(
        "WMO 6.751 10\nJW 6.751 1000",
        "taakveld",
        ["buiten-programma WMO-2026 Jeugd 6.751 10"],
        id="what is outside does not count twice",
    ),
    pytest.param("JW 6.3 50", "programma", [], id="JW has something in Meedoen"),
    pytest.param("JW 6.3 50", "taakveld", [], id="the taakveld has room of other funds"),
    pytest.param(
        "JW 6.3 50\nSHV 6.3 200\nARM 6.3 300",
        "taakveld",
        ["boven-autorisatie JW-2026 Meedoen 6.3 50"],
        id="all funds together use more, because of one",
    ),
    pytest.param(
        "JW 6.3 60\nWMO 6.3 30\nSHV 6.3 200\nARM 6.3 240",
        "taakveld",
        [
            "boven-autorisatie JW-2026 Meedoen 6.3 20",
            "boven-autorisatie WMO-2026 Meedoen 6.3 10",
        ],
        id="two use more than theirs, and share what is above",
    ),
    pytest.param(
        "JW 6.714 100\nJW 6.22 100\nWMO 6.712 400\nSHV 6.3 200\nARM 6.3 300",
        "programma",
        ["boven-autorisatie JW-2026 Meedoen 6.714 100"],
        id="a whole programme is above",
    ),
    pytest.param("WMO 6.714 10", "programma", [], id="6.714 is most like 6.712"),
    pytest.param(
        "WMO 6.714 10",
        "taakveld",
        ["boven-autorisatie WMO-2026 Meedoen 6.714 10"],
        id="the council named no 6.714",
    ),
]


@pytest.mark.parametrize(("used", "level", "expected"), CASES)
def test_the_council_decides_on_what_it_did_not_authorise(
    used: str, level: str, expected: list[str]
) -> None:
    found = items_needed(positions(BUDGET, used), year=YEAR, settings=settings_for(level))
    assert sorted(map(written, found)) == sorted(expected)
    assert {each.deadline for each in found} <= {date(2026, 12, 31)}


def test_a_part_of_a_programme_is_authorised_as_one() -> None:
    use = positions(BUDGET, "JW 6.751 1300\nWMO 6.712 400\nSHV 6.712 20")
    together = settings_for("programmaonderdeel", Jeugdhulp="6.751 6.762")
    assert [written(each) for each in items_needed(use, year=YEAR, settings=together)] == [
        "boven-autorisatie SHV-2026 Meedoen 6.712 20"
    ]
    apart = settings_for("programmaonderdeel", Ondersteuning="6.712 6.3")
    assert [written(each) for each in items_needed(use, year=YEAR, settings=apart)] == [
        "boven-autorisatie JW-2026 Jeugd 6.751 300"
    ]


# fund, taakveld -> programme, and why
PROGRAMMES = [
    ("SHV", "6.3", "Meedoen", "its own line"),
    ("JW", "6.3", "Meedoen", "the line of another fund"),
    ("JW", "6.763", "Jeugd", "most like 6.762"),
    ("ARM", "6.71a", "Meedoen", "most like 6.712"),
    ("ARM", "5.1", "Meedoen", "nothing is like it: where else the fund pays"),
    ("JW", "5.1", "Jeugd", "idem, where it pays most"),
    ("TOE", "5.1", "", "the council knows neither"),
]


@pytest.mark.parametrize(("source", "taakveld", "programme", "why"), PROGRAMMES)
def test_a_taakveld_is_in_the_programme_of_the_council(
    source: str, taakveld: str, programme: str, why: str
) -> None:
    found = programme_of(f"{source}-{YEAR}", taakveld, authorised_of(BUDGET))
    assert found == programme, why


def test_a_taakveld_in_two_programmes_is_where_the_fund_has_it_or_most_money_is() -> None:
    lines = authorised_of("JW A 6.1 10\nWMO B 6.1 20\nARM C 6.1 20")
    assert programme_of("JW-2026", "6.1", lines) == "A"
    assert programme_of("SHV-2026", "6.1", lines) == "B"


def test_a_budget_of_nothing_needs_nothing() -> None:
    assert items_needed((), year=YEAR, settings=Settings()) == ()


def short(source: str, euros: int, *, day: int = 1) -> Shortage:
    return Shortage(
        fund="TEKORT-2026",
        stands_in_for=source,
        taakveld="6.751" if source == "JW" else "6.3",
        amount_cents=euros * 100,
        since=date(2026, 6, day),
    )


# shortages, what is free -> what the council has to find money for
SHORTAGES = [
    ([short("JW", 50)], {}, ["tekort TEKORT-2026 Jeugd 6.751 50"]),
    ([short("JW", 50)], {"JW-2026": 50}, []),
    ([short("JW", 50)], {"JW-2026": 20}, ["tekort TEKORT-2026 Jeugd 6.751 30"]),
    ([short("JW", 50)], {"WMO-2026": 90}, ["tekort TEKORT-2026 Jeugd 6.751 50"]),
    ([short("SHV", 50)], {"WMO-2026": 30, "ARM-2026": 10}, ["tekort TEKORT-2026 Meedoen 6.3 10"]),
    ([short("", 50)], {"ARM-2026": 40}, ["tekort TEKORT-2026 Meedoen 6.3 10"]),
    (
        [short("JW", 50, day=2), short("", 50)],
        {"JW-2026": 60},
        ["tekort TEKORT-2026 Jeugd 6.751 40"],
    ),
]


@pytest.mark.parametrize(("shortages", "free", "expected"), SHORTAGES)
def test_the_council_finds_money_where_no_fund_of_the_programme_has_it_free(
    shortages: list[Shortage], free: dict[str, int], expected: list[str]
) -> None:
    cents = {fund: euros * 100 for fund, euros in free.items()}
    found = shortage_items(shortages, authorised_of(BUDGET), free=cents, settings=Settings())
    assert [written(each) for each in found] == expected


def test_a_shortage_keeps_whose_help_it_is_and_has_a_day() -> None:
    (item,) = shortage_items(
        [short("JW", 50)], authorised_of(BUDGET), free={}, settings=Settings(shortage_days=10)
    )
    assert (item.stands_in_for, item.deadline) == ("JW", date(2026, 6, 11))


CODES = st.sampled_from(["6.3", "6.712", "6.714", "6.751"])
FUNDS = st.sampled_from(["JW", "WMO"])
EUROS = st.integers(0, 9)
LEVELS = st.sampled_from(
    [
        settings_for("programma"),
        settings_for("programmaonderdeel", A="6.714 6.3", B="6.712"),
        settings_for("taakveld"),
    ]
)


@st.composite
def books(draw: st.DrawFn) -> tuple[Position, ...]:
    """Make a budget, and a use of which no fund uses more than it has."""
    lines = draw(st.lists(st.tuples(FUNDS, st.sampled_from("PQR"), CODES, EUROS), min_size=3))
    room = {fund: sum(line[3] for line in lines if line[0] == fund) for fund, *_ in lines}
    uses = []
    for fund, code, euros in draw(st.lists(st.tuples(FUNDS, CODES, EUROS), min_size=2)):
        take = min(euros, room.get(fund, 0))
        room[fund] = room.get(fund, 0) - take
        uses.append(f"{fund} {code} {take}")
    return positions_of(
        authorised_of("\n".join(" ".join(map(str, line)) for line in lines)),
        used_of("\n".join(uses)),
    )


@given(books(), LEVELS)
def test_items_are_what_is_above_and_nobody_answers_for_more_than_his_own(
    found: tuple[Position, ...], settings: Settings
) -> None:
    items = items_needed(found, year=YEAR, settings=settings)
    keys = [(each.fund, each.programme, each.taakveld) for each in items]
    assert len(set(keys)) == len(keys)
    for item in items:
        assert item.amount_cents > 0
        (own,) = [
            each
            for each in found
            if (each.fund, each.programme, each.taakveld)
            == (item.fund, item.programme, item.taakveld)
        ]
        assert item.amount_cents <= -own.unused_cents
