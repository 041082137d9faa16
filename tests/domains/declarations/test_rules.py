"""The checks of a declared line: each row differs from a line that is granted in one thing."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

import pytest

from domains.allocations.model import Allocation
from domains.declarations.model import EarlierLine, LineOutcome, Used
from domains.declarations.rules import CHECKS, Situation, codes_of, take_accrued
from domains.messages.model import DeclarationHead, DeclaredLine, Header
from domains.messages.standard import Kind, Law, MessageType
from domains.quantities import Rounding
from tests.support.messages import PROVIDER, credit, declared

HEAD: Final = DeclarationHead(
    header=Header(
        message=MessageType(law=Law.YOUTH, kind=Kind.DECLARATION),
        sender=PROVIDER,
        receiver="0344",
        identification="1",
        dated=date(2026, 5, 6),
    ),
    basic_version="1.0.0",
    version="1.0.0",
    number="DN001",
    from_date=date(2026, 4, 1),
    last_date=date(2026, 4, 30),
    dated=date(2026, 5, 6),
    total_cents=0,
)
HOURS: Final = Allocation(
    id=UUID(int=1),
    law=Law.YOUTH,
    number=10072,
    version=1,
    draw=UUID(int=2),
    line=1,
    person=UUID(int=3),
    provider=PROVIDER,
    category="45",
    code="45A03",
    unit="04",
    volume=10,
    frequency="6",
    budget_cents=None,
    tariff_e4=12_5000,
    rounding=Rounding.HALF_UP,
    from_date=date(2026, 3, 1),
    until_date=date(2026, 7, 1),
    change_reason="",
    provider_reference="",
    recorded_at=datetime(2026, 3, 1, tzinfo=UTC),
)
GENERIC: Final = replace(
    HOURS,
    category="",
    code="",
    unit="",
    volume=None,
    frequency="",
    budget_cents=100_00,
    tariff_e4=None,
)


def codes(
    line: DeclaredLine | None = None,
    allocation: Allocation | None = HOURS,
    **more: Any,
) -> tuple[str, ...]:
    told: dict[str, Any] = {
        "line": line or declared(),
        "head": HEAD,
        "reference_known": False,
        "allocation": allocation,
        "is_its_person": True,
        "used": Used(),
        "earlier": None,
        "in_this_declaration": False,
    }
    return codes_of(Situation(**(told | more)))


def used(volume: int = 0, cents: int = 0, month: int = 4) -> Used:
    found = Used()
    found.add(
        category="45",
        code="45A99",
        month=date(2026, month, 1),
        volume=volume,
        cents=cents,
        lines=1,
    )
    return found


def standing(lines: int, **said: Any) -> Used:
    found = Used()
    told: dict[str, Any] = {"category": "45", "code": "45A03", "month": date(2026, 4, 1)}
    found.add(**(told | said), volume=0, cents=0, lines=lines)
    return found


def hours(volume: int, **said: Any) -> DeclaredLine:
    return declared(volume=volume, amount_cents=volume * 12_50, **said)


LINES: Final[dict[str, tuple[DeclaredLine, Allocation | None, dict[str, Any], tuple[str, ...]]]] = {
    "granted": (declared(), HOURS, {}, ()),
    "reference seen before": (declared(), HOURS, {"reference_known": True}, ("8021",)),
    "no allocation": (declared(), None, {}, ("9338",)),
    "somebody else's": (declared(), HOURS, {"is_its_person": False}, ("8187",)),
    "removed": (declared(), replace(HOURS, change_reason="13"), {}, ("9384",)),
    "begins before": (
        declared(),
        replace(HOURS, from_date=date(2026, 4, 2)),
        {},
        ("9307",),
    ),
    "ends after": (declared(), replace(HOURS, until_date=date(2026, 4, 30)), {}, ("9308",)),
    "two months": (declared(from_date=date(2026, 3, 1)), HOURS, {}, ("9319",)),
    "over the year's end": (
        declared(from_date=date(2025, 12, 1), last_date=date(2026, 1, 31)),
        replace(HOURS, from_date=date(2025, 1, 1)),
        {},
        ("9319",),
    ),
    "after the declared month": (
        declared(from_date=date(2026, 5, 1), last_date=date(2026, 5, 31)),
        HOURS,
        {},
        ("9319",),
    ),
    "ends before it begins": (
        declared(from_date=date(2026, 5, 1), last_date=date(2026, 4, 30)),
        HOURS,
        {},
        ("9319",),
    ),
    "begins in the month": (declared(from_date=date(2026, 4, 2)), HOURS, {}, ("9387",)),
    "begins with the allocation": (
        declared(from_date=date(2026, 4, 2)),
        replace(HOURS, from_date=date(2026, 4, 2)),
        {},
        (),
    ),
    "ends in the month": (declared(last_date=date(2026, 4, 29)), HOURS, {}, ("9388",)),
    "ends with the allocation": (
        declared(last_date=date(2026, 4, 29)),
        replace(HOURS, until_date=date(2026, 4, 30)),
        {},
        (),
    ),
    "the same again": (declared(), HOURS, {"used": standing(1)}, ("9389",)),
    "the same after a credit": (declared(), HOURS, {"used": standing(0)}, ()),
    "the same in another month": (
        declared(),
        HOURS,
        {"used": standing(1, month=date(2026, 3, 1))},
        (),
    ),
    "another product": (declared(), HOURS, {"used": standing(1, code="45A04")}, ()),
    "a month that was forgotten": (
        declared(from_date=date(2026, 3, 1), last_date=date(2026, 3, 31)),
        HOURS,
        {},
        (),
    ),
    "other category": (declared(category="46"), HOURS, {}, ("9339",)),
    "other code": (declared(code="45A04"), HOURS, {}, ("9340",)),
    "other unit": (declared(unit="01"), HOURS, {}, ("9341",)),
    "three at once": (
        declared(category="46", code="46A01", unit="01"),
        HOURS,
        {},
        ("9339", "9340", "9341"),
    ),
    "other tariff": (declared(tariff_cents=12_51), HOURS, {}, ("0611",)),
    "no tariff said": (declared(tariff_cents=None), HOURS, {}, ()),
    "euros instead of cents": (declared(amount_cents=50), HOURS, {}, ("9346",)),
    "a cent more": (declared(amount_cents=50_01), HOURS, {}, ("9346",)),
    "tariff with four decimals": (
        declared(volume=3, amount_cents=100_01, tariff_cents=33_34),
        replace(HOURS, tariff_e4=33_3350),
        {},
        (),
    ),
    "the rounded tariff instead": (
        declared(volume=3, amount_cents=100_02, tariff_cents=33_34),
        replace(HOURS, tariff_e4=33_3350),
        {},
        ("9346",),
    ),
    "too much at once": (hours(11), HOURS, {}, ("9321",)),
    "just enough": (hours(10), HOURS, {}, ()),
    "too much together": (hours(4), HOURS, {"used": used(7)}, ("9322",)),
    "too much together, earlier": (hours(4), HOURS, {"used": used(7, month=3)}, ("9322",)),
    "a day": (hours(30), replace(HOURS, volume=1, frequency="1"), {}, ()),
    "a day too much": (hours(31), replace(HOURS, volume=1, frequency="1"), {}, ("9321",)),
    "a week": (hours(5), replace(HOURS, volume=1, frequency="2"), {}, ()),
    "a week too much": (hours(6), replace(HOURS, volume=1, frequency="2"), {}, ("9321",)),
    "a month": (hours(4), replace(HOURS, volume=4, frequency="4"), {"used": used(9, month=3)}, ()),
    "a month too much": (
        hours(4),
        replace(HOURS, volume=4, frequency="4"),
        {"used": used(1)},
        ("9322",),
    ),
    "generic": (declared(category="54", code="54001"), GENERIC, {}, ()),
    "generic by its own tariff": (declared(amount_cents=49_99), GENERIC, {}, ("9346",)),
    "generic without a tariff": (
        declared(tariff_cents=None, amount_cents=7),
        GENERIC,
        {},
        (),
    ),
    "an amount in euros": (declared(unit="83", amount_cents=99_99), GENERIC, {}, ()),
    "budget just enough": (declared(), GENERIC, {"used": used(cents=50_00)}, ()),
    "budget exceeded": (declared(), GENERIC, {"used": used(cents=50_01)}, ("9369",)),
}


@pytest.mark.parametrize("case", LINES)
def test_a_debit_line(case: str) -> None:
    line, allocation, more, expected = LINES[case]
    assert codes(line, allocation, **more) == expected


DEBIT: Final = declared()
EARLIER: Final = EarlierLine(
    message=UUID(int=9),
    place=1,
    person=HOURS.person,
    allocation=DEBIT.allocation,
    category=DEBIT.category,
    code=DEBIT.code,
    from_date=DEBIT.from_date,
    until_date=date(2026, 5, 1),
    volume=DEBIT.volume,
    unit=DEBIT.unit,
    amount_cents=DEBIT.amount_cents,
    outcome=LineOutcome.GRANTED,
    is_credited=False,
    delivery=None,
    entries=(),
)
CREDITS: Final[dict[str, tuple[dict[str, Any], tuple[str, ...]]]] = {
    "granted": ({}, ()),
    "without debit": ({"earlier": None}, ("8017",)),
    "debit was refused": ({"earlier": replace(EARLIER, outcome=LineOutcome.REFUSED)}, ("8017",)),
    "debit in this declaration": ({"in_this_declaration": True}, ("8017",)),
    "other amount": ({"earlier": replace(EARLIER, amount_cents=50_01)}, ("8017",)),
    "other days": ({"earlier": replace(EARLIER, until_date=date(2026, 4, 30))}, ("8017",)),
    "somebody else's": ({"is_its_person": False}, ("8017",)),
    "credited before": ({"earlier": replace(EARLIER, is_credited=True)}, ("9390",)),
    "reference seen before": ({"reference_known": True}, ("8021",)),
    "allocation is over": ({"allocation": replace(HOURS, change_reason="13")}, ()),
}


@pytest.mark.parametrize("case", CREDITS)
def test_a_credit_line(case: str) -> None:
    more, expected = CREDITS[case]
    assert codes(credit(DEBIT), **({"earlier": EARLIER} | more)) == expected


def test_every_check_has_a_code_of_its_own_a_text_and_a_rule() -> None:
    told = [check.code for check in CHECKS]
    assert len(set(told)) == len(told)
    assert all(check.text.endswith(".") and check.rule for check in CHECKS)
    asked = "0611 9307 9308 9319 9321 9322 9338 9339 9340 9341 9346 9369 9384 8017 8021"
    monthly = "9387 9388 9389"
    assert {*asked.split(), *monthly.split()} <= set(told)


def test_what_was_accrued_is_taken_in_proportion_for_its_own_year() -> None:
    left = {"JW-2026": 30_00, "WMO-2026": 10_00, "JW-2027": 99_00}
    assert take_accrued(left, year=2026, amount_cents=20_00) == {
        "JW-2026": 15_00,
        "WMO-2026": 5_00,
    }
    assert take_accrued(left, year=2026, amount_cents=99_00) == {
        "JW-2026": 15_00,
        "WMO-2026": 5_00,
    }
    assert take_accrued(left, year=2026, amount_cents=1) == {}
    assert left == {"JW-2026": 0, "WMO-2026": 0, "JW-2027": 99_00}
