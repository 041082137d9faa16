"""Tags that tell whether something is still as somebody saw it (RFC 9110, sections 8.8 and 13).

A tag is the hash of an answer. A change below a single thing may name the tag that its caller saw;
it then happens only if nothing became of that thing since. Nothing is kept for this: the chain
tells whether anything at all happened between looking and booking.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Any, Final

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Receive, Scope, Send
from litestar.types.asgi_types import HTTPResponseBodyEvent, HTTPResponseStartEvent
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.http.auditing import OWN_LOOK_KEY, refusal_in
from api.http.services import Asked, services_of
from api.problems import Changed, status_of
from ledger import balances

_OK: Final = 200
_NOTHING_THERE: Final = frozenset({404, 405})
_NOT_MODIFIED: Final = 304
_STANDING: Final = re.compile(rb'"standPer":\d+')
"""Up to where was looked, which is not what was seen."""
_OF_THE_CHANGE: Final = frozenset(
    {b"content-length", b"content-type", b"idempotency-key", b"if-match", b"if-none-match"}
)
_OF_THE_CALLER: Final = ("asgi", "client", "http_version", "root_path", "scheme", "server", "type")


class OvertakenError(Exception):
    """Something was booked between looking at a thing and changing it; look again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """On what a change depends; ``number`` is the link of the chain at which was looked."""

    holds: bool
    number: int

    def check(self) -> None:
        """Refuse a change of what is not any more as its caller saw it.

        :raises Changed: it is not, or it is not there.
        """
        if not self.holds:
            raise Changed

    async def check_alone(self, connection: AsyncConnection, *, gemeente: str) -> None:
        """Look, after the change is booked and while its link keeps others waiting, for others.

        :raises OvertakenError: somebody else booked something since the look.
        """
        if await balances.last_link(connection, gemeente=gemeente) > self.number + 1:
            raise OvertakenError


def tagged(scope: Scope, send: Send) -> Send:
    """Give each whole answer its tag, and only that to who has the answer already."""
    start: HTTPResponseStartEvent | None = None

    async def sent(message: Message) -> None:
        nonlocal start
        if message["type"] == "http.response.start" and message["status"] == _OK:
            start = message  # Waits for the content that its tag is made of.
            return
        if start is not None and message["type"] == "http.response.body":
            begun, start = start, None
            if not message.get("more_body", False):
                _tag(begun, message, asked=_header(scope, b"if-none-match"))
            await send(begun)
        await send(message)

    return sent


async def condition_of(request: Asked) -> Condition | None:
    """Look at the thing that a change is below of, if its caller named a tag (``If-Match``).

    :raises Refusal: whatever keeps its caller from looking; that says nothing of a change.
    """
    wanted = request.headers.get("if-match")
    if wanted is None:
        return None
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        number = await balances.last_link(connection, gemeente=gemeente)
    found = await _tag_of(request, request.url.path.rpartition("/")[0])
    return Condition(holds=found is not None and _names(wanted, found), number=number)


def _tag(start: HTTPResponseStartEvent, content: HTTPResponseBodyEvent, *, asked: str) -> None:
    body = content["body"]
    tag = f'"{hashlib.sha256(_STANDING.sub(b"", body)).hexdigest()[:32]}"'
    headers = MutableScopeHeaders.from_message(start)
    headers["ETag"] = tag
    if asked and _names(asked.replace("W/", ""), tag):
        start["status"] = _NOT_MODIFIED
        for name in ("content-length", "content-type"):
            headers.pop(name, None)
        content["body"] = b""


def _names(wanted: str, tag: str) -> bool:
    return wanted.strip() == "*" or tag in {each.strip() for each in wanted.split(",")}


async def _tag_of(request: Asked, address: str) -> str | None:
    """Ask ourselves, as the same caller, for the tag of what stands at an address now.

    :raises Refusal: something stands in the way of the look.
    """
    found: list[str] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == _OK:
            headers = MutableScopeHeaders.from_message(message)
            found.append(headers.get("etag", ""))

    scope: Any = {name: request.scope.get(name) for name in _OF_THE_CALLER}
    scope |= {
        "method": "GET",
        "path": address,
        "raw_path": address.encode(),
        "query_string": b"",
        "headers": [each for each in request.scope["headers"] if each[0] not in _OF_THE_CHANGE],
        "extensions": {},
        "state": {OWN_LOOK_KEY: True},
    }
    asked: Receive = receive
    await request.app(scope, asked, send)
    refusal = refusal_in(scope)
    if refusal is not None and status_of(refusal) not in _NOTHING_THERE:
        raise refusal
    return found[0] if found and found[0] else None


def _header(scope: Scope, name: bytes) -> str:
    return b",".join(value for key, value in scope["headers"] if key == name).decode("latin-1")
