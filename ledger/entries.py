"""What is asked of the books, and what they answer.

A *request* is what one client asks under one idempotency key. It holds *groups*; a group is
all-or-nothing and a refused group does not hurt the others. A group holds *entries*; an entry
holds *postings* that sum to zero per colour.
"""

import hashlib
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from ledger.accounts import Account, Dimensions, netstring
from ledger.refusals import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One line of an entry: debit above zero, credit below, in whole cents.

    ``basis`` names what allows this line, such as an eligibility rule; the books keep it and give
    it no meaning.
    """

    account: UUID
    amount_cents: int
    basis: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A balanced journal entry (journaalpost).

    ``performance_from`` and ``performance_until`` (exclusive) are the days of what was delivered;
    they may lie in a closed period, ``booking_date`` may not.
    """

    id: UUID
    booking_date: date
    kind: str
    description: str
    postings: tuple[Posting, ...]
    performance_from: date | None = None
    performance_until: date | None = None
    document: str = ""
    decision: UUID | None = None
    rule_version: str = ""
    reverses: UUID | None = None
    metadata: Dimensions = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PostingRequest:
    """What one client asks under one key.

    ``fingerprint`` is the SHA-256 of what the client sent; the same key with another fingerprint
    is refused. ``accounts`` are opened where they do not exist yet, for the whole call at once.
    ``results`` are the ids that an answer is rebuilt from; the ids of the booked entries where
    empty. A request that books nothing is forgotten, so that it can be tried again, unless
    ``results`` are given.
    """

    client: str
    key: str
    actor: str
    fingerprint: bytes
    groups: tuple[tuple[Entry, ...], ...] = ()
    accounts: tuple[Account, ...] = ()
    results: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """A group that stands in the books."""

    entries: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A group of which nothing was booked, and why."""

    refusal: Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The answer to a request: one verdict per group, in order.

    ``chain_number`` is the link that holds what was booked (``None``: nothing was). ``replayed``
    tells that this is the stored answer to an earlier request with the same key. ``refusal`` tells
    that the request was refused as a whole, whatever its groups.
    """

    chain_number: int | None
    groups: tuple[Booked | Refused, ...]
    results: tuple[UUID, ...] = ()
    replayed: bool = False
    refusal: Refusal | None = None


def fingerprint(*parts: str) -> bytes:
    """Compute the fingerprint of a request from its parts (SHA-256 over netstrings)."""
    return hashlib.sha256("".join(netstring(part) for part in parts).encode()).digest()
