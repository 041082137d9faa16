"""What every answer has in common, by the Dutch API Design Rules and good custom.

This stands around the whole application, so that it also holds for addresses that do not exist
and for errors: version and security headers, no trailing slash, HEAD wherever GET is, one form of
answer, a trace id, and one line in the access log.
"""

import re
from collections.abc import Mapping
from time import perf_counter
from typing import Final
from urllib.parse import quote

import msgspec
import structlog
from litestar.datastructures import MutableScopeHeaders
from litestar.enums import HttpMethod, ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from litestar.types.asgi_types import HTTPResponseStartEvent

from api.clock import Clock
from api.http.auditing import OWN_LOOK_KEY, AuditLog, line_of
from api.http.entity_tags import tagged
from api.http.limits import RateLimit, caller_of, in_time
from api.http.routes import outgoing_headers
from api.http.trace import set_trace
from api.metrics import Metrics
from api.problems import (
    MEDIA_TYPE,
    NotAcceptable,
    NotFound,
    TooManyRequests,
    TryAgain,
    problem,
    status_of,
)
from ledger.refusals import Refusal

VERSION: Final = "0.1.0"
"""The version of the interface (semver); the tests keep it equal to the project's."""

HEADERS: Final = {
    "API-Version": VERSION,
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

PAGE_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self';"
    " img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-ancestors 'none';"
    " base-uri 'none'; object-src 'none'; form-action 'self'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""What every page has; nothing inline ever runs."""

_REDIRECTED: Final = 300
_REFUSED: Final = 400
_INTERFACE: Final = ("/v1", "/gezondheid")

_METHODS: Final = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
_READS: Final = frozenset({"GET", "HEAD"})
_OUR_KINDS: Final = frozenset(
    {"*/*", "application/*", "application/json", MEDIA_TYPE, "application/vnd.oai.openapi+json"}
)
_FILES: Final = ("/v1/exports/", "/v1/rapporten/")
"""Where an answer may be a file: its handler knows in which forms."""

_NOUGHT: Final = re.compile(r"q=0(\.0{0,3})?")

_log = structlog.get_logger("ontschot.toegang")


class DesignRules:
    """The application with the rules around it."""

    def __init__(
        self,
        inner: ASGIApp,
        clock: Clock,
        audit_log: AuditLog,
        rate_limit: RateLimit,
        *,
        metrics: Metrics,
        signs_out_at: str | None = None,
    ) -> None:
        self._inner = inner
        self._clock = clock
        self._audit_log = audit_log
        self._rate_limit = rate_limit
        self._metrics = metrics
        self._page_headers = page_headers(signs_out_at)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != ScopeType.HTTP:
            await self._inner(scope, receive, send)
            return
        trace = str(self._clock.new_random_id())
        set_trace(scope, trace)
        method = str(scope["method"])
        headers_of_kind = HEADERS if is_interface(scope["path"]) else self._page_headers
        started = perf_counter()
        status = 0
        withdrawn = False

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableScopeHeaders.from_message(message)
                for name, value in headers_of_kind.items():
                    headers.setdefault(name, value)
                for name, value in outgoing_headers(inside):
                    headers.add(name, value)
                _allow_head(headers)
            if message["type"] == "http.response.body" and method == "HEAD":
                message["body"] = b""
            await send(message)

        async def logged(message: Message) -> None:
            nonlocal status, withdrawn
            if message["type"] == "http.response.start":
                status = message["status"]
                instead = await self._instead(inside, message, trace)
                if instead is not None:
                    withdrawn, status = True, status_of(instead)
                    await _refuse(dressed, instead, trace)
            if not withdrawn:
                await dressed(message)

        # A copy, because the server still needs to know that it was asked for HEAD.
        inside: HTTPScope = {**scope, "method": HttpMethod.GET} if method == "HEAD" else scope
        try:
            await self._answer(inside, receive, logged, trace=trace)
        finally:
            seconds = perf_counter() - started
            known = method if method in _METHODS else "anders"
            route = _template(inside)
            self._metrics.answered(known, route, status=status, seconds=seconds)
            _log.info(
                "verzoek",
                methode=known,
                route=route,
                status=status,
                ms=round(seconds * 1000, 1),
                trace_id=trace,
            )

    async def _instead(
        self, scope: HTTPScope, start: HTTPResponseStartEvent, trace: str
    ) -> Refusal | None:
        """Give what has to be said instead of an answer, if anything."""
        status = start["status"]
        if not await self._is_logged(scope, status, trace) and status < _REFUSED:
            return TryAgain()  # Nobody hears that something was done before the log says so.
        return None if _is_wanted(scope, start) else NotAcceptable()

    async def _is_logged(self, scope: HTTPScope, status: int, trace: str) -> bool:
        """Write the line that this answer needs, if any; tell whether that could be done."""
        needed = line_of(scope, status=status, at=self._clock.now(), trace=trace)
        if needed is None:
            return True
        try:
            await self._audit_log.write(*needed)
        except Exception as error:  # noqa: BLE001  # A refusal stands, whatever the log does.
            _log.error("auditlog niet geschreven", soort=type(error).__name__, trace_id=trace)
            return False
        return True

    async def _answer(self, scope: HTTPScope, receive: Receive, send: Send, *, trace: str) -> None:
        path = scope["path"]
        wait = self._rate_limit.wait(caller_of(scope)) if _is_limited(scope) else 0
        if wait:
            await _refuse(send, TooManyRequests(seconds=wait), trace, retry_after=wait)
            return
        if path != "/" and (path.endswith("/") or "//" in path):
            if is_interface(path) or "//" in path or scope["method"] not in _READS:
                await _refuse(send, NotFound(), trace)
            else:
                await _lead_on(scope, send)
            return
        if is_interface(path) and not _acceptable(scope):
            await _refuse(send, NotAcceptable(), trace)
            return
        to_whom = tagged(scope, send) if _has_tags(scope) else send
        await self._inner(scope, in_time(receive), to_whom)


async def _refuse(
    send: Send, refusal: Refusal, trace: str, *, retry_after: int | None = None
) -> None:
    body = msgspec.json.encode(problem(refusal, trace=trace))
    later = [] if retry_after is None else [(b"retry-after", str(retry_after).encode())]
    await send(
        {
            "type": "http.response.start",
            "status": status_of(refusal),
            "headers": [
                (b"content-type", MEDIA_TYPE.encode()),
                (b"content-length", str(len(body)).encode()),
                *later,
            ],
        }
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def _lead_on(scope: HTTPScope, send: Send) -> None:
    """Lead to the same page without the slash at its end, which people add by habit."""
    there = quote(scope["path"].removesuffix("/")).encode()
    query = b"?" + scope["query_string"] if scope["query_string"] else b""
    await send(
        {
            "type": "http.response.start",
            "status": 308,
            "headers": [(b"location", there + query), (b"content-length", b"0")],
        }
    )
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def page_headers(signs_out_at: str | None) -> Mapping[str, str]:
    """Let the form that signs out also lead to the identity provider, which browsers check."""
    if signs_out_at is None:
        return PAGE_HEADERS
    name = "Content-Security-Policy"
    return PAGE_HEADERS | {name: f"{PAGE_HEADERS[name]} {signs_out_at}"}


def is_interface(path: str) -> bool:
    """Return whether an address is for programs; all others are pages for people."""
    return any(path == each or path.startswith(f"{each}/") for each in _INTERFACE)


def _is_limited(scope: HTTPScope) -> bool:
    """Return whether a request counts; whoever watches our health may ask as often as he likes."""
    is_own = OWN_LOOK_KEY in scope.get("state", {})
    return not is_own and not scope["path"].startswith("/gezondheid/")


def _has_tags(scope: HTTPScope) -> bool:
    """Return whether an answer gets a tag: whatever is looked at over the interface."""
    return scope["method"] == HttpMethod.GET and scope["path"].startswith("/v1/")


def _acceptable(scope: Scope) -> bool:
    """Return whether the client takes JSON; where answers are files, the handler says."""
    return scope["path"].startswith(_FILES) or bool(_wanted(scope) & _OUR_KINDS)


def _is_wanted(scope: HTTPScope, start: HTTPResponseStartEvent) -> bool:
    """Return whether the client takes what a page or a file of the pages turned out to be."""
    is_looked_at = scope["method"] == HttpMethod.GET and start["status"] < _REDIRECTED
    if is_interface(scope["path"]) or not is_looked_at:
        return True
    headers = MutableScopeHeaders.from_message(start)
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    family = f"{kind.partition('/')[0]}/*"
    return bool(_wanted(scope) & {"*/*", family, kind})


def _wanted(scope: Scope) -> frozenset[str]:
    """Give the kinds of content that a client takes; a weight of nought is a no."""
    given = [value for name, value in scope["headers"] if name == b"accept"]
    kinds = b",".join(given).decode("latin-1").lower().split(",") if given else ["*/*"]
    parts = [[part.strip() for part in kind.split(";")] for kind in kinds]
    return frozenset(kind for kind, *more in parts if not any(map(_NOUGHT.fullmatch, more)))


def _allow_head(headers: MutableScopeHeaders) -> None:
    """Name HEAD wherever GET is named, in one order."""
    methods = {each.strip() for each in headers.get("allow", "").split(",")} - {""}
    if methods:
        headers["allow"] = ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))


def _template(scope: Scope) -> str:
    """Give the route without what the caller filled in, which may be about a person."""
    return str(scope.get("path_template", "")) or "onbekend"
