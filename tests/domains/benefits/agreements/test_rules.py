"""What an agreement may say, which year a day lies in, and what a year of it gives."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Final
from uuid import UUID, uuid5

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from domains.benefits.agreements.model import (
    Cashable,
    CashableClass,
    KeptAgreement,
    SettlementOrder,
    StandingShare,
)
from domains.benefits.agreements.refusals import (
    InvalidAgreement,
    InvalidCashable,
    NoAgreement,
    NothingSigned,
    OverlappingAgreements,
)
from domains.benefits.agreements.rules import (
    agreement_for,
    check_agreement,
    check_apart,
    check_cashable,
    measured_of,
    parts_of,
    settled,
)
from domains.benefits.bookings.model import Key
from domains.benefits.settlement import Measured, Outcome, RateStep
from tests.domains.benefits.bookings.story import ORDER, SETTLE

ID: Final = UUID("6f6e7473-6368-8f74-8000-000000000001")
STUDY: Final = UUID("6f6e7473-6368-8f74-8000-000000000002")
KEPT: Final = KeptAgreement(id=ID, number=1, order=ORDER)
DIRECT: Final = Cashable(
    domain="jeugd",
    kind=CashableClass.DIRECT,
    part=Fraction(3, 5),
    step_cents=0,
    from_date=date(2025, 1, 1),
    decision="besluit",
)
STEPS: Final = replace(DIRECT, kind=CashableClass.STEPS, step_cents=100_00)
SHARE: Final = StandingShare(
    key=Key(cohort="2024-2", exposure=("A", "B"), receiver="jeugd", period=date(2025, 1, 1)),
    block_id=ID,
    estimate_id=ID,
    study_id=STUDY,
    estimate_number=1,
    estimate_cents=27_400_00,
    counterfactual_cents=27_400_00,
    saving_cents=5_206_00,
    signed_cents=3_562_00,
    realised_cents=0,
    paid_cents=4_000_00,
    families=(ID,),
)
COVARIANCE: Final = {STUDY: np.diag([100_00.0**2, 200_00.0**2])}


def rates(*steps: tuple[int, int | None]) -> tuple[RateStep, ...]:
    return tuple(
        RateStep(first=first, last=last, at_first=Fraction(1, 50), at_last=Fraction(1, 50))
        for first, last in steps
    )


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"receiver": ""}, "ontvanger"),
        ({"contributor": "jeugd"}, "betaler"),
        ({"contributor": ""}, "betaler"),
        ({"until_date": ORDER.from_date}, "totEnMet"),
        ({"terms": replace(ORDER.terms, share=Fraction(2))}, "deel"),
        ({"terms": replace(ORDER.terms, benchmark_cap=Fraction(-1))}, "begrenzingOntvanger"),
        ({"terms": replace(ORDER.terms, loss_share=Fraction(2))}, "deelVerlies"),
        ({"terms": replace(ORDER.terms, loss_limit=Fraction(2))}, "begrenzingVerlies"),
        ({"terms": replace(ORDER.terms, investment_cap=Fraction(-1))}, "begrenzingInzet"),
        ({"terms": replace(ORDER.terms, floor_cents=-1)}, "drempel"),
        ({"terms": replace(ORDER.terms, one_sided_years=-1)}, "jarenZonderVerlies"),
        ({"terms": replace(ORDER.terms, least_rates=())}, "minima"),
        ({"terms": replace(ORDER.terms, least_rates=rates((2, None)))}, "minima"),
        ({"terms": replace(ORDER.terms, least_rates=rates((1, 1), (2, None)))}, "minima"),
        ({"terms": replace(ORDER.terms, least_rates=rates((1, 9), (11, None)))}, "minima"),
        ({"terms": replace(ORDER.terms, least_rates=rates((1, 9)))}, "minima"),
        (
            {
                "terms": replace(
                    ORDER.terms,
                    least_rates=(
                        RateStep(first=1, last=None, at_first=Fraction(2), at_last=Fraction(2)),
                    ),
                )
            },
            "minima",
        ),
        ({"decision": " "}, "besluit"),
    ],
)
def test_an_agreement_that_cannot_be_kept_is_refused(
    wrong: Mapping[str, object], field: str
) -> None:
    check_agreement(ORDER)
    with pytest.raises(InvalidAgreement) as refusal:
        check_agreement(replace(ORDER, **wrong))  # type: ignore[arg-type]  # A table.
    assert refusal.value.field == field


def test_rates_may_be_laid_down_per_class_of_families() -> None:
    terms = replace(ORDER.terms, least_rates=rates((1, 9), (10, 99), (100, None)))
    check_agreement(replace(ORDER, terms=terms))


@pytest.mark.parametrize(
    ("change", "overlaps"),
    [
        ({}, True),
        ({"from_date": date(2027, 12, 31), "until_date": date(2029, 1, 1)}, True),
        ({"from_date": date(2028, 1, 1), "until_date": date(2029, 1, 1)}, False),
        ({"until_date": date(2025, 1, 2)}, True),
        ({"contributor": "armoede"}, False),
    ],
)
def test_two_domains_have_one_agreement_on_a_day(
    change: Mapping[str, object], *, overlaps: bool
) -> None:
    order = replace(ORDER, **change)  # type: ignore[arg-type]  # A table.
    check_apart(order, [KEPT], own=ID)
    if overlaps:
        with pytest.raises(OverlappingAgreements):
            check_apart(order, [KEPT], own=None)
    else:
        check_apart(order, [KEPT], own=None)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"domain": ""}, "domein"),
        ({"part": Fraction(2)}, "deel"),
        ({"part": Fraction(0)}, "deel"),
        ({"kind": CashableClass.CAPACITY}, "deel"),
        ({"kind": CashableClass.STEPS}, "stap"),
        ({"step_cents": 1}, "stap"),
        ({"decision": ""}, "besluit"),
    ],
)
def test_what_contradicts_itself_on_being_cashable_is_refused(
    wrong: Mapping[str, object], field: str
) -> None:
    check_cashable(DIRECT)
    check_cashable(STEPS)
    check_cashable(replace(DIRECT, kind=CashableClass.CAPACITY, part=Fraction(0)))
    with pytest.raises(InvalidCashable) as refusal:
        check_cashable(replace(DIRECT, **wrong))  # type: ignore[arg-type]  # A table.
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("first", "day", "number", "from_date", "until_date"),
    [
        ("2025-01-01", "2025-01-01", 1, "2025-01-01", "2026-01-01"),
        ("2025-01-01", "2026-06-30", 2, "2026-01-01", "2027-01-01"),
        ("2025-07-01", "2026-06-30", 1, "2025-07-01", "2026-07-01"),
        ("2025-07-01", "2027-12-31", 3, "2027-07-01", "2028-01-01"),
        ("2024-02-29", "2025-02-28", 1, "2024-02-29", "2025-03-01"),
        ("2024-02-29", "2025-03-01", 2, "2025-03-01", "2026-03-01"),
    ],
)
def test_a_day_lies_in_a_year_of_the_agreement(
    *, first: str, day: str, number: int, from_date: str, until_date: str
) -> None:
    kept = replace(KEPT, order=replace(ORDER, from_date=date.fromisoformat(first)))
    _, year = agreement_for(replace(SETTLE, on=date.fromisoformat(day)), [kept])
    assert (year.number, year.from_date.isoformat(), year.until_date.isoformat()) == (
        number,
        from_date,
        until_date,
    )


@pytest.mark.parametrize(
    "order",
    [
        replace(SETTLE, receiver="zvw"),
        replace(SETTLE, contributor="armoede"),
        replace(SETTLE, on=date(2028, 1, 1)),
        replace(SETTLE, on=date(2024, 12, 31)),
    ],
    ids=["outside receiver", "other payer", "after", "before"],
)
def test_without_an_agreement_nothing_is_settled(order: SettlementOrder) -> None:
    with pytest.raises(NoAgreement):
        agreement_for(order, [KEPT])


def measure(*shares: StandingShare, cashable: Cashable = DIRECT) -> Measured:
    _, year = agreement_for(SETTLE, [KEPT])
    return measured_of(shares, order=SETTLE, year=year, cashable=cashable, covariances=COVARIANCE)


def test_a_year_is_summed_over_its_lines_and_each_investment_counts_once() -> None:
    later = replace(
        SHARE,
        key=replace(SHARE.key, period=date(2025, 4, 1)),
        counterfactual_cents=13_700_00,
        paid_cents=4_500_00,
        realised_cents=7,
        families=(ID, STUDY),
    )
    _, year = agreement_for(SETTLE, [KEPT])
    found = measured_of(
        (later, SHARE), order=SETTLE, year=year, cashable=DIRECT, covariances=COVARIANCE
    )
    assert found.payer_cents == 2 * 3_562_00 + 7
    assert found.counterfactual_cents == 41_100_00
    assert found.saving_cents == 2 * 5_206_00
    assert found.invested_cents == 4_500_00, "paid up to the last quarter"
    assert found.families == 2
    assert found.error_cents == 150_00, "one and a half times that of the estimate"


def test_estimates_of_one_study_move_together_and_studies_err_in_one_direction() -> None:
    other = replace(SHARE, estimate_number=2, key=replace(SHARE.key, cohort="2024-1"))
    elsewhere = replace(other, study_id=ID)
    _, year = agreement_for(SETTLE, [KEPT])
    within = measured_of(
        (SHARE, other), order=SETTLE, year=year, cashable=DIRECT, covariances=COVARIANCE
    )
    apart = measured_of(
        (SHARE, elsewhere),
        order=SETTLE,
        year=year,
        cashable=DIRECT,
        covariances={**COVARIANCE, ID: COVARIANCE[STUDY]},
    )
    assert within.error_cents == round((100_00**2 + 200_00**2) ** 0.5)
    assert apart.error_cents == 300_00


def test_nothing_signed_is_nothing_to_settle() -> None:
    with pytest.raises(NothingSigned):
        measure()


@pytest.mark.parametrize(
    ("cents", "part"),
    [(3_562_00, Fraction(2_100_00, 3_562_00)), (166_00, Fraction(0)), (-5_00, Fraction(3, 5))],
    ids=["21 steps", "not one", "a loss"],
)
def test_in_steps_only_whole_steps_are_cashable(cents: int, part: Fraction) -> None:
    found = measure(replace(SHARE, signed_cents=cents), cashable=STEPS)
    assert found.cashable == part


def test_what_was_settled_before_comes_off_and_an_investment_comes_back_once() -> None:
    _, year = agreement_for(SETTLE, [KEPT])
    measured = measured_of(
        (SHARE,), order=SETTLE, year=year, cashable=DIRECT, covariances=COVARIANCE
    )
    assert settled(ORDER.terms, measured, before_cents=0, this_year_cents=0).amount_cents == (
        1_068_60
    )
    again = settled(ORDER.terms, measured, before_cents=0, this_year_cents=1_068_60)
    assert again.amount_cents == 0
    less = settled(ORDER.terms, measured, before_cents=0, this_year_cents=2_000_00)
    assert less.amount_cents == 1_068_60 - 2_000_00
    capped = settled(ORDER.terms, measured, before_cents=3_900_00, this_year_cents=0)
    assert (capped.amount_cents, capped.outcome) == (100_00, Outcome.CAPPED_BY_INVESTMENT)
    none = settled(ORDER.terms, measured, before_cents=5_000_00, this_year_cents=0)
    assert none.amount_cents == 0


@given(
    amount=some.integers(-(10**9), 10**9),
    stands=some.lists(
        some.tuples(some.integers(-(10**8), 10**8), some.integers(-(10**6), 10**8)),
        min_size=1,
        max_size=6,
    ),
)
def test_the_parts_of_a_settlement_sum_to_it(amount: int, stands: list[tuple[int, int]]) -> None:
    shares = [
        replace(
            SHARE,
            key=replace(SHARE.key, cohort=f"{2000 + place}-1"),
            block_id=uuid5(ID, str(place)),
            signed_cents=signed,
            realised_cents=realised,
        )
        for place, (signed, realised) in enumerate(stands)
    ]
    parts = parts_of(amount, shares)
    assert sum(cents for _, cents in parts) == amount
    assert all(cents for _, cents in parts)
