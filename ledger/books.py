"""The only place that writes the books: one door, one statement, one list of verdicts.

A post carries one gemeente and is the last statement before the commit, because it holds the head
of that gemeente's chain. See ``migrations/sql`` for the database function behind the door.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from struct import error as StructError  # noqa: N812  # The library's own name says nothing.
from typing import Any, ClassVar, Final
from uuid import UUID

import msgspec
import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger import money
from ledger.call import ForbiddenCharacterError, types_of, written
from ledger.entries import Booked, Outcome, PostingRequest, Refused
from ledger.refusals import BooksCorruptError, Refusal


@dataclass(kw_only=True, unsafe_hash=True)
class TooFewLines(Refusal):
    """An entry has fewer than two lines."""

    code: ClassVar[str] = "te-weinig-regels"
    entry: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"Boeking {self.entry} heeft minder dan twee regels. Voeg de tegenregel toe."


@dataclass(kw_only=True, unsafe_hash=True)
class ZeroAmount(Refusal):
    """A line has an amount of zero."""

    code: ClassVar[str] = "bedrag-nul"
    entry: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"Boeking {self.entry} heeft een regel van € 0,00. Laat die regel weg."


@dataclass(kw_only=True, unsafe_hash=True)
class AmountTooLarge(Refusal):
    """A line has an amount that no municipality has."""

    code: ClassVar[str] = "bedrag-te-groot"
    entry: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Boeking {self.entry} heeft een regel boven {money.show(money.MAX_CENTS)}."
            " Controleer of het bedrag in euro's of in centen is."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class UnknownAccount(Refusal):
    """A line names an account that does not exist in this gemeente."""

    code: ClassVar[str] = "rekening-onbekend"
    entry: str
    account: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Boeking {self.entry} noemt rekening {self.account}, die niet bestaat."
            " Open de rekening eerst, of kies een bestaande."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class MixedBooks(Refusal):
    """An entry has lines in more than one book."""

    code: ClassVar[str] = "meer-dan-een-boek"
    entry: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Boeking {self.entry} heeft regels in meer dan één boek."
            " Maak per boek een eigen boeking in dezelfde groep."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class Unbalanced(Refusal):
    """An entry does not sum to zero in each colour."""

    code: ClassVar[str] = "niet-in-evenwicht"
    entry: str
    book: str
    colour: str
    difference_cents: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Boeking {self.entry} is in boek {self.book} voor middel {self.colour} niet in"
            f" evenwicht: debet min credit is {money.show(self.difference_cents)}."
            " Maak de som per middel nul."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class InvalidPerformancePeriod(Refusal):
    """A performance period ends before it starts, or has only one of its two days."""

    code: ClassVar[str] = "prestatieperiode-ongeldig"
    entry: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De prestatieperiode van boeking {self.entry} is niet geldig."
            " Geef een begindag en een latere einddag, of geen van beide."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class PeriodUnknown(Refusal):
    """The booking date lies in days that were never opened."""

    code: ClassVar[str] = "periode-onbekend"
    entry: str
    booking_date: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Boekdatum {self.booking_date} ligt in een periode die nooit is geopend."
            f" Open het boekjaar {self.booking_date[:4]} eerst."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class PeriodClosed(Refusal):
    """The booking date lies in a closed period."""

    code: ClassVar[str] = "periode-gesloten"
    entry: str
    booking_date: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Boekdatum {self.booking_date} van boeking {self.entry} ligt in een gesloten periode."
            " Boek op een dag die open is, of vraag financiën om deze dag te openen; een afgesloten"
            " jaar gaat alleen bij uitzondering open. De prestatieperiode mag wel in de gesloten"
            " periode liggen."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class BelowFloor(Refusal):
    """An account would fall below its floor."""

    code: ClassVar[str] = "saldo-ontoereikend"
    account: str
    balance_cents: int
    change_cents: int
    floor_cents: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Rekening {self.account} staat op {money.show(self.balance_cents)}; met"
            f" {money.show(self.change_cents)} erbij komt zij onder haar ondergrens van"
            f" {money.show(self.floor_cents)}. Boek minder, of vul de rekening eerst aan."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class KeyReused(Refusal):
    """An idempotency key comes back with other content."""

    code: ClassVar[str] = "sleutel-hergebruikt"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            "Deze idempotentiesleutel is al gebruikt voor een andere inhoud."
            " Gebruik een nieuwe sleutel voor een nieuwe opdracht."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class UnknownEntry(Refusal):
    """The entry to be reversed does not stand in the books."""

    code: ClassVar[str] = "boeking-onbekend"
    entry: str
    reverses: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Boeking {self.reverses} staat niet in de boeken en is dus niet terug te boeken."
            " Controleer het nummer en de gemeente."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class AlreadyReversed(Refusal):
    """The entry was reversed before."""

    code: ClassVar[str] = "al-teruggeboekt"
    entry: str
    reverses: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Boeking {self.reverses} is al eens teruggeboekt en dat kan maar één keer."
            " Boek opnieuw als de correctie zelf fout was."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class ReversalDiffers(Refusal):
    """A reversal is not the mirror of the entry that it names."""

    code: ClassVar[str] = "tegenboeking-wijkt-af"
    entry: str
    reverses: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De regels van tegenboeking {self.entry} zijn niet het spiegelbeeld van boeking"
            f" {self.reverses}. Neem dezelfde rekeningen met het omgekeerde bedrag."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class InvalidText(Refusal):
    """A text holds the character U+0000, which the database can not keep."""

    code: ClassVar[str] = "tekst-ongeldig"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return "Een tekst bevat het teken U+0000. Haal dat teken weg en stuur opnieuw."


@dataclass(kw_only=True, unsafe_hash=True)
class FloorDiffers(Refusal):
    """An account exists already with another floor."""

    code: ClassVar[str] = "ondergrens-wijkt-af"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            "Een van de te openen rekeningen bestaat al met een andere ondergrens."
            " Gebruik de bestaande ondergrens; die is niet te wijzigen."
        )


_CORRUPT: Final = frozenset({"OS001", "OS002"})
"""What the triggers on the books say."""
_CALL: Final = (
    "%s, %s::ledger.call_request[], %s::ledger.call_entry[], %s::ledger.call_line[], %s::uuid[],"
    " %s::ledger.call_account[])"
)
_POST: Final = f"SELECT ledger.post(%s, {_CALL}::text".encode()
_POST_ALONE: Final = (
    f"SELECT ledger.post(set_config('ontschot.gemeente', %s, true), {_CALL}::text".encode()
)
"""A database transaction of one statement, which therefore says itself for whom it is."""

_CHANGE_PERIOD: Final = "SELECT ledger.change_period(%s, %s, %s, %s, %s, %s, %s, %s)"

VERDICTS: Mapping[str, type[Refusal]] = {
    refusal.code: refusal
    for refusal in (
        KeyReused,
        TooFewLines,
        ZeroAmount,
        AmountTooLarge,
        UnknownAccount,
        MixedBooks,
        Unbalanced,
        InvalidPerformancePeriod,
        PeriodUnknown,
        PeriodClosed,
        UnknownEntry,
        AlreadyReversed,
        ReversalDiffers,
        BelowFloor,
    )
}
"""Every reason for which the books refuse a group, in the order of the checks."""


async def post(
    connection: AsyncConnection,
    *,
    gemeente: str,
    recorded_at: datetime,
    requests: Sequence[PostingRequest],
) -> tuple[Outcome, ...]:
    """Post a list of requests and give the outcome of each, in order, as if posted one by one.

    Must be the last statement of its database transaction, and the only call in it for this
    gemeente. Nothing is booked of a group that is refused; the other groups are not hurt.

    :raises FloorDiffers: an account to open exists with another floor; nothing was booked.
    :raises InvalidText: a text of one of the requests can not be kept; nothing was booked.
    :raises ValueError: a group has no entries, or no transaction is open.
    """
    if not connection.in_transaction():
        message = "a post needs an open database transaction"
        raise ValueError(message)
    driver = await driver_of(connection)
    try:
        return await _send(driver.cursor(), _POST, (gemeente, recorded_at), requests)
    except DBAPIError as error:
        if driver.closed:  # Otherwise the pool would hand this dead connection to the next caller.
            await connection.invalidate(error)
        raise


async def post_alone(
    cursor: psycopg.AsyncCursor[tuple[Any]],
    *,
    gemeente: str,
    recorded_at: datetime,
    requests: Sequence[PostingRequest],
) -> tuple[Outcome, ...]:
    """Post as :func:`post` does, in one round trip that is a database transaction of its own.

    The cursor's connection commits each statement by itself; see :func:`api.db.posts`.
    """
    return await _send(cursor, _POST_ALONE, (gemeente, recorded_at), requests)


async def lock_accounts(
    connection: AsyncConnection, *, gemeente: str, accounts: Sequence[UUID]
) -> int:
    """Lock accounts for a decision on their balances; read those in a later statement.

    Call it once, before any post in the same database transaction. Gives the number locked.
    """
    answer = await connection.exec_driver_sql(
        "SELECT ledger.lock_accounts(%s, %s::uuid[])", (gemeente, list(accounts))
    )
    return int(answer.scalar_one())


async def change_period(
    connection: AsyncConnection,
    *,
    gemeente: str,
    from_date: date,
    until_date: date,
    is_open: bool,
    actor: str,
    reason: str,
    recorded_at: datetime,
) -> int:
    """Open or close booking days up to ``until_date`` (exclusive) and give the chain number.

    It may follow a post in the same database transaction, and then closes what that one booked in.
    """
    answer = await connection.exec_driver_sql(
        _CHANGE_PERIOD, (gemeente, from_date, until_date, is_open, actor, reason, None, recorded_at)
    )
    return int(answer.scalar_one())


async def open_for_a_time(
    connection: AsyncConnection,
    *,
    gemeente: str,
    from_date: date,
    until_date: date,
    open_until: datetime,
    actor: str,
    reason: str,
    recorded_at: datetime,
) -> int:
    """Open booking days up to ``until_date`` (exclusive) up to a moment; gives the chain number.

    They are closed for whatever is recorded from that moment on.
    """
    answer = await connection.exec_driver_sql(
        _CHANGE_PERIOD,
        (gemeente, from_date, until_date, True, actor, reason, open_until, recorded_at),
    )
    return int(answer.scalar_one())


async def driver_of(connection: AsyncConnection) -> psycopg.AsyncConnection[tuple[Any]]:
    """Give the driver's own connection, for what has to go past SQLAlchemy.

    :raises ValueError: the connection is closed.
    """
    raw = await connection.get_raw_connection()
    driver: psycopg.AsyncConnection[tuple[Any]] | None = raw.driver_connection
    if driver is None:
        message = "the connection is closed"
        raise ValueError(message)
    return driver


async def _send(
    cursor: psycopg.AsyncCursor[tuple[Any]],
    statement: bytes,
    call: tuple[str, datetime],
    requests: Sequence[PostingRequest],
) -> tuple[Outcome, ...]:
    """Send the one statement that posts straight to the driver and read its answer.

    SQLAlchemy's own way there took as long as all else that this program does for a small call.

    :raises InvalidText: a text can not be kept.
    :raises TypeError: an amount is no whole number.
    :raises FloorDiffers: the database said so.
    :raises BooksCorruptError: the second wall stopped what the posting function let through.
    :raises DBAPIError: any other error, as SQLAlchemy would raise it.
    """
    try:
        lists = written(requests, await types_of(cursor.connection))
        await cursor.execute(statement, (*call, *lists))
        row = await cursor.fetchone()
    except ForbiddenCharacterError as error:
        raise InvalidText from error
    except StructError as error:
        message = "an amount is a whole number of cents"
        raise TypeError(message) from error
    except psycopg.Error as error:
        if error.sqlstate == "OS005":
            raise FloorDiffers from error
        if error.sqlstate in _CORRUPT:
            raise BooksCorruptError(str(error)) from error
        raise DBAPIError.instance(
            statement.decode(), None, error, psycopg.Error, hide_parameters=True
        ) from error
    if row is None:
        message = "the database gave no answer"
        raise ValueError(message)
    return _outcomes(requests, msgspec.json.decode(row[0]))


def _outcomes(requests: Sequence[PostingRequest], answer: Mapping[str, Any]) -> tuple[Outcome, ...]:
    """Read the database's answer back into one outcome per request."""
    refused = {int(group): _refusal(facts) for group, facts in answer["refused"].items()}
    replays = {replay["request"]: replay for replay in answer["replays"]}
    reused = frozenset(answer["reused"])
    answered: list[Outcome] = []
    group_number = 0
    for number, request in enumerate(requests, 1):
        verdicts: list[Booked | Refused] = []
        for group in request.groups:
            group_number += 1
            if group_number in refused:
                verdicts.append(Refused(refusal=refused[group_number]))
            else:
                verdicts.append(Booked(entries=tuple(entry.id for entry in group)))
        if number in replays:
            answered.append(_replay(replays[number], answered))
        elif number in reused:
            answered.append(Outcome(chain_number=None, groups=tuple(verdicts), refusal=KeyReused()))
        else:
            booked = any(isinstance(verdict, Booked) for verdict in verdicts)
            answered.append(
                Outcome(
                    chain_number=answer["chain_number"] if booked or request.results else None,
                    groups=tuple(verdicts),
                    results=request.results,
                )
            )
    return tuple(answered)


def _replay(replay: Mapping[str, Any], earlier: Sequence[Outcome]) -> Outcome:
    """Rebuild the stored answer to a request that was answered before."""
    if "same_as" in replay:
        first = earlier[replay["same_as"] - 1]
        return Outcome(
            chain_number=first.chain_number,
            groups=first.groups,
            results=first.results,
            replayed=True,
        )
    entries = iter(UUID(entry) for entry in replay["entries"])
    return Outcome(
        chain_number=replay["chain_number"],
        groups=tuple(
            Booked(entries=tuple(next(entries) for _ in range(verdict)))
            if isinstance(verdict, int)
            else Refused(refusal=_refusal(verdict))
            for verdict in replay["verdicts"]
        ),
        results=tuple(UUID(result) for result in replay["results"]),
        replayed=True,
    )


def _refusal(facts: Mapping[str, Any]) -> Refusal:
    """Turn a verdict of the database into the refusal that stands for it."""
    known = dict(facts)
    return VERDICTS[known.pop("code")](**known)
