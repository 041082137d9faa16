"""How accounts and entries look on the wire: debit and credit apart, never a minus sign."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api.http.perform import Given
from api.http.wire import Antwoord, Bedrag, amount, last_day
from api.problems import UnknownBooking
from ledger.accounts import Account
from ledger.balances import EntryLine, JournalEntry, find_entries


class Rekening(Antwoord, frozen=True, kw_only=True):
    """An account: a place in a book for money of one fund."""

    id: UUID
    boek: str
    code: str
    middel: str
    dimensies: dict[str, str]
    ondergrens: Bedrag | None
    """The lowest balance that it may have; none where it has no floor."""


class Boekingsregel(Antwoord, frozen=True, kw_only=True):
    """One line of an entry; either debit or credit is filled."""

    rekening: Rekening
    debet: Bedrag | None
    credit: Bedrag | None
    grond: str
    """What allows the line, such as a rule."""


class Boeking(Antwoord, frozen=True, kw_only=True):
    """A journal entry as it stands in the books; it never changes."""

    id: UUID
    ketennummer: int
    plaats: int
    boekdatum: date
    prestatie_van: date | None
    prestatie_tot_en_met: date | None
    vastgelegd_op: Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
    vastgelegd_door: str
    soort: str
    omschrijving: str
    document: str
    besluit: UUID | None
    regelversie: str
    boekt_tegen: UUID | None
    inhoudshash: str
    regels: list[Boekingsregel]


def account_on_wire(account: Account) -> Rekening:
    """Write an account for the wire."""
    return Rekening(
        id=account.id,
        boek=str(account.book),
        code=account.code,
        middel=account.colour,
        dimensies=dict(account.dimensions),
        ondergrens=None if account.floor_cents is None else amount(account.floor_cents),
    )


def entry_on_wire(entry: JournalEntry) -> Boeking:
    """Write an entry for the wire."""
    until = entry.performance_until
    return Boeking(
        id=entry.id,
        ketennummer=entry.chain_number,
        plaats=entry.position,
        boekdatum=entry.booking_date,
        prestatie_van=entry.performance_from,
        prestatie_tot_en_met=None if until is None else last_day(until),
        vastgelegd_op=entry.recorded_at,
        vastgelegd_door=entry.actor,
        soort=entry.kind,
        omschrijving=entry.description,
        document=entry.document,
        besluit=entry.decision,
        regelversie=entry.rule_version,
        boekt_tegen=entry.reverses,
        inhoudshash=entry.content_hash,
        regels=[_line_on_wire(line) for line in entry.lines],
    )


async def booked_entry(
    connection: AsyncConnection, *, gemeente: str, entry: UUID
) -> Given[Boeking]:
    """Answer with an entry.

    :raises UnknownBooking: this gemeente has no such entry.
    """
    for found in await booked_entries(connection, gemeente=gemeente, entries=[entry]):
        return Given(body=found, location=f"/v1/boekingen/{entry}")
    raise UnknownBooking


async def booked_entries(
    connection: AsyncConnection, *, gemeente: str, entries: Sequence[UUID]
) -> list[Boeking]:
    """Read entries for the wire, in the order of the chain."""
    found = await find_entries(connection, gemeente=gemeente, entries=entries)
    return [entry_on_wire(entry) for entry in found]


def _line_on_wire(line: EntryLine) -> Boekingsregel:
    cents = line.amount_cents
    return Boekingsregel(
        rekening=account_on_wire(line.account),
        debet=amount(cents) if cents > 0 else None,
        credit=amount(-cents) if cents < 0 else None,
        grond=line.basis,
    )
