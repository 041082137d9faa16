"""Deciding what the closing of a year does, and what stands in its way."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from domains import chart
from domains.draws.model import StandingPart
from domains.pooling.rules import check_amount
from domains.reservations.rules import plan_release
from domains.sources import source
from domains.year_end.model import (
    WAYS,
    CarryOver,
    FundClosing,
    GrantClosing,
    NewClosing,
    Row,
    RowKind,
    Treatment,
    Way,
)
from domains.year_end.refusals import ExceptionTime, YearNotClosed

MOST_EXCEPTION_DAYS: Final = 92
"""Days that closed days are open for at most; a quarter, our own choice."""

MOST_ROWS: Final = 500
"""Rows of one kind that a closing lists; the last one then stands for all others."""

LIABILITIES: Final = {
    "SPUK": (chart.GRANT_LIABILITY, chart.GRANT_REVENUE),
    "DER": (chart.DONOR_LIABILITY, chart.CONTRIBUTION),
}
"""Where what was received of a source and not used yet stands, and its revenue once it is."""

_TEXTS: Final[Mapping[RowKind, tuple[bool, str, str]]] = {
    RowKind.YEAR_NOT_OVER: (
        True,
        "Het jaar is nog niet voorbij",
        "Sluit af na 31 december; bekijk tot dan de proef",
    ),
    RowKind.EARLIER_YEAR_OPEN: (
        True,
        "Een eerder jaar is nog open",
        "Sluit dat jaar eerst af",
    ),
    RowKind.NEXT_YEAR_CLOSED: (
        True,
        "Het volgende boekjaar is niet open",
        "Open het volgende boekjaar, of lees zijn begroting in",
    ),
    RowKind.AWAITS_APPROVAL: (
        True,
        "Een trekking wacht op akkoord",
        "Laat haar beoordelen: akkoord of afgekeurd",
    ),
    RowKind.NOT_DECLARED: (
        True,
        "Verplicht voor dagen van het jaar, en niet gedeclareerd",
        "Boek de levering, laat vrijvallen, of kies bij de afsluiting: overlopend of vrijval",
    ),
    RowKind.RUNS_ON: (
        True,
        "Een verplichting loopt door in een jaar zonder begroting",
        "Lees de begroting van dat jaar in en draai de dagstart, zodat zij dekking krijgt",
    ),
    RowKind.NOT_NETTED: (
        True,
        "Middelen zijn elkaar nog iets schuldig",
        "Verreken tussen middelen over dit jaar",
    ),
    RowKind.SHORTAGE: (
        True,
        "Hulp zonder dekking, zonder besluit van de raad",
        "Geef dekking, of noem het raadsbesluit over de overschrijding",
    ),
    RowKind.CARRY_OVER_UNLAWFUL: (
        True,
        "Deze overheveling mag zo niet",
        "Kies een weg waarvan de voorwaarden kloppen, of laat vrijvallen",
    ),
    RowKind.CARRY_OVER_TOO_LARGE: (
        True,
        "Er wordt meer overgeheveld dan er over is",
        "Verlaag het bedrag",
    ),
    RowKind.CHOICE_UNUSED: (
        True,
        "Een keuze noemt een trekking die niets van dit jaar verplicht",
        "Haal de keuze weg, of controleer het nummer",
    ),
    RowKind.DELIVERY_WAITS: (
        False,
        "Een levering wacht op een verhoging",
        "Verhoog en hervat vóór de afsluiting; later komt zij ten laste van het nieuwe jaar",
    ),
    RowKind.PAYER_OPEN: (
        False,
        "Een betaler is nog niet gevonden of nog niet akkoord",
        "Volg de openstaande betaler; wat later wordt aanvaard is een bate van het open jaar",
    ),
    RowKind.CHANGE_DRAFTED: (
        False,
        "Een begrotingswijziging is niet vastgesteld",
        "Na 31 december kan dat niet meer (Gemeentewet 192); meld de overschrijding",
    ),
    RowKind.NEEDS_COUNCIL: (
        False,
        "Meer gebruikt dan de raad toestond",
        "Neem het op in de rechtmatigheidsverantwoording (Gemeentewet 189 lid 3)",
    ),
    RowKind.GRANT_NOT_RECEIVED: (
        False,
        "Meer besteed dan er van de uitkering of gift is ontvangen",
        "Boek de ontvangst (1300 of 1310), of vraag de uitkering op",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Undeclared:
    """What becomes of what is reserved for days of the year."""

    accrued: tuple[StandingPart, ...]
    """With what of each was delivered as what it reserves."""
    released: tuple[tuple[StandingPart, int], ...]
    left: tuple[StandingPart, ...]
    """Nobody said what becomes of these."""


def row_of(kind: RowKind, where: str, *, amount_cents: int | None = None, why: str = "") -> Row:
    """Write a row of a closing; ``why`` is added to what it says."""
    blocks, what, remedy = _TEXTS[kind]
    return Row(
        kind=kind,
        blocks=blocks,
        what=f"{what}: {why}." if why else f"{what}.",
        where=where,
        amount_cents=amount_cents,
        remedy=f"{remedy}.",
    )


def shortened(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Keep a list of one kind short: the last row stands for all that follow."""
    if len(rows) <= MOST_ROWS:
        return tuple(rows)
    others = rows[MOST_ROWS - 1 :]
    rest = replace(
        others[0],
        where=f"nog {len(others)} andere",
        amount_cents=sum(each.amount_cents or 0 for each in others),
    )
    return (*rows[: MOST_ROWS - 1], rest)


def settle_undeclared(
    parts: Mapping[UUID, Sequence[StandingPart]], asked: NewClosing
) -> Undeclared:
    """Decide what becomes of reservations of the year, per draw, as was asked.

    What was not delivered is released in reverse order of cover.

    :raises domains.pooling.rules.NotPositive: a choice names an amount that is not above zero.
    """
    for said in asked.choices:
        if said.amount_cents is not None:
            check_amount(said.amount_cents)
    chosen = {each.draw: each for each in asked.choices}
    accrued: list[StandingPart] = []
    released: list[tuple[StandingPart, int]] = []
    left: list[StandingPart] = []
    for draw, found in sorted(parts.items()):
        choice = chosen.get(draw)
        treatment = choice.treatment if choice else asked.undeclared
        if treatment is None:
            left += found
            continue
        room = sum(each.reserved_cents for each in found)
        delivered = room if choice is None or choice.amount_cents is None else choice.amount_cents
        if treatment is Treatment.RELEASE:
            delivered = 0
        given_back = {
            part.id: cents
            for part, cents in (
                plan_release(found, amount_cents=room - delivered) if delivered < room else ()
            )
        }
        for each in found:
            back = given_back.get(each.id, 0)
            if back:
                released.append((each, back))
            if each.reserved_cents > back:
                accrued.append(replace(each, reserved_cents=each.reserved_cents - back))
    return Undeclared(accrued=tuple(accrued), released=tuple(released), left=tuple(left))


def new_amounts(
    asked: Iterable[CarryOver], before: Iterable[CarryOver]
) -> tuple[tuple[CarryOver, int], ...]:
    """Say what each carry-over adds to what earlier closings carried over; below zero: less."""
    known: dict[tuple[str, ...], int] = {}
    for each in before:
        known[_key(each)] = known.get(_key(each), 0) + each.amount_cents
    wanted: dict[tuple[str, ...], CarryOver] = {}
    for each in asked:
        same = wanted.get(_key(each))
        wanted[_key(each)] = (
            each
            if same is None
            else replace(each, amount_cents=each.amount_cents + same.amount_cents)
        )
    return tuple((each, each.amount_cents - known.get(key, 0)) for key, each in wanted.items())


def unlawful(asked: CarryOver, *, year: int) -> str:
    """Say why money may not be carried over in this way; empty where it may.

    The conditions of each way are data: see ``overheveling.csv`` and its legal basis.
    """
    return next(_objections(asked, year), "")


def fund_closing(
    fund: str,
    *,
    unspent_cents: int,
    authorised_cents: int,
    spent_cents: int,
    settled_before_cents: int,
    undeclared: Undeclared,
    carried_cents: int,
) -> FundClosing:
    """Say what the closing does to a fund; ``unspent_cents`` lies in all its places together."""
    accrued = sum(each.reserved_cents for each in undeclared.accrued if each.part.fund == fund)
    return FundClosing(
        fund=fund,
        authorised_cents=authorised_cents,
        spent_cents=spent_cents + accrued,
        settled_before_cents=settled_before_cents,
        accrued_cents=accrued,
        released_cents=sum(cents for part, cents in undeclared.released if part.part.fund == fund),
        unspent_cents=unspent_cents,
        carried_cents=carried_cents,
        lapsed_cents=unspent_cents - carried_cents,
    )


def grant_closing(
    fund: str, *, received_cents: int, cost_cents: int, revenue_cents: int, carried_cents: int
) -> GrantClosing:
    """Say what was used of a grant, and what of it is still owed or goes to the next year.

    Revenue follows the costs, at delivery (BBV 49 b): never more than was received, and down again
    where costs were taken back; then what was used is below zero.
    """
    used = max(-revenue_cents, min(received_cents, cost_cents - revenue_cents))
    carried = min(carried_cents, received_cents - used)
    return GrantClosing(
        fund=fund,
        received_cents=received_cents,
        used_cents=used,
        revenue_cents=revenue_cents + used,
        carried_cents=carried,
        owed_cents=received_cents - used - carried,
    )


def next_fund(fund: str) -> str:
    """Name the fund of the same source in the next year."""
    return chart.fund(chart.source_of(fund), chart.year_of(fund) + 1)


def check_exception(
    *, from_date: date, until_date: date, closed_years: Iterable[int], at: datetime, until: datetime
) -> None:
    """Refuse to open days (until exclusive) that lie in no closed year, or for too long.

    :raises YearNotClosed: not all of them lie in one closed year.
    :raises ExceptionTime: the time is over, or too long.
    """
    year = from_date.year
    if year not in closed_years or (until_date - timedelta(days=1)).year != year:
        raise YearNotClosed(year=year)
    if not at < until <= at + timedelta(days=MOST_EXCEPTION_DAYS):
        raise ExceptionTime(most_days=MOST_EXCEPTION_DAYS)


def _in_time(way: Way, decided_on: date, year: int) -> bool:
    years, month, day = way.decided_until
    if decided_on > date(year + years, month, day):
        return False
    if way.decided_from is None:
        return True
    years, month, day = way.decided_from
    return decided_on >= date(year + years, month, day)


def _key(carry_over: CarryOver) -> tuple[str, ...]:
    return (carry_over.fund, carry_over.way, carry_over.programme, carry_over.taakveld)


def _objections(asked: CarryOver, year: int) -> Iterator[str]:
    """Say what speaks against a carry-over, the first thing first."""
    way = WAYS.get(asked.way)
    if way is None:
        yield f"de weg '{asked.way[:40]}' bestaat niet; kies {', '.join(WAYS)}"
        return
    code, _, of_year = asked.fund.rpartition("-")
    if of_year != str(year):
        yield f"{asked.fund} is geen middel van {year}"
        return
    fund_source = source(code)
    if way.sources and code not in way.sources:
        yield f"deze weg is alleen voor {' en '.join(way.sources)}"
    if not way.sources and fund_source.closed_for_shift:
        yield f"{fund_source.legal_basis}: de raad gaat hier niet over"
    if asked.amount_cents <= 0:
        yield "het bedrag is niet boven nul"
    if not asked.decision:
        yield f"er is een besluit nodig van {way.decided_by} ({way.legal_basis})"
    if not _in_time(way, asked.decided_on, year):
        yield f"het besluit valt buiten de termijn van deze weg ({way.legal_basis})"
    if way.changes_next_year and not asked.next_year_change:
        yield "ook de begroting van het volgende jaar moet zijn gewijzigd; noem dat besluit"
