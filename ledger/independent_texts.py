"""What the independent check computes from raw rows in plain Python: texts and hashes."""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TypeAlias

_Row: TypeAlias = Any


def first_hash(gemeente: str) -> bytes:
    """Compute what stands before the first link."""
    return _sha(_netstrings([gemeente]))


def link_hash(gemeente: str, link: _Row, last_hash: bytes, rows: dict[str, list[_Row]]) -> bytes:
    """Compute the hash of a link over its contents and the link before it."""
    contents = b""
    for row in rows["account"]:
        named = [row.book, row.code, row.colour, _map(row.dimensions)]
        contents += _hashed([gemeente, str(row.account_id), *named, or_none(row.floor_cents)])
    for row in rows["period_change"]:
        days = [str(row.from_date), str(row.until_date), "true" if row.is_open else "false"]
        open_until = None if row.open_until is None else moment(row.open_until)
        contents += _hashed([gemeente, *days, row.actor, row.reason, open_until])
    for row in rows["entry"]:
        contents += bytes(row.content_hash)
    for row in rows["request"]:
        asked = [str(row.request_number), row.client, row.key, bytes(row.fingerprint).hex()]
        results = "{" + ",".join(map(str, row.results)) + "}"
        contents += _hashed([gemeente, *asked, row.actor, row.verdicts, results])
    numbers = (link.accounts, link.periods, link.entries, link.requests)
    head = [gemeente, str(link.chain_number), moment(link.recorded_at), *map(str, numbers)]
    return hashlib.sha256(("1" + _netstrings(head)).encode() + last_hash + contents).digest()


def entry_hash(gemeente: str, entry: _Row, lines: Iterable[_Row]) -> bytes:
    """Compute the content hash of an entry with its lines."""
    texts: list[str | None] = [
        gemeente,
        str(entry.entry_id),
        str(entry.request_number),
        str(entry.group_number),
        str(entry.booking_date),
        or_none(entry.performance_from),
        or_none(entry.performance_until),
        moment(entry.recorded_at),
        entry.actor,
        entry.kind,
        entry.description,
        entry.document,
        or_none(entry.decision),
        entry.rule_version,
        or_none(entry.reverses),
        _map(entry.metadata),
    ]
    for line in lines:
        texts += [str(line.account_id), str(line.amount_cents), line.basis]
    return _hashed(texts)


def _hashed(texts: Iterable[str | None]) -> bytes:
    return _sha("1" + _netstrings(texts))


def _sha(written: str) -> bytes:
    return hashlib.sha256(written.encode()).digest()


def _netstrings(texts: Iterable[str | None]) -> str:
    return "".join("-" if one is None else f"{len(one.encode())}:{one}" for one in texts)


def _map(written: str) -> str:
    """Write a flat JSON object as names and values, sorted by name."""
    read = json.loads(written)
    if not isinstance(read, dict):
        return written
    return "".join(_netstrings([name, value]) for name, value in pairs(written))


def pairs(written: str) -> list[tuple[str, str]]:
    """Read a flat JSON object into names and values, sorted by name."""
    return sorted(json.loads(written, parse_int=str, parse_float=str).items())


def moment(value: datetime) -> str:
    """Write a moment in UTC, to the microsecond."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def or_none(value: object) -> str | None:
    """Write a value that may be absent."""
    return None if value is None else str(value)


def sizes(verdicts: str) -> list[int] | None:
    """Read how many entries each booked group had, or nothing where this is no answer."""
    try:
        read = json.loads(verdicts)
    except ValueError:
        return None
    if not isinstance(read, list) or not all(type(one) in {int, dict} for one in read):
        return None
    return [one for one in read if type(one) is int]
