"""What more money for one domain may save others: an expectation, never a measurement.

It asks what an extra euro would do if it did what a measured euro did, less what optimism usually
adds (HM Treasury, Supporting public service transformation, 2014). An extra euro mostly does less
than the ones before it; what part of the effect remains is for whoever asks, and stands beside the
outcome. Nothing of this is booked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from domains.benefits.forecast import OPTIMISM, Deduction, expected_benefit

_STRENGTH: Final = {"A": 1, "B": 2, "C": 4, "D": 5, "E": 6}
"""How strong the evidence of a grade is: 1 a trial, 6 a guess."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a domain saved another one in a period, in whole cents, and how sure that is."""

    receiver: str
    cents: int
    low_cents: int
    high_cents: int
    grade: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What more money may save a receiver, in whole cents, with what was taken off for optimism."""

    receiver: str
    cents: int
    low_cents: int
    high_cents: int
    grade: str
    optimism: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """What more money for a domain may save others, and what that rests on."""

    extra_cents: int
    spent_cents: int
    """What the domain spent where the savings were measured."""
    kept: Fraction
    """The part of the effect that an extra euro keeps."""
    rows: tuple[Expected, ...]

    @property
    def is_beyond_measured(self) -> bool:
        """Return whether more is asked than was ever spent where the savings were measured."""
        return self.extra_cents > self.spent_cents

    @property
    def cents(self) -> int:
        """Return what all receivers may save together."""
        return sum(each.cents for each in self.rows)

    @property
    def low_cents(self) -> int:
        """Return the sum of the lower bounds: wider than 95% where receivers move apart."""
        return sum(each.low_cents for each in self.rows)

    @property
    def high_cents(self) -> int:
        """Return the sum of the upper bounds."""
        return sum(each.high_cents for each in self.rows)


def what_if(
    measured: Sequence[Measured], *, spent_cents: int, extra_cents: int, kept: Fraction
) -> WhatIf | None:
    """Say what ``extra_cents`` more may save; ``None`` where nothing was spent or measured.

    ``kept`` is the part of the effect that an extra euro keeps, from 0 to 1.
    """
    if spent_cents <= 0 or not measured:
        return None
    rows = []
    for each in measured:
        optimism = OPTIMISM[_STRENGTH[each.grade]]
        deductions = (
            Deduction(reason="minder effect per extra euro", part=1 - kept),
            Deduction(reason="optimisme", part=optimism),
        )
        bounds = {
            name: expected_benefit(
                quantity=Fraction(extra_cents, spent_cents),
                price_cents=cents,
                effect=Fraction(1),
                # What it costs others is not made smaller.
                deductions=deductions if cents > 0 else (),
            )
            for name, cents in _bounds(each).items()
        }
        rows.append(Expected(receiver=each.receiver, grade=each.grade, optimism=optimism, **bounds))
    return WhatIf(extra_cents=extra_cents, spent_cents=spent_cents, kept=kept, rows=tuple(rows))


def _bounds(each: Measured) -> Mapping[str, int]:
    return {"cents": each.cents, "low_cents": each.low_cents, "high_cents": each.high_cents}
