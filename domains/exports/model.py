"""Nouns of what leaves: a table, a line of the books, and how an account moved."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from domains.days import calendar_day
from ledger.accounts import Account

Cell: TypeAlias = str | int | date | UUID | None
"""What may stand in a table; an amount is whole cents."""


class ColumnKind(StrEnum):
    """How the cells of a column are written."""

    TEXT = "tekst"
    AMOUNT = "bedrag"
    NUMBER = "getal"
    DAY = "dag"
    QUANTITY = "hoeveelheid"
    """In ten-thousandths of a unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table; the name is Dutch, in lower camel case as on the wire."""

    name: str
    kind: ColumnKind = ColumnKind.TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows for a spreadsheet or a program; amounts are whole cents."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which bookings a file is about: the days, and known up to which chain number."""

    gemeente: str
    from_date: date
    on: date
    """The last booking date that counts."""
    known_up_to: int
    made_at: datetime
    """The moment of that chain number, so that the file says the same when it is made again."""

    @property
    def made_on(self) -> date:
        """Return the calendar day of that moment in the Netherlands."""
        return calendar_day(self.made_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """What lay on an account at the start and at the end of the days, in whole cents."""

    account: Account
    opening_cents: int
    closing_cents: int

    @property
    def moved_cents(self) -> int:
        """Return what was booked on these days: debit minus credit."""
        return self.closing_cents - self.opening_cents


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """One line of the book LASTEN with what its entry says."""

    chain_number: int
    position: int
    line: int
    entry: UUID
    booking_date: date
    performance_from: date | None
    performance_until: date | None
    """Exclusive."""
    kind: str
    description: str
    document: str
    draw: UUID | None
    """The draw that the entry rests on, if it rests on one."""
    envelope: UUID | None
    """The family budget of that draw: a pseudonym."""
    code: str
    fund: str
    taakveld: str
    category: str
    basis: str
    amount_cents: int

    @property
    def voucher(self) -> str:
        """Return the number of the entry (boekstuk): its place in the chain."""
        return f"{self.chain_number}.{self.position}"

    @property
    def told(self) -> str:
        """Return what may be said of the entry outside: of help to a family only its kind.

        People write a reason or a description by hand, and might name somebody in it.
        """
        return self.kind if self.draw or self.kind == "tegenboeking" else self.description


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTotals:
    """How many lines there are, and what they come to in whole cents."""

    lines: int
    debit_cents: int
    credit_cents: int
