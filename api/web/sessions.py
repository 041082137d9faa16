"""Who is signed in: one row per session, found by the hash of a token that only the browser has.

The cookie names the gemeente before the token, so that row-level security also holds while a
session is looked up. Whoever reads the table cannot take over a session: it holds hashes only.
"""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.instruction import Actor
from ledger.reading import rows

IDLE: Final = timedelta(minutes=30)
"""A session ends after so long without a request."""
LONGEST: Final = timedelta(hours=9)
"""A session lives one working day at most, however busy it is."""

_SEEN_AGAIN: Final = timedelta(minutes=1)
_COOKIE: Final = re.compile(r"(GM[0-9]{4})\.([A-Za-z0-9_-]{43})")
_TOKEN_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Somebody who is signed in, until when, and the token that his forms carry."""

    actor: Actor
    display_name: str
    began_at: datetime
    ends_at: datetime
    form_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What the cookie of a session says."""

    gemeente: str
    token: str

    def __str__(self) -> str:
        """Write it as the cookie's value."""
        return f"{self.gemeente}.{self.token}"


def ticket_in(cookie: str | None) -> Ticket | None:
    """Read a cookie; ``None`` when it cannot be one of ours."""
    found = _COOKIE.fullmatch(cookie or "")
    return Ticket(gemeente=found[1], token=found[2]) if found else None


async def start(
    connection: AsyncConnection, *, actor: Actor, display_name: str, at: datetime
) -> Ticket:
    """Begin a session under a token that nobody had before; sessions that are over go."""
    ticket = Ticket(gemeente=actor.gemeente, token=secrets.token_urlsafe(_TOKEN_BYTES))
    await connection.exec_driver_sql(
        "DELETE FROM access.session WHERE gemeente = %s AND (ends_at <= %s OR seen_at <= %s)",
        (actor.gemeente, at, at - IDLE),
    )
    await connection.exec_driver_sql(
        "INSERT INTO access.session (gemeente, token_sha256, subject, client, roles, teams,"
        " display_name, began_at, seen_at, ends_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            actor.gemeente,
            _hash(ticket),
            actor.subject,
            actor.client,
            sorted(actor.roles),
            sorted(actor.teams),
            display_name,
            at,
            at,
            at + LONGEST,
        ),
    )
    return ticket


async def find(connection: AsyncConnection, *, ticket: Ticket, at: datetime) -> Session | None:
    """Give the session of a ticket and remember that it was used; ``None`` when it is over."""
    found = await rows(
        connection,
        "SELECT * FROM access.session WHERE gemeente = %s AND token_sha256 = %s"
        " AND ends_at > %s AND seen_at > %s",
        (ticket.gemeente, _hash(ticket), at, at - IDLE),
    )
    if not found:
        return None
    (row,) = found
    if row.seen_at <= at - _SEEN_AGAIN:
        await connection.exec_driver_sql(
            "UPDATE access.session SET seen_at = %s WHERE gemeente = %s AND token_sha256 = %s",
            (at, ticket.gemeente, _hash(ticket)),
        )
    return Session(
        actor=Actor(
            subject=row.subject,
            client=row.client,
            gemeente=row.gemeente,
            roles=frozenset(row.roles),
            teams=frozenset(row.teams),
        ),
        display_name=row.display_name,
        began_at=row.began_at,
        ends_at=row.ends_at,
        form_token=_form_token(ticket),
    )


async def end(connection: AsyncConnection, *, ticket: Ticket) -> None:
    """End a session; that it is over already is no trouble."""
    await connection.exec_driver_sql(
        "DELETE FROM access.session WHERE gemeente = %s AND token_sha256 = %s",
        (ticket.gemeente, _hash(ticket)),
    )


async def end_all(connection: AsyncConnection, *, gemeente: str, subject: str | None) -> int:
    """End every session of somebody, in whatever browser, or of everybody; tell how many."""
    gone = await rows(
        connection,
        "DELETE FROM access.session WHERE gemeente = %s AND subject = coalesce(%s, subject)"
        " RETURNING 1",
        (gemeente, subject),
    )
    return len(gone)


def _hash(ticket: Ticket) -> bytes:
    return hashlib.sha256(ticket.token.encode()).digest()


def _form_token(ticket: Ticket) -> str:
    """Make what the forms of this session carry; it does not give the session's token away."""
    made = hmac.digest(ticket.token.encode(), b"formulier", "sha256")
    return base64.urlsafe_b64encode(made).decode().rstrip("=")
