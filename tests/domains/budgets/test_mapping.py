"""From a budget by taakveld to money by source, to the cent."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domains.budgets.mapping import (
    DEFAULT_MAPPING,
    LeftOutReason,
    Mapping,
    MappingRow,
    Side,
    assumptions,
    map_budget,
    parse_mapping,
)
from domains.budgets.taakvelden import TAAKVELDEN
from domains.readers.model import BudgetFile, BudgetLine, NoFigure, Unit
from domains.sources import source
from ledger.refusals import Refusal


def a_budget(lines: list[BudgetLine], no_figure: tuple[NoFigure, ...] = ()) -> BudgetFile:
    return BudgetFile(
        year=2026,
        municipality="GM0344",
        kind="programma",
        unit=Unit.EURO,
        lines=tuple(lines),
        no_figure=no_figure,
        sha256="0" * 64,
    )


def a_line(number: int, taakveld: str, expenses: int, revenues: int = 0) -> BudgetLine:
    return BudgetLine(
        line_number=number,
        programme="P2",
        taakveld=taakveld,
        name="",
        revenues_cents=revenues,
        expenses_cents=expenses,
    )


# taakveld, cents in the budget -> what each source gets
SPLITS = """
6.1    100000  TOE 100000
6.21   100000  TOE 100000
6.711  100000  WMO 100000
6.811  100000  BWMO 100000
6.761  100000  JW 100000
6.751  100000  JW 85000, GGZ 15000
6.751  1       JW 1
6.751  10      JW 9, GGZ 1
6.3    100000  BUIG 78000, ARM 16000, SHV 6000
6.3    101     BUIG 79, ARM 16, SHV 6
"""


@pytest.mark.parametrize("row", SPLITS.strip().splitlines())
def test_a_taakveld_goes_to_its_sources_to_the_cent(row: str) -> None:
    taakveld, cents, expected = row.split(maxsplit=2)
    mapped = map_budget(a_budget([a_line(2, taakveld, int(cents))]), DEFAULT_MAPPING)
    assert ", ".join(f"{line.source} {line.amount_cents}" for line in mapped.lines) == expected
    assert mapped.left_out == ()


# taakveld, lasten, baten -> side, cents and reason of what is left out
LEFT_OUT = """
6.753  -100   0   lasten -100 negatieve lasten kunnen niet worden gebundeld
6.714  0      0   lasten 0 nul
6.5    100    0   lasten 100 taakveld heeft geen bron in de toewijzing
2.1    100    0   lasten 100 niet sociaal domein
0.10   -5     0   lasten -5 niet sociaal domein
6.711  100    7   baten 7 baten; alleen lasten worden geautoriseerd
"""


@pytest.mark.parametrize("row", LEFT_OUT.strip().splitlines())
def test_what_no_source_gets_is_reported_with_its_reason(row: str) -> None:
    taakveld, expenses, revenues, expected = row.split(maxsplit=3)
    line = a_line(2, taakveld, int(expenses), int(revenues))
    (left,) = map_budget(a_budget([line]), DEFAULT_MAPPING).left_out
    assert f"{left.side.value} {left.amount_cents} {left.reason.value}" == expected
    assert (left.line_number, left.taakveld) == (2, taakveld)


def test_an_amount_without_a_figure_is_reported_and_not_booked() -> None:
    missing = tuple(
        NoFigure(line_number=2, taakveld="6.3", column=column) for column in ("lasten", "baten")
    )
    mapped = map_budget(a_budget([a_line(2, "6.3", 0)], missing), DEFAULT_MAPPING)
    assert mapped.lines == ()
    assert [(left.side, left.reason) for left in mapped.left_out] == [
        (Side.EXPENSES, LeftOutReason.NO_FIGURE),
        (Side.REVENUES, LeftOutReason.NO_FIGURE),
    ]


CODES = sorted({each.code for each in TAAKVELDEN})
AMOUNTS = st.integers(min_value=-(10**13), max_value=10**13)


@st.composite
def mappings(draw: st.DrawFn) -> Mapping:
    rows: list[MappingRow] = []
    for code in draw(st.lists(st.sampled_from(CODES), unique=True, max_size=6)):
        weights = draw(st.lists(st.integers(1, 1000), min_size=1, max_size=4))
        for weight, name in zip(weights, ("JW", "WMO", "ARM", "SHV"), strict=False):
            share = Fraction(weight, sum(weights))
            rows.append(MappingRow(taakveld=code, source_code=name, share=share))
    return Mapping(rows=tuple(rows))


@given(lines=st.lists(st.tuples(st.sampled_from(CODES), AMOUNTS, AMOUNTS)), mapping=mappings())
def test_every_cent_is_mapped_or_left_out_exactly_once(
    lines: list[tuple[str, int, int]], mapping: Mapping
) -> None:
    budget = a_budget([a_line(n, *line) for n, line in enumerate(lines, start=2)])
    mapped = map_budget(budget, mapping)
    left = {
        side: sum(each.amount_cents for each in mapped.left_out if each.side is side)
        for side in Side
    }
    assert sum(line.amount_cents for line in mapped.lines) + left[Side.EXPENSES] == sum(
        line.expenses_cents for line in budget.lines
    )
    assert left[Side.REVENUES] == budget.revenues_cents
    assert sum(mapped.totals_by_source().values()) == sum(x.amount_cents for x in mapped.lines)
    assert all(line.amount_cents > 0 for line in mapped.lines)


def test_the_shipped_mapping_covers_the_social_domain_of_2026_but_for_work() -> None:
    of_year = {each.code for each in TAAKVELDEN if each.exists_in(2026) and each.code[:2] == "6."}
    mapped = {row.taakveld for row in DEFAULT_MAPPING.rows}
    assert of_year - mapped == {"6.4", "6.5"}
    assert mapped <= of_year
    assert all(not source(row.source_code).external for row in DEFAULT_MAPPING.rows)


def test_every_assumed_share_is_printed() -> None:
    assert assumptions(DEFAULT_MAPPING)[0] == (
        "taakveld 6.3 Inkomensregelingen: BUIG 78 %, ARM 16 %, SHV 6 %"
        " (aanname, in te stellen per gemeente)"
    )
    assert [line.split()[1] for line in assumptions(DEFAULT_MAPPING)] == [
        "6.3",
        "6.751",
        "6.752",
        "6.753",
    ]


@pytest.mark.parametrize("share", ["0,5", "0.5", "1/2", "0.500"])
def test_a_share_may_be_written_in_the_ways_people_write_it(share: str) -> None:
    text = f"aandeel;bron;taakveld\n{share};JW;6.3\n{share};ARM;6.3\n"
    mapping = parse_mapping(text.encode(), file_name="toewijzing.csv")
    assert [row.share for row in mapping.shares_of("6.3")] == [Fraction(1, 2)] * 2


def test_thirds_are_whole_together() -> None:
    text = "taakveld;bron;aandeel\n" + "".join(f"6.3;{b};1/3\n" for b in ("JW", "ARM", "SHV"))
    assert len(parse_mapping(text.encode(), file_name="t.csv").rows) == 3


# lines of a mapping, divided by a slash -> code, and a part of the sentence
REFUSED = """
6.3;JW;0,5                    | aandelen-niet-samen-een      | samen 50 %
6.3;JW;1 / 6.3;ARM;0,1        | aandelen-niet-samen-een      | samen 110 %
6.3;JW;0,6666 / 6.3;ARM;0,3333 | aandelen-niet-samen-een     | samen 99,99 %
6.3;JW;0                      | aandeel-onjuist              | regel 2, kolom 'aandeel': '0'
6.3;JW;1,5                    | aandeel-onjuist              | boven 0 en tot en met 1
6.3;JW;-1                     | aandeel-onjuist              | '-1'
6.3;JW;helft                  | aandeel-onjuist              | 'helft'
6.3;XX;1                      | bron-zonder-begroting        | 'XX' bestaat niet
6.3;ZVW;1                     | bron-zonder-begroting        | heeft geen budget in de gemeente
6.3;TEKORT;1                  | bron-zonder-begroting        | heeft geen budget in de gemeente
9.9;JW;1                      | toewijzing-onbekend-taakveld | '9.9' bestaat in geen enkel jaar
6.3;JW;0,5 / 6.3;JW;0,5       | regel-dubbel                 | regel 3, kolom 'bron'
6.3;;1                        | veld-leeg                    | regel 2, kolom 'bron'
9.9;JW;1 / 6.3;XX;2           | bestand-onjuist              | 3 keer
"""


@pytest.mark.parametrize("row", REFUSED.strip().splitlines())
def test_a_mapping_that_loses_or_makes_money_is_refused(row: str) -> None:
    lines, code, part = (cell.strip() for cell in row.split("|"))
    content = "taakveld;bron;aandeel\n" + "\n".join(lines.split(" / ")) + "\n"
    with pytest.raises(Refusal) as caught:
        parse_mapping(content.encode(), file_name="toewijzing.csv")
    assert caught.value.code == code
    assert part in caught.value.message()
