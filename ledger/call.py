"""What is asked of the books, written as PostgreSQL reads it fastest: lists of rows, in binary.

The driver can write such lists too, but takes ten times as long; as text they take the server more
than twice as long to read.
"""

from collections.abc import Sequence
from datetime import date
from struct import Struct
from typing import Any, Final
from uuid import UUID

import msgspec
import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format
from psycopg.types import TypeInfo

from ledger import money
from ledger.accounts import Account, Dimensions
from ledger.entries import Entry, PostingRequest

_INT: Final = 23
_BIGINT: Final = 20
_TEXT: Final = 25
_BYTEA: Final = 17
_UUID: Final = 2950
_UUIDS: Final = 2951
_DATE: Final = 1082
_JSONB: Final = 3802
"""Numbers of PostgreSQL's own types, the same in every server."""

_DAY_ZERO: Final = date(2000, 1, 1).toordinal()
_GIANT: Final = money.MAX_CENTS + 1
"""Any larger amount is refused just like this one, and would not fit the database's integers."""

_ROWS: Final = ("call_request", "call_entry", "call_line", "call_account")

# A value is its type, its length and itself; a row starts with the number of its values, and in a
# list with its own length.
_LENGTH: Final = Struct(">i")
_HEAD: Final = Struct(">ii")
_LIST: Final = Struct(">iiIii")
_ID: Final = Struct(">ii16s")
_DAY: Final = Struct(">iii")
_NUMBER: Final = Struct(">iiq")
_ENTRY: Final = Struct(">i iii iii iii ii16s iii")
_REQUEST: Final = Struct(">i iii")
_LINE: Final = Struct(">i i iii iii iii iii iiq")
_GROUPS: Final = Struct(">iii iii")
_NO_ID: Final = _HEAD.pack(_UUID, -1)
_NO_DAYS: Final = _HEAD.pack(_DATE, -1) * 2
_NO_NUMBER: Final = _HEAD.pack(_BIGINT, -1)
_NO_NAMES: Final = _HEAD.pack(_JSONB, 3) + b"\x01{}"


class ForbiddenCharacterError(ValueError):
    """A text holds U+0000, which the database can not keep."""


class Rows(bytes):
    """A list of rows as the database reads it."""

    __slots__ = ()


class _RowsDumper(Dumper):
    """Hands a list to the driver as it is; the statement says of what type it is."""

    format = Format.BINARY

    def dump(self, obj: Any) -> bytes:
        """Return the list itself."""
        return bytes(obj)


psycopg.adapters.register_dumper(Rows, _RowsDumper)


class _Texts(dict[str, bytes]):
    """Texts as values of a row; most of them come many times."""

    def __missing__(self, text: str) -> bytes:
        if "\0" in text:
            raise ForbiddenCharacterError
        value = text.encode()
        written = self[text] = _HEAD.pack(_TEXT, len(value)) + value
        return written


async def types_of(driver: psycopg.AsyncConnection[tuple[Any]]) -> tuple[int, ...]:
    """Give the numbers that the types of our rows have in this database; asked once, then known."""
    known = driver.adapters.types
    if known.get(_ROWS[0]) is None:
        names = [f"ledger.{name}" for name in _ROWS]
        cursor = await driver.execute("SELECT %s::text[]::regtype[]::oid[]::bigint[]", (names,))
        (numbers,) = await cursor.fetchone() or ((),)
        for name, number in zip(_ROWS, numbers, strict=True):
            known.add(TypeInfo(name, number, 0))
    return tuple(known[name].oid for name in _ROWS)


def written(requests: Sequence[PostingRequest], types: Sequence[int]) -> tuple[Rows, ...]:
    """Flatten requests into the lists that the posting function reads.

    :raises ForbiddenCharacterError: a text can not be kept.
    :raises ValueError: a group has no entries.
    """
    asked: list[bytes] = []
    entries: list[bytes] = []
    lines: list[bytes] = []
    openings: list[bytes] = []
    texts = _Texts()
    used: dict[int, int] = {}  # By the number of the id: a UUID takes long to find.
    group_number = 0
    number = 0
    for request_number, request in enumerate(requests, 1):
        first_group = group_number + 1
        for group in request.groups:
            group_number += 1
            if not group:
                message = "a group holds at least one entry"
                raise ValueError(message)
            for entry in group:
                number += 1
                entries.append(_entry(entry, (number, request_number, group_number), texts))
                for place, posting in enumerate(entry.postings, 1):
                    cents = posting.amount_cents
                    if not -_GIANT < cents < _GIANT:
                        cents = _GIANT if cents > 0 else -_GIANT
                    basis = texts[posting.basis]
                    lines.append(
                        _LINE.pack(
                            68 + len(basis), 6, _INT, 4, number, _INT, 4, group_number,
                            _INT, 4, place,
                            _INT, 4, used.setdefault(posting.account.int, len(used) + 1),
                            _BIGINT, 8, cents,
                        )
                        + basis
                    )  # fmt: skip
        openings += [_account(each, texts) for each in request.accounts]
        asked.append(_request(request, (request_number, first_group, group_number), texts))
    accounts = [_LENGTH.pack(16) + each.to_bytes(16) for each in used]
    request_type, entry_type, line_type, account_type = types
    return (
        _list(request_type, asked),
        _list(entry_type, entries),
        _list(line_type, lines),
        _list(_UUID, accounts),
        _list(account_type, openings),
    )


def _entry(entry: Entry, numbers: tuple[int, int, int], texts: _Texts) -> bytes:
    """Write an entry as a row, with its own number and those of its request and group."""
    number, request_number, group_number = numbers
    from_day, until_day = entry.performance_from, entry.performance_until
    return _row(
        _ENTRY.pack(
            14, _INT, 4, number, _INT, 4, request_number, _INT, 4, group_number,
            _UUID, 16, entry.id.bytes, _DATE, 4, entry.booking_date.toordinal() - _DAY_ZERO,
        ),
        _NO_DAYS if from_day is None and until_day is None else _day(from_day) + _day(until_day),
        texts[entry.kind],
        texts[entry.description],
        texts[entry.document],
        _NO_ID if entry.decision is None else _id(entry.decision),
        texts[entry.rule_version],
        _NO_ID if entry.reverses is None else _id(entry.reverses),
        _names(entry.metadata),
    )  # fmt: skip


def _request(request: PostingRequest, numbers: tuple[int, int, int], texts: _Texts) -> bytes:
    """Write a request as a row, with its own number and those of its first and last group."""
    number, first_group, last_group = numbers
    results = _list(_UUID, [_LENGTH.pack(16) + each.bytes for each in request.results])
    return _row(
        _REQUEST.pack(8, _INT, 4, number),
        texts[request.client],
        texts[request.key],
        _HEAD.pack(_BYTEA, len(request.fingerprint)),
        request.fingerprint,
        texts[request.actor],
        _GROUPS.pack(_INT, 4, first_group, _INT, 4, last_group),
        _HEAD.pack(_UUIDS, len(results)),
        results,
    )


def _account(account: Account, texts: _Texts) -> bytes:
    """Write an account to open as a row."""
    floor = account.floor_cents
    return _row(
        _LENGTH.pack(6),
        _id(account.id),
        texts[account.book],
        texts[account.code],
        texts[account.colour],
        _names(account.dimensions),
        _NO_NUMBER if floor is None else _NUMBER.pack(_BIGINT, 8, floor),
    )


def _row(*values: bytes) -> bytes:
    """Put the values of a row in a list together."""
    row = b"".join(values)
    return _LENGTH.pack(len(row)) + row


def _list(kind: int, rows: Sequence[bytes]) -> Rows:
    """Put rows of a type together."""
    if not rows:
        return Rows(_LIST.pack(0, 0, kind, 0, 0)[:12])
    return Rows(_LIST.pack(1, 0, kind, len(rows), 1) + b"".join(rows))


def _id(value: UUID) -> bytes:
    return _ID.pack(_UUID, 16, value.bytes)


def _day(value: date | None) -> bytes:
    if value is None:
        return _HEAD.pack(_DATE, -1)
    return _DAY.pack(_DATE, 4, value.toordinal() - _DAY_ZERO)


def _names(value: Dimensions) -> bytes:
    """Write names and their values as JSON.

    :raises ForbiddenCharacterError: one of them can not be kept.
    """
    if not value:
        return _NO_NAMES
    if any("\0" in text for pair in value for text in pair):
        raise ForbiddenCharacterError
    names = msgspec.json.encode(dict(value))
    return _HEAD.pack(_JSONB, 1 + len(names)) + b"\x01" + names
