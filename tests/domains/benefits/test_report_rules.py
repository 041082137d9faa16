"""The report: the matrix of the worked family, its intervals, and what districts sum to."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import numpy as np
import pytest

from domains.benefits.bookings.model import State
from domains.benefits.report.model import (
    Block,
    Booked,
    Estimated,
    Evidence,
    Pile,
    Report,
    Residences,
    Scope,
    Seen,
)
from domains.benefits.report.rules import (
    chosen,
    district_figures,
    hide,
    in_words,
    pile_of,
    report_of,
)
from domains.benefits.studies import DistrictRate
from domains.benefits.suppression import TOTAL

NOW = datetime(2026, 1, 2, 9, 30, tzinfo=UTC)
DAY = date(2026, 1, 2)
STUDY = UUID(int=1)
EXAMPLE = {
    "jeugd": {"schulden": 356_200, "jeugd": 123_300, "armoede": 41_100},
    "ggz": {"schulden": 27_000, "jeugd": 6_750, "armoede": 2_250},
    "wmo": {"schulden": -6_000},
}
"""What each domain contributed to each receiving one in the worked example, in cents."""
ERRORS = {"jeugd": 100_000, "ggz": 20_000, "wmo": 5_000}
NOWHERE = Residences(of={})
WHOLE = Scope(wijk=None, from_date=None, until_date=None, on=DAY, known_up_to=9)


def block(
    receiver: str, *, families: int = 40, first: int = 0, period: date = date(2025, 1, 1)
) -> Block:
    return Block(
        id=UUID(int=100 + list(EXAMPLE).index(receiver) + 10 * period.month),
        estimate=UUID(int=10 + list(EXAMPLE).index(receiver)),
        receiver=receiver,
        period=period,
        families=tuple(UUID(int=1000 + each) for each in range(first, first + families)),
        keys=tuple(range(20, 20 + families)),
    )


def booked(of: Block, *, state: State = State.SIGNED, link: int = 1, sign: int = 1) -> list[Booked]:
    return [
        Booked(
            block=of.id,
            state=state,
            contributor=contributor,
            link=link,
            booking_date=DAY,
            cents=sign * cents,
        )
        for contributor, cents in EXAMPLE[of.receiver].items()
    ]


def evidence(*, covariance: Sequence[Sequence[float]] | None = None) -> Evidence:
    errors = list(ERRORS.values())
    return Evidence(
        estimates={
            UUID(int=10 + number): Estimated(
                id=UUID(int=10 + number),
                study=STUDY,
                number=number + 1,
                exposure=("budgetcoach", "opvoedcoach"),
                domain=receiver,
                saving_cents=sum(contributed.values()),
                error_cents=errors[number],
                grade="BC"[number % 2],
                doubts=(),
                tipping_point=0.10 + number / 100,
                refusal_text="",
                is_current=True,
            )
            for number, (receiver, contributed) in enumerate(EXAMPLE.items())
        },
        covariances={
            STUDY: np.diag(np.square(errors)).astype(float)
            if covariance is None
            else np.array(covariance)
        },
    )


def example() -> tuple[Pile, Mapping[UUID, Block]]:
    blocks = {each.id: each for each in map(block, EXAMPLE)}
    return pile_of([line for each in blocks.values() for line in booked(each)], blocks), blocks


def report(
    pile: Pile,
    scope: Scope = WHOLE,
    *,
    known: Evidence | None = None,
    residences: Residences = NOWHERE,
) -> Report:
    table = chosen(pile, scope, moment=NOW, residences=residences)
    return report_of(
        pile,
        scope,
        table,
        hidden=hide(pile, table, earlier=[]),
        evidence=known or evidence(),
        spent={"schulden": 400_000, "jeugd": 225_000},
        observed={"armoede": 75_000},
    )


def test_the_matrix_is_that_of_the_worked_example() -> None:
    found = report(example()[0])
    assert {place: cell.figure.headline_cents for place, cell in found.cells.items()} == {
        (contributor, receiver): cents
        for receiver, contributed in EXAMPLE.items()
        for contributor, cents in contributed.items()
    }
    assert found.hidden == ()
    assert found.totals["schulden", TOTAL].known_cents == 377_200
    assert found.totals[TOTAL, "jeugd"].known_cents == 520_600
    assert found.totals[TOTAL, TOTAL].known_cents == 550_600


def test_the_alderman_for_debt_sees_what_was_created_for_others() -> None:
    domains = {each.domain: each for each in report(example()[0]).domains}
    debt, youth = domains["schulden"], domains["jeugd"]
    assert (debt.spent_cents, debt.created_elsewhere_cents, debt.received_cents) == (
        400_000,
        377_200,
        0,
    )
    assert (youth.own_cents, youth.created_elsewhere_cents) == (123_300, 6_750)
    # What it created for itself is not in the interval, so that is narrower than of its whole row.
    row = report(example()[0]).totals["jeugd", TOTAL]
    low, high = youth.elsewhere_low_cents or 0, youth.elsewhere_high_cents or 0
    assert low <= 6_750 <= high
    assert high - low < row.high_cents - row.low_cents
    assert youth.received_cents == 397_300
    assert youth.net_cents == 6_750 - 397_300
    assert sum(each.net_cents or 0 for each in domains.values()) == 0
    assert domains["armoede"].observed_cents == 75_000


def test_a_cell_has_its_part_of_the_standard_error_and_the_worst_grade() -> None:
    cell = report(example()[0]).cells["schulden", "jeugd"]
    reach = 1.959964 * 100_000 * 356_200 / 520_600
    assert cell.figure.low_cents == pytest.approx(356_200 - reach, abs=1)
    assert cell.figure.high_cents == pytest.approx(356_200 + reach, abs=1)
    assert (cell.grade, cell.families) == ("B", 40)
    assert report(example()[0]).cells["schulden", "ggz"].grade == "C"


def test_the_interval_of_a_total_knows_that_domains_move_together() -> None:
    """A rise in one domain that is a fall in another leaves the sum as sure as it was."""
    opposite = [[1e10, -1e10, 0.0], [-1e10, 1e10, 0.0], [0.0, 0.0, 0.0]]
    found = report(example()[0], known=evidence(covariance=opposite)).totals[TOTAL, TOTAL]
    assert found.low_cents == found.high_cents == found.known_cents


def test_between_studies_standard_errors_are_added() -> None:
    alone = Evidence(estimates=evidence().estimates, covariances={})
    found = report(example()[0], known=alone).totals[TOTAL, TOTAL]
    assert found.high_cents - found.known_cents == pytest.approx(1.959964 * 125_000, abs=1)


def test_districts_and_quarters_sum_to_the_whole_to_the_cent() -> None:
    first, second = block("jeugd"), block("jeugd", first=10, period=date(2025, 4, 1))
    pile = pile_of(
        [*booked(first), *booked(second, state=State.MEASURED)],
        {first.id: first, second.id: second},
    )
    homes = Residences(
        of={
            family: ((date(2020, 1, 1), NOW, f"WK{number % 2}"),)
            for number, family in enumerate(pile.families)
        }
    )
    whole = report(pile, residences=homes).totals[TOTAL, TOTAL]
    quarters = ((None, date(2025, 4, 1)), (date(2025, 4, 1), None))
    parts = [
        report(
            pile,
            Scope(wijk=wijk, from_date=since, until_date=until, on=DAY, known_up_to=9),
            residences=homes,
        ).totals[TOTAL, TOTAL]
        for wijk in ("WK0", "WK1")
        for since, until in quarters
    ]
    for state in (State.MEASURED, State.SIGNED):
        assert sum(part.cents[state] for part in parts) == whole.cents[state] == 520_600


def test_who_moved_counts_where_he_lived_as_far_as_we_knew() -> None:
    here = block("jeugd")
    pile = pile_of(booked(here), {here.id: here})
    later = datetime(2026, 1, 3, tzinfo=UTC)
    moved = Residences(
        of={
            family: ((date(2020, 1, 1), NOW, "WK0"), (date(2024, 1, 1), later, "WK1"))
            for family in pile.families
        }
    )
    old = Scope(wijk="WK0", from_date=None, until_date=None, on=DAY, known_up_to=9)
    assert chosen(pile, old, moment=NOW, residences=moved).all()
    assert not chosen(pile, old, moment=later, residences=moved).any()


def test_what_was_reversed_later_stands_in_the_report_of_then() -> None:
    here = block("jeugd")
    pile = pile_of([*booked(here), *booked(here, link=5, sign=-1)], {here.id: here})
    then = Scope(wijk=None, from_date=None, until_date=None, on=DAY, known_up_to=4)
    assert report(pile, then).totals[TOTAL, TOTAL].known_cents == 520_600
    now = report(pile)
    assert now.totals[TOTAL, TOTAL].known_cents == 0
    (left,) = [each for each in now.not_attributed if each.domain == "jeugd"]
    assert left.cents == 520_600


def test_a_forecast_is_never_among_what_was_measured() -> None:
    here = block("jeugd")
    found = report(pile_of(booked(here, state=State.EXPECTED), {here.id: here}))
    assert found.cells == {}
    assert found.totals == {}
    assert found.expected["schulden", "jeugd"] == 356_200
    assert found.expected[TOTAL, TOTAL] == 520_600


def test_of_few_families_nothing_is_seen_also_not_by_what_a_domain_created() -> None:
    few = block("jeugd", families=9)
    found = report(pile_of(booked(few), {few.id: few}))
    assert found.cells == {}
    assert found.totals == {}
    for each in found.domains:
        assert each.created_elsewhere_cents is None
        assert each.net_cents is None


def test_a_quarter_of_one_family_more_tells_nothing_beside_the_report_before() -> None:
    here, one = block("jeugd"), block("jeugd", families=1, first=50, period=date(2025, 4, 1))
    pile = pile_of([*booked(here), *booked(one, link=5)], {here.id: here, one.id: one})
    then = Scope(wijk=None, from_date=None, until_date=None, on=DAY, known_up_to=4)
    before, after = (chosen(pile, each, moment=NOW, residences=NOWHERE) for each in (then, WHOLE))
    shown = hide(pile, before, earlier=[])
    assert not any(shown.values())
    assert not any(hide(pile, after, earlier=[]).values())
    seen = Seen(scope=then, moment=NOW, hidden=shown)
    hidden = hide(pile, after, earlier=[(before, seen)])
    assert {("schulden", "jeugd"), (TOTAL, TOTAL)} <= hidden[State.SIGNED]


def test_the_tipping_point_is_told_in_words() -> None:
    assert "vanzelf al 7,3% per jaar gedaald" in in_words([0.12, 0.073], saved=True)
    assert "gestegen" in in_words([0.12], saved=False)
    assert in_words([], saved=True) == ""


def test_districts_are_drawn_to_each_other_and_labelled_together() -> None:
    known = evidence()
    rates = [(-0.9, 0.1), (-0.1, 0.4), (0.4, 0.4), (-0.3, 0.3), (-0.2, 0.3)]
    youth = replace(
        known.estimates[UUID(int=10)],
        districts=tuple(
            DistrictRate(wijk=f"WK{number}", families=12, log_ratio=ratio, log_error=error)
            for number, (ratio, error) in enumerate(rates)
        ),
    )
    found = district_figures(
        Evidence(estimates=dict(known.estimates) | {youth.id: youth}, covariances={})
    )
    assert [each.wijk for each in found] == ["WK0", "WK1", "WK2", "WK3", "WK4"]
    assert [each.is_demonstrable for each in found] == [True, False, False, False, False]
    for each, (ratio, _) in zip(found, rates, strict=True):
        assert abs(np.log(each.ratio) + 0.55) < abs(ratio + 0.55) + 0.05
        assert each.ratio_low < each.ratio < each.ratio_high
