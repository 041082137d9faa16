"""What the page of the alderman says of a report of domain benefits, in words and figures.

Amounts are whole cents, rounded for who may not read every entry. Nothing is computed anew here:
all comes from the report, so that what it hides stays hidden.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from api.http.benefit_report import rounded
from api.web.language import gettext, marked
from api.web.pages import amount
from domains.benefits.policy_domains import DOMAINS
from domains.benefits.report.model import Cell, DomainFigures, Figure, Report
from domains.benefits.suppression import TOTAL, Place

GRADES: Final = {
    "A": marked("heel stevig: het lot bepaalde wie het eerst hulp kreeg"),
    "B": marked("stevig: vergeleken met gezinnen die later begonnen, zonder reden tot twijfel"),
    "C": marked("voorlopig: gemeten, met één reden tot twijfel of met weinig gezinnen"),
    "D": marked("verwachting: elders gemeten, of met meer redenen tot twijfel"),
    "E": marked("verwachting: een prijslijst of een deskundige"),
}
"""How sure we are, in words."""
SHORT_GRADES: Final = {
    "A": marked("heel stevig"),
    "B": marked("stevig"),
    "C": marked("voorlopig"),
    "D": marked("verwachting"),
    "E": marked("verwachting"),
}
_NAMES: Final = {each.code: each.name for each in DOMAINS} | {
    "tekort": marked("Verleend zonder dekking")
}
_HEATS: Final = 9
_QUARTER: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Quarters to look at; both days ``None``: all there is. The last day is exclusive."""

    code: str
    label: str
    from_date: date | None
    until_date: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """A figure as the page shows it."""

    known_cents: int
    low_cents: int
    high_cents: int
    headline_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one domain created for another."""

    payer: str
    receiver: str
    amounts: Amounts
    cell: Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Square:
    """A place in the matrix: hidden, empty, or an amount with how strongly it is coloured."""

    payer: str
    receiver: str
    is_hidden: bool
    cents: int | None
    heat: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One domain, or all: the figures of the sentence on top; ``None`` where too few families."""

    name: str
    spent_cents: int | None
    created_cents: int | None
    low_cents: int | None
    high_cents: int | None
    headline_cents: int | None
    received_cents: int | None
    net_cents: int | None
    is_hidden: bool
    """The amounts are there, and would tell of few families."""


def name_of(domain: str) -> str:
    """Give what people call a domain; parts that are measured together stay together."""
    return gettext(" en ").join(gettext(_NAMES.get(each, each)) for each in domain.split("+"))


def help_of(exposure: Sequence[str]) -> str:
    """Give what people call help that was looked at."""
    return gettext(" met ").join(each.replace("-", " ") for each in exposure)


def periods(today: date) -> list[Period]:
    """List what can be chosen: all, five years, and the quarters of the last two."""
    years = range(today.year, today.year - 5, -1)
    quarters = [(year, number) for year in years[:2] for number in (4, 3, 2, 1)]
    return [
        Period(code="", label=gettext("alle kwartalen"), from_date=None, until_date=None),
        *(
            Period(
                code=str(year),
                label=str(year),
                from_date=date(year, 1, 1),
                until_date=date(year + 1, 1, 1),
            )
            for year in years
        ),
        *(
            Period(
                code=f"{year}-{number}",
                label=gettext("%(number)se kwartaal %(year)s", number=number, year=year),
                from_date=date(year, _QUARTER * number - 2, 1),
                until_date=date(year + number // 4, (_QUARTER * number) % 12 + 1, 1),
            )
            for year, number in quarters
            if date(year, _QUARTER * number - 2, 1) <= today
        ),
    ]


def amounts(figure: Figure, *, step: int) -> Amounts:
    """Round a figure for whoever looks."""
    return Amounts(
        known_cents=rounded(figure.known_cents, step),
        low_cents=rounded(figure.low_cents, step),
        high_cents=rounded(figure.high_cents, step),
        headline_cents=rounded(figure.headline_cents, step),
    )


def rows_of(report: Report, *, step: int) -> list[Row]:
    """List the cells, the largest first."""
    found = [
        Row(payer=payer, receiver=receiver, amounts=amounts(cell.figure, step=step), cell=cell)
        for (payer, receiver), cell in report.cells.items()
    ]
    return sorted(found, key=lambda each: (-each.amounts.known_cents, each.payer, each.receiver))


def matrix(report: Report, *, step: int) -> tuple[list[str], list[list[Square]]]:
    """Give the receivers and, per payer and last all payers, a square for each and for the sum."""
    cells = {place: cell.figure for place, cell in report.cells.items()}
    figures: Mapping[Place, Figure] = {**cells, **report.totals}
    known = {*figures, *report.hidden}
    payers = sorted({payer for payer, _ in known} - {TOTAL})
    receivers = sorted({receiver for _, receiver in known} - {TOTAL})
    most = max([abs(each.known_cents) for each in cells.values()], default=0)

    def square(payer: str, receiver: str) -> Square:
        figure = figures.get((payer, receiver))
        is_cell = TOTAL not in (payer, receiver)
        heat = _HEATS * abs(figure.known_cents) // most if figure and most and is_cell else 0
        return Square(
            payer=payer,
            receiver=receiver,
            is_hidden=(payer, receiver) in report.hidden,
            cents=None if figure is None else rounded(figure.known_cents, step),
            heat=heat,
        )

    return receivers, [
        [square(payer, receiver) for receiver in (*receivers, TOTAL)] for payer in (*payers, TOTAL)
    ]


def story_of(report: Report, domain: str, *, step: int) -> Story | None:
    """Give the figures of the sentence about one domain; ``None``: the report does not know it."""
    found = next((each for each in report.domains if each.domain == domain), None)
    if found is None:
        return None
    return Story(
        name=name_of(domain),
        spent_cents=_maybe(_costs(found), step),
        created_cents=_maybe(found.created_elsewhere_cents, step),
        low_cents=_maybe(found.elsewhere_low_cents, step),
        high_cents=_maybe(found.elsewhere_high_cents, step),
        headline_cents=_maybe(_headline_elsewhere(report, found), step),
        received_cents=_maybe(found.received_cents, step),
        net_cents=_maybe(found.net_cents, step),
        is_hidden=found.created_elsewhere_cents is None,
    )


def story_of_all(report: Report, *, step: int) -> Story:
    """Give the figures of the sentence about all domains together."""
    whole = report.totals.get((TOTAL, TOTAL))
    known = [_costs(each) for each in report.domains]
    spent = [each for each in known if each is not None]
    return Story(
        name="",
        spent_cents=rounded(sum(spent), step) if spent else None,
        created_cents=None if whole is None else rounded(whole.known_cents, step),
        low_cents=None if whole is None else rounded(whole.low_cents, step),
        high_cents=None if whole is None else rounded(whole.high_cents, step),
        headline_cents=None if whole is None else rounded(whole.headline_cents, step),
        received_cents=None,
        net_cents=None,
        is_hidden=(TOTAL, TOTAL) in report.hidden,
    )


def saved(low_cents: int, high_cents: int) -> str:
    """Say whether an interval shows a saving, more costs, or neither."""
    if low_cents > 0:
        return gettext("bespaard")
    return gettext("meer kosten") if high_cents < 0 else gettext("niet zeker")


def change(ratio: float) -> str:
    """Say costs with help as a part of those without: ``12% lager``."""
    percent = round(100 * abs(1 - ratio))
    if percent == 0:
        return gettext("gelijk")
    if ratio < 1:
        return gettext("%(percent)s%% lager", percent=percent)
    return gettext("%(percent)s%% hoger", percent=percent)


def between(low_cents: int, high_cents: int) -> str:
    """Write an interval in words."""
    return gettext("tussen %(low)s en %(high)s", low=amount(low_cents), high=amount(high_cents))


def _costs(found: DomainFigures) -> int | None:
    """Give what a domain spent, in family budgets and as others know it beside them."""
    if found.spent_cents is None:
        return None
    return found.spent_cents + (found.observed_cents or 0)


def _headline_elsewhere(report: Report, found: DomainFigures) -> int | None:
    if found.created_elsewhere_cents is None:
        return None
    row = report.totals.get((found.domain, TOTAL))
    own = report.cells.get((found.domain, found.domain))
    return (row.headline_cents if row else 0) - (own.figure.headline_cents if own else 0)


def _maybe(cents: int | None, step: int) -> int | None:
    return None if cents is None else rounded(cents, step)
