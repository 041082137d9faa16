"""What a change of the budget may be, and which lines the items for the council ask for."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final

from domains import chart
from domains.budget_changes.model import BudgetChange, ChangeLine, Duration, ShownLine
from domains.budgets.mapping import Side
from domains.council.model import Authorised, Cause, CouncilItem, Position
from domains.council.rules import outside_programme, sums, unit_of
from domains.days import day_text
from domains.pooling.rules import check_has_budget
from domains.settings.model import Settings
from domains.sources import source
from ledger.money import MAX_CENTS, show
from ledger.refusals import Refusal

RESERVES: Final = ("RES", "0.10")
"""The source and the taakveld of a withdrawal from the reserves (BBV 43)."""


@dataclass(kw_only=True, unsafe_hash=True)
class NothingToChange(Refusal):
    """A draft is asked from the items for the council, and there are none."""

    code: ClassVar[str] = "geen-raadsbesluit-nodig"
    year: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"In {self.year} is er niets waarvoor een raadsbesluit nodig is. Geef eigen regels op"
            " als u toch een begrotingswijziging wilt maken."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class ChangeOfNothing(Refusal):
    """A line of a budget change changes nothing, or more than any municipality has."""

    code: ClassVar[str] = "mutatie-ongeldig"
    programme: str
    taakveld: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De regel van programma {self.programme}, taakveld {self.taakveld} verandert niets, of"
            f" meer dan {show(MAX_CENTS)}. Geef een mutatie die niet nul is, of laat de regel weg."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class ChangeUnknown(Refusal):
    """There is no such budget change in this gemeente."""

    code: ClassVar[str] = "begrotingswijziging-onbekend"
    change: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Begrotingswijziging {self.change} bestaat niet in uw gemeente. Controleer het nummer."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class ChangeAdopted(Refusal):
    """A budget change was adopted already."""

    code: ClassVar[str] = "begrotingswijziging-al-vastgesteld"
    change: str
    decision: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Begrotingswijziging {self.change} is al vastgesteld met {self.decision}."
            " Maak een nieuwe begrotingswijziging."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class ChangeOutdated(Refusal):
    """Somebody made a later version of a budget change."""

    code: ClassVar[str] = "begrotingswijziging-verouderd"
    change: str
    version: int
    latest: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Van begrotingswijziging {self.change} is versie {self.latest} de laatste, niet"
            f" {self.version}. Bekijk de laatste versie en probeer het daarmee opnieuw."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class ChangeTooLate(Refusal):
    """The council decides on a budget after its year."""

    code: ClassVar[str] = "begrotingswijziging-te-laat"
    year: int
    decided_on: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De begroting van {self.year} is na 31 december {self.year} niet meer te wijzigen"
            f" (Gemeentewet 192) en dit besluit is van {self.decided_on}. Meld de afwijking in de"
            " rechtmatigheidsverantwoording en wijzig de begroting van het lopende jaar."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class YearWithoutBudget(Refusal):
    """A change is drafted of a budget that is not in the books."""

    code: ClassVar[str] = "jaar-zonder-begroting"
    year: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Er is geen begroting van {self.year} om te wijzigen. Lees eerst die begroting in, of"
            " kies een ander jaar."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class ChangeBeforeBudget(Refusal):
    """The council would have changed a budget before there was one."""

    code: ClassVar[str] = "besluit-voor-begroting"
    year: int
    decided_on: date
    budget_from: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Het besluit is van {day_text(self.decided_on)}, en de begroting van {self.year} staat"
            f" pas vanaf {day_text(self.budget_from)} in de boeken. Een wijziging volgt op de"
            " begroting zelf (Gemeentewet 191 en 192): geef de datum van het raadsbesluit dat"
            " haar wijzigt."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class DecisionNotTaken(Refusal):
    """A decision is named that is still to be taken."""

    code: ClassVar[str] = "besluit-nog-niet-genomen"
    decided_on: date
    today: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Het besluit is van {self.decided_on} en het is vandaag {self.today}."
            " Stel de begrotingswijziging vast nadat de raad heeft besloten."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class ChangeUnbalanced(Refusal):
    """Lasten and baten of a budget change do not change by the same amount."""

    code: ClassVar[str] = "begrotingswijziging-niet-sluitend"
    expenses_cents: int
    revenues_cents: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De lasten veranderen samen met {show(self.expenses_cents)} en de baten met"
            f" {show(self.revenues_cents)}. Geef meer lasten dekking: minder andere lasten, of"
            " meer baten, zoals een onttrekking aan een reserve."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class ClosedFundShifted(Refusal):
    """A budget change would move money to or from a source that is closed for that."""

    code: ClassVar[str] = "gesloten-middel-verschoven"
    fund: str
    legal_basis: str
    expenses_cents: int
    revenues_cents: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Van {self.fund} veranderen de lasten met {show(self.expenses_cents)} en de eigen"
            f" baten met {show(self.revenues_cents)}. Van en naar dit middel mag niet worden"
            f" geschoven ({self.legal_basis}): laat lasten en baten ervan met hetzelfde bedrag"
            " veranderen."
        )


def check_lines(lines: Iterable[ChangeLine]) -> None:
    """Refuse lines that can be of no budget.

    :raises ChangeOfNothing: a line changes nothing, or too much.
    :raises domains.sources.UnknownSource: there is no such source.
    :raises domains.pooling.rules.SourceWithoutBudget: the council has no budget for a source.
    """
    for line in lines:
        if not 0 < abs(line.change_cents) <= MAX_CENTS:
            raise ChangeOfNothing(programme=line.programme, taakveld=line.taakveld)
        check_has_budget(line.source)


def check_budget(year: int, *, budget_from: date | None) -> date:
    """Give the day from which the budget of a year stands; there is no change without it.

    :raises YearWithoutBudget: there is none.
    """
    if budget_from is None:
        raise YearWithoutBudget(year=year)
    return budget_from


def check_latest(change: BudgetChange, *, number: int) -> None:
    """Refuse to build on a version that is not the last word.

    :raises ChangeAdopted: the council decided already.
    :raises ChangeOutdated: somebody made a later version.
    """
    if change.adoption is not None:
        raise ChangeAdopted(change=str(change.id), decision=change.adoption.decision)
    if change.number != number:
        raise ChangeOutdated(change=str(change.id), version=number, latest=change.number)


def check_adoption(
    change: BudgetChange, *, decided_on: date, budget_from: date, today: date
) -> None:
    """Refuse to adopt what the council can not decide, or not any more.

    Lasten and baten change by the same amount, and those of a source that is closed for shifts do
    so among themselves: more of such a grant may be spent, nothing is taken from it or added.

    :raises DecisionNotTaken: the decision lies ahead.
    :raises ChangeTooLate: the year of the budget is over by then (Gemeentewet 192).
    :raises ChangeBeforeBudget: the budget itself is of a later day.
    :raises ClosedFundShifted: money would leave or enter a closed source.
    :raises ChangeUnbalanced: there is no cover for more lasten, or no use for more baten.
    """
    if decided_on > today:
        raise DecisionNotTaken(decided_on=decided_on, today=today)
    if decided_on.year > change.year:
        raise ChangeTooLate(year=change.year, decided_on=decided_on)
    if decided_on < budget_from:
        raise ChangeBeforeBudget(year=change.year, decided_on=decided_on, budget_from=budget_from)
    per_source = sums(
        change.lines, lambda line: (line.source, line.side), lambda line: line.change_cents
    )
    for code in sorted({line.source for line in change.lines}):
        expenses = per_source.get((code, Side.EXPENSES), 0)
        revenues = per_source.get((code, Side.REVENUES), 0)
        if source(code).closed_for_shift and expenses != revenues:
            raise ClosedFundShifted(
                fund=chart.fund(code, change.year),
                legal_basis=source(code).legal_basis,
                expenses_cents=expenses,
                revenues_cents=revenues,
            )
    expenses, revenues = (change.total_cents(side) for side in (Side.EXPENSES, Side.REVENUES))
    if expenses != revenues:
        raise ChangeUnbalanced(expenses_cents=expenses, revenues_cents=revenues)


def booking_date_of(change: BudgetChange, *, decided_on: date) -> date:
    """Say when an adopted change counts: on its decision, or on the first day of a later year."""
    return max(decided_on, date(change.year, 1, 1))


def hash_of(lines: Iterable[ChangeLine]) -> str:
    """Give the SHA-256 of every word of the lines, which ties them to the entry of an adoption."""
    text = "\n".join(
        "\x1f".join(
            [
                line.side,
                line.source,
                line.programme,
                line.taakveld,
                str(line.change_cents),
                line.duration,
                line.cause,
            ]
        )
        for line in lines
    )
    return hashlib.sha256(text.encode()).hexdigest()


def shown_lines(
    change: BudgetChange,
    *,
    authorised: Iterable[Authorised],
    revenues: Mapping[tuple[str, str], int],
) -> tuple[ShownLine, ...]:
    """Put beside each line what stood before it; a later line builds on an earlier one.

    ``revenues`` are the baten per programme and taakveld, of all sources together.
    """
    stands = {
        (Side.REVENUES, programme, taakveld, ""): cents
        for (programme, taakveld), cents in revenues.items()
    }
    for each in authorised:
        stands[Side.EXPENSES, each.programme, each.taakveld, each.fund] = each.amount_cents
    shown = []
    for line in change.lines:
        fund = line.fund(change.year) if line.side is Side.EXPENSES else ""
        key = (line.side, line.programme, line.taakveld, fund)
        shown.append(ShownLine(line=line, old_cents=stands.get(key, 0)))
        stands[key] = shown[-1].new_cents
    return tuple(shown)


def lines_for(
    items: Sequence[CouncilItem], positions: Sequence[Position], *, settings: Settings
) -> tuple[ChangeLine, ...]:
    """Propose the lines that the items ask for, all incidental.

    What a fund uses in the wrong place gets authorisation there, from where the same fund has
    authorisation that nobody uses; so far as there is any, the rest is for people to find. A
    shortage gets authorisation from the source whose help it is, covered by the reserves; where
    that is no source of the municipality's own money, or nobody's, from the reserves themselves.
    """
    more: list[ChangeLine] = []
    less: dict[tuple[str, str, str, Cause], int] = {}
    spare = _Spare(positions, settings)
    for item in items:
        if not item.programme:
            continue  # A year without a budget gets one first.
        if item.cause is Cause.SHORTAGE:
            more += _for_shortage(item)
            continue
        code = chart.source_of(item.fund)
        more.append(
            _line(Side.EXPENSES, code, item.programme, item.taakveld, item.amount_cents, item.cause)
        )
        for giver, cents in spare.take(item.fund, item.amount_cents):
            key = (code, giver.programme, giver.taakveld, item.cause)
            less[key] = less.get(key, 0) + cents
    return (
        *more,
        *(
            _line(Side.EXPENSES, code, programme, taakveld, -cents, cause)
            for (code, programme, taakveld, cause), cents in sorted(less.items())
        ),
    )


class _Spare:
    """The authorisation that can be given up without making a new item for the council.

    Nobody gives more than he has unused there and in that programme, and no unit gives more than
    all funds together leave unused in it.
    """

    def __init__(self, positions: Sequence[Position], settings: Settings) -> None:
        outside = set(outside_programme(positions))
        self._settings = settings
        self._givers = [each for each in positions if each not in outside]
        self._left: dict[tuple[object, ...], int] = {}
        for each in self._givers:
            for key in self._limits(each):
                self._left[key] = self._left.get(key, 0) + each.unused_cents

    def take(self, fund: str, amount_cents: int) -> list[tuple[Position, int]]:
        """Take an amount from where the fund has most to spare."""
        taken: list[tuple[Position, int]] = []
        givers = [each for each in self._givers if each.fund == fund]
        for giver in sorted(givers, key=lambda each: (-each.unused_cents, each.taakveld)):
            limits = self._limits(giver)
            cents = min(amount_cents, *(self._left[key] for key in limits))
            if cents > 0:
                taken.append((giver, cents))
                amount_cents -= cents
                for key in limits:
                    self._left[key] -= cents
        return taken

    def _limits(self, each: Position) -> tuple[tuple[object, ...], ...]:
        unit = unit_of(each.programme, each.taakveld, self._settings)
        return (
            ("row", each.fund, each.programme, each.taakveld),
            ("programme", each.fund, each.programme),
            ("unit", unit),
        )


def _for_shortage(item: CouncilItem) -> tuple[ChangeLine, ...]:
    reserve, reserve_taakveld = RESERVES
    payer = reserve
    if item.stands_in_for:
        known = source(item.stands_in_for)
        payer = reserve if known.external or known.closed_for_shift else known.code
    return (
        _line(Side.EXPENSES, payer, item.programme, item.taakveld, item.amount_cents, item.cause),
        _line(
            Side.REVENUES, reserve, item.programme, reserve_taakveld, item.amount_cents, item.cause
        ),
    )


def _line(  # noqa: PLR0917 - one private call, in the order of the table.
    side: Side, code: str, programme: str, taakveld: str, change_cents: int, cause: Cause
) -> ChangeLine:
    return ChangeLine(
        side=side,
        source=code,
        programme=programme,
        taakveld=taakveld,
        change_cents=change_cents,
        duration=Duration.INCIDENTAL,
        cause=cause,
    )
