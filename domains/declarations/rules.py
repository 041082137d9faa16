"""Every check of a declared line with its return code (iJw and iWmo 3.2), and what a line takes.

The codes are those of the standard; the technical rule behind each is named with it. A credit
cannot be refused on its merits (IV085): only that it takes nothing back that was granted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from domains.allocations.model import IN_ALL, REMOVED, UNITS, Allocation
from domains.allocations.rules import volume_per_month
from domains.chart import year_of
from domains.declarations.model import EarlierLine, LineOutcome, Used
from domains.messages.model import DeclarationHead, DeclaredLine
from domains.providers.model import Unit
from domains.quantities import ONE, Rounding, line_cents
from ledger.money import split

NUMBER_NOT_UNIQUE: Final = "9333"
"""Of a whole declaration: another one of this provider has its number (TR333)."""
ABOVE_BUDGET: Final = "9369"
NOT_ITS_PERSON: Final = "8187"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A declared line with all that it is held against."""

    line: DeclaredLine
    head: DeclarationHead
    reference_known: bool
    allocation: Allocation | None
    is_its_person: bool
    used: Used
    earlier: EarlierLine | None
    """The line that a credit names."""
    in_this_declaration: bool
    """The line that a credit names stands in the same declaration, so nobody granted it yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check: the code that a line gets where it fails, what it means, and its rule."""

    code: str
    text: str
    rule: str
    fails: Callable[[Situation], bool]


def _allocated(check: Callable[[DeclaredLine, Allocation], bool]) -> Callable[[Situation], bool]:
    """Hold a line against its allocation; without one another check has failed already."""

    def fails(situation: Situation) -> bool:
        return situation.allocation is not None and check(situation.line, situation.allocation)

    return fails


@lru_cache(maxsize=4_096)  # A declaration of many lines has few days.
def month_of(day: date) -> date:
    """Return the first day of a month."""
    return day.replace(day=1)


def take_accrued(left: dict[str, int], *, year: int, amount_cents: int) -> dict[str, int]:
    """Say what a line takes of what was accrued of its draw for its year, per fund.

    Each fund gives in proportion to what it has left; ``left`` shrinks by it.
    """
    if not left:
        return {}
    funds = sorted(fund for fund, cents in left.items() if cents > 0 and year_of(fund) == year)
    total = min(amount_cents, sum(left[fund] for fund in funds))
    if total <= 0:
        return {}
    shares = split(total, [left[fund] for fund in funds])
    taken = {fund: cents for fund, cents in zip(funds, shares, strict=True) if cents}
    for fund, cents in taken.items():
        left[fund] -= cents
    return taken


def _takes_nothing_back(at: Situation) -> bool:
    line, earlier = at.line, at.earlier
    if earlier is None or at.in_this_declaration or earlier.outcome is not LineOutcome.GRANTED:
        return True
    told = (
        line.allocation,
        line.category,
        line.code,
        line.from_date,
        line.last_date + timedelta(days=1),
        line.volume,
        line.unit,
        -line.amount_cents,
    )
    known = (
        earlier.allocation,
        earlier.category,
        earlier.code,
        earlier.from_date,
        earlier.until_date,
        earlier.volume,
        earlier.unit,
        earlier.amount_cents,
    )
    return told != known or not at.is_its_person


def _in_a_declared_month(line: DeclaredLine, head: DeclarationHead) -> bool:
    """Return whether days lie in one calendar month that is not after the declared one.

    What was forgotten may be declared later, with the days on which it was delivered (IV090).
    """
    return (
        line.from_date <= line.last_date
        and month_of(line.from_date) == month_of(line.last_date)
        and line.last_date <= head.last_date
    )


def _tariff_fits(line: DeclaredLine, to: Allocation) -> bool:
    """Return whether the tariff of a line, in whole cents, is the contract's."""
    if to.tariff_e4 is None or line.tariff_cents is None:
        return True
    wanted = line_cents(tariff_e4=to.tariff_e4, volume_e4=ONE, rounding=Rounding.HALF_UP)
    return line.tariff_cents == wanted


def _amount_fits(line: DeclaredLine, to: Allocation) -> bool:
    """Return whether an amount is volume times tariff; euros are an amount themselves."""
    if UNITS[line.unit] is Unit.EURO:
        return True
    if to.tariff_e4 is not None:
        return line.amount_cents == line_cents(
            tariff_e4=to.tariff_e4, volume_e4=line.volume * ONE, rounding=to.rounding
        )
    return line.tariff_cents is None or line.amount_cents == line.volume * line.tariff_cents


def _volume_allowed(line: DeclaredLine, to: Allocation) -> int | None:
    """Return how much a month may have of an allocated volume; ``None``: no volume is said."""
    if to.volume is None:
        return None
    first = max(month_of(line.from_date), to.from_date)
    until = to.end_up_to(_next_month(line.from_date))
    return volume_per_month(to.frequency, to.volume, first, until)


def _volume_exceeds(line: DeclaredLine, to: Allocation) -> bool:
    allowed = _volume_allowed(line, to)
    return allowed is not None and line.volume > allowed


def _volumes_exceed(at: Situation) -> bool:
    if at.allocation is None:
        return False
    allowed = _volume_allowed(at.line, at.allocation)
    if allowed is None:
        return False
    month = at.used.by_month.get(month_of(at.line.from_date), 0)
    before = at.used.volume if at.allocation.frequency == IN_ALL else month
    return before > 0 and before + at.line.volume > allowed


@lru_cache(maxsize=4_096)
def _next_month(day: date) -> date:
    return month_of(month_of(day) + timedelta(days=31))


FIRST: Final = (
    Check(
        code="8021",
        text="Het referentienummer van de prestatie is al eerder aangeleverd.",
        rule="TR314",
        fails=lambda at: at.reference_known,
    ),
)
"""Of every line; where one fails, nothing more is looked at."""

OF_CREDIT: Final = (
    Check(
        code="8017",
        text="Van deze credit prestatie is geen toegekende debet prestatie bekend.",
        rule="TR323",
        fails=_takes_nothing_back,
    ),
    Check(
        code="9390",
        text="De genoemde prestatie is al gecrediteerd.",
        rule="TR390",
        fails=lambda at: at.earlier is not None and at.earlier.is_credited,
    ),
)

OF_DEBIT_FIRST: Final = (
    Check(
        code="9338",
        text="Het toewijzingnummer is niet van een toewijzing aan deze aanbieder.",
        rule="TR338",
        fails=lambda at: at.allocation is None,
    ),
    Check(
        code=NOT_ITS_PERSON,
        text="De prestatie hoort niet bij deze cliënt.",
        rule="TR304",
        fails=lambda at: at.allocation is not None and not at.is_its_person,
    ),
    Check(
        code="9384",
        text="De toewijzing is verwijderd.",
        rule="TR384",
        fails=_allocated(lambda _, allocation: allocation.change_reason == REMOVED),
    ),
)
"""Where one of these fails, there is no allocation to hold the rest against."""

OF_DEBIT: Final = (
    Check(
        code="9307",
        text="De begindatum van de prestatie ligt buiten de toewijzing.",
        rule="TR307",
        fails=_allocated(lambda line, to: not to.has(line.from_date)),
    ),
    Check(
        code="9308",
        text="De einddatum van de prestatie ligt buiten de toewijzing.",
        rule="TR308",
        fails=_allocated(lambda line, to: not to.has(line.last_date)),
    ),
    Check(
        code="9319",
        text="De productperiode valt niet binnen één kalendermaand tot en met de declaratiemaand.",
        rule="TR319, IV089, IV090",
        fails=lambda at: not _in_a_declared_month(at.line, at.head),
    ),
    Check(
        code="9387",
        text="De productperiode begint na de eerste dag van de maand waarop is toegewezen.",
        rule="TR387",
        fails=_allocated(
            lambda line, to: line.from_date > max(month_of(line.from_date), to.from_date)
        ),
    ),
    Check(
        code="9388",
        text="De productperiode eindigt voor de laatste dag van de maand waarop is toegewezen.",
        rule="TR388",
        fails=_allocated(
            lambda line, to: (
                line.last_date + timedelta(days=1) < to.end_up_to(_next_month(line.last_date))
            )
        ),
    ),
    Check(
        code="9389",
        text="Dit product is over deze maand al gedeclareerd en niet gecrediteerd.",
        rule="TR389",
        fails=lambda at: (
            at.used.standing.get((at.line.category, at.line.code, month_of(at.line.from_date)), 0)
            > 0
        ),
    ),
    Check(
        code="9339",
        text="De productcategorie is een andere dan in de toewijzing.",
        rule="TR339",
        fails=_allocated(lambda line, to: bool(to.category) and line.category != to.category),
    ),
    Check(
        code="9340",
        text="De productcode is een andere dan in de toewijzing.",
        rule="TR340",
        fails=_allocated(lambda line, to: bool(to.code) and line.code != to.code),
    ),
    Check(
        code="9341",
        text="De eenheid past niet bij die in de toewijzing.",
        rule="TR341",
        fails=_allocated(lambda line, to: bool(to.unit) and line.unit != to.unit),
    ),
    Check(
        code="0611",
        text="Het tarief is niet het tarief uit het contract.",
        rule="TR418",
        fails=_allocated(lambda line, to: not _tariff_fits(line, to)),
    ),
    Check(
        code="9346",
        text="Het ingediende bedrag is niet het volume maal het (onafgeronde) tarief.",
        rule="TR346, IV081",
        fails=_allocated(lambda line, to: not _amount_fits(line, to)),
    ),
    Check(
        code="9321",
        text="Het volume is groter dan het toegewezen volume.",
        rule="TR321",
        fails=_allocated(_volume_exceeds),
    ),
    Check(
        code="9322",
        text="De volumes zijn samen groter dan het toegewezen volume.",
        rule="TR322",
        fails=_volumes_exceed,
    ),
    Check(
        code=ABOVE_BUDGET,
        text="De prestaties passen samen niet binnen het toegewezen budget.",
        rule="TR369",
        fails=lambda at: (
            at.allocation is not None
            and at.allocation.budget_cents is not None
            and at.used.cents + at.line.amount_cents > at.allocation.budget_cents
        ),
    ),
)

CHECKS: Final = (*FIRST, *OF_CREDIT, *OF_DEBIT_FIRST, *OF_DEBIT)
"""Every check of a line."""

MEANINGS: Final = {each.code: each.text for each in CHECKS} | {
    NUMBER_NOT_UNIQUE: "Van deze aanbieder is al een declaratie met dit nummer ontvangen.",
}
"""What each return code that we give says."""


def codes_of(situation: Situation) -> tuple[str, ...]:
    """Return the codes of every check that a line fails; none: it can be granted."""
    of_kind = (OF_CREDIT,) if situation.line.is_credit else (OF_DEBIT_FIRST, OF_DEBIT)
    for checks in (FIRST, *of_kind):
        found = [check.code for check in checks if check.fails(situation)]
        if found:
            return tuple(found)
    return ()
