"""The closing of a year: what is asked, what stands in the way, and what becomes of each fund."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from domains.data.files import rows_of


class Outcome(StrEnum):
    """How a closing ended; the value stands on the wire."""

    CLOSED = "afgesloten"
    BLOCKED = "geblokkeerd"
    """Something stands in the way; nothing was booked."""


class Treatment(StrEnum):
    """What becomes of what is reserved for days of the year and nobody declared."""

    ACCRUE = "overlopend"
    """It was delivered: a cost of the year that still has to be declared (BBV: baten-lasten)."""
    RELEASE = "vrijval"
    """It was not delivered: it is reserved no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A lawful way to let money of a year be spent in the next one (overhevelen)."""

    code: str
    name: str
    sources: tuple[str, ...]
    """Only these; empty: every source that the council may shift."""
    decided_by: str
    decided_from: tuple[int, int, int] | None
    """Years after the closed one, month, day; before it the decision does not count."""
    decided_until: tuple[int, int, int]
    """Inclusive."""
    changes_next_year: bool
    """The budget of the next year has to be changed too, by a decision of its own."""
    gives_room: bool
    """The money is authorised in the next year at once."""
    is_set_aside: bool
    """It goes through a reserve of the municipality."""
    legal_basis: str


def _moment(text: str) -> tuple[int, int, int]:
    years, day = text.split(":")
    month, of_month = day.split("-")
    return int(years), int(month), int(of_month)


WAYS: Final = {
    row["weg"]: Way(
        code=row["weg"],
        name=row["naam"],
        sources=() if row["bronnen"] == "vrij" else tuple(row["bronnen"].split()),
        decided_by=row["besluit_van"],
        decided_from=_moment(row["vanaf"]) if row["vanaf"] else None,
        decided_until=_moment(row["tot_en_met"]),
        changes_next_year=row["wijziging_nieuw_jaar"] == "ja",
        gives_room=row["ruimte"] == "ja",
        is_set_aside=row["reserve"] == "ja",
        legal_basis=row["vindplaats"],
    )
    for row in rows_of("overheveling.csv")
}
"""By code, in the order of the Kadernota."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationChoice:
    """What becomes of one draw, where it differs from the others."""

    draw: UUID
    treatment: Treatment
    amount_cents: int | None = None
    """Of an accrual: what was delivered, the rest is released; ``None``: all that is reserved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryOver:
    """What is carried over of a fund in all, also by earlier closings of the year."""

    fund: str
    way: str
    amount_cents: int
    decision: str
    decided_on: date
    next_year_change: str = ""
    """The decision that changes the budget of the next year, where the way asks for one."""
    programme: str
    taakveld: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClosing:
    """What is asked of the closing of a year."""

    year: int
    undeclared: Treatment | None = None
    """What becomes of reservations of the year; ``None``: they stand in the way."""
    choices: tuple[ReservationChoice, ...] = ()
    carry_overs: tuple[CarryOver, ...] = ()
    shortage_decision: str = ""
    """The decision of the council on what was spent without cover (Gemeentewet 189, 198)."""


class RowKind(StrEnum):
    """What a row of a closing is about; the value stands on the wire."""

    YEAR_NOT_OVER = "jaar-niet-voorbij"
    EARLIER_YEAR_OPEN = "eerder-jaar-open"
    NEXT_YEAR_CLOSED = "volgend-jaar-dicht"
    AWAITS_APPROVAL = "wacht-op-akkoord"
    NOT_DECLARED = "niet-gedeclareerd"
    RUNS_ON = "loopt-door-zonder-begroting"
    NOT_NETTED = "niet-verrekend"
    SHORTAGE = "tekort-zonder-besluit"
    CARRY_OVER_UNLAWFUL = "overheveling-mag-niet"
    CARRY_OVER_TOO_LARGE = "overheveling-te-groot"
    CHOICE_UNUSED = "keuze-zonder-verplichting"
    DELIVERY_WAITS = "levering-wacht"
    PAYER_OPEN = "betaler-openstaand"
    CHANGE_DRAFTED = "wijziging-niet-vastgesteld"
    NEEDS_COUNCIL = "raadsbesluit-nodig"
    GRANT_NOT_RECEIVED = "uitkering-niet-ontvangen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Something about a closing that somebody has to look at (Dutch, for people)."""

    kind: RowKind
    blocks: bool
    """The year is not closed as long as it is there."""
    what: str
    where: str
    amount_cents: int | None
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FundClosing:
    """What the closing does to a fund, in whole cents.

    What was authorised was spent, settled by an earlier closing, is carried over, or lapses.
    """

    fund: str
    authorised_cents: int
    spent_cents: int
    """With what is accrued."""
    settled_before_cents: int
    """Lapsed or carried over by earlier closings of the year."""
    accrued_cents: int
    released_cents: int
    unspent_cents: int
    """Left in all places of the fund together; it lapses or is carried over."""
    carried_cents: int
    lapsed_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantClosing:
    """What the closing does to a grant or gift with a purpose, in whole cents."""

    fund: str
    received_cents: int
    """Not used before this closing."""
    used_cents: int
    """Revenue by this closing."""
    revenue_cents: int
    """Revenue in all."""
    carried_cents: int
    """To the fund of the next year."""
    owed_cents: int
    """What stays as a liability of the closed year; it goes back to its giver."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingRecord:
    """All that a closing says; the SHA-256 of its JSON stands in the entries."""

    asked: NewClosing
    outcome: Outcome
    rows: tuple[Row, ...]
    funds: tuple[FundClosing, ...]
    grants: tuple[GrantClosing, ...]
    carried: tuple[CarryOver, ...]
    """With the amounts that this closing carried over."""
    accrued_draws: int
    released_draws: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """A closing of a year as it was recorded; the latest that was not blocked counts."""

    id: UUID
    number: int
    record: ClosingRecord
    recorded_at: datetime
    actor: str
    entries: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedByException:
    """An entry that was booked in closed days that were open for a time."""

    entry: UUID
    booking_date: date
    recorded_at: datetime
    actor: str
    kind: str
    description: str
    document: str
    funds: tuple[str, ...]
    debit_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodException:
    """Closed days (until exclusive) that were opened up to a moment, and why."""

    id: UUID
    from_date: date
    until_date: date
    open_until: datetime
    closed_at: datetime | None
    """When they were closed before that moment, if they were."""
    reason: str
    asked_by: str
    recorded_at: datetime
    actor: str
    booked: tuple[BookedByException, ...]
    """Everything that was booked under it, in the order of the books."""
