"""Every error becomes a problem (RFC 9457), also those of the framework and our own bugs."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
import structlog
from litestar import Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException, ValidationException
from litestar.handlers import HTTPRouteHandler
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from api.http.auditing import leave_refusal
from api.http.body import JSON, LIMIT_BYTES, camel
from api.http.limits import BodyTooSlowError
from api.http.trace import trace_of
from api.logging import frames_of
from api.problems import (
    MEDIA_TYPE,
    BodyTooLarge,
    InternalFault,
    InvalidField,
    InvalidInput,
    MethodNotAllowed,
    NotAllowed,
    NotFound,
    TooSlow,
    TryAgain,
    WrongMediaType,
    problem,
    status_of,
    told_by_database,
)
from api.tokens import NotAuthenticated
from ledger.coalescer import CoalescerClosedError
from ledger.refusals import BooksCorruptError, Refusal

_log = structlog.get_logger("ontschot.http")

_FAULT: Final = 500
_FORM: Final = InvalidField(
    naam="inhoud", bron="body", code="vorm", reden="heeft niet de juiste vorm."
)
_PASSING: Final = ("08", "40", "53", "55", "57")
"""Classes of SQLSTATE that go by: connection, deadlock, resources, locks, an operator's stop."""


def refused(request: Request[Any, Any, State], refusal: Refusal) -> Response[bytes]:
    """Answer with a refusal."""
    return _answer(request, refusal)


def failed(request: Request[Any, Any, State], error: HTTPException) -> Response[bytes]:
    """Answer with what the framework refused."""
    return _answer(request, refusal_of_framework(request, error), headers=told_methods(error))


def told_methods(error: HTTPException) -> dict[str, str]:
    """Keep of the headers which methods an address knows."""
    return {key: value for key, value in (error.headers or {}).items() if key.lower() == "allow"}


def broken(request: Request[Any, Any, State], error: Exception) -> Response[bytes]:
    """Answer to what nobody expected."""
    found = refusal_of(request, error)
    later = {"Retry-After": "2"} if isinstance(found, TryAgain) else None
    return _answer(request, found, headers=later)


def refusal_of(request: Request[Any, Any, State], error: Exception) -> Refusal:
    """Say what nobody expected, and log where it happened without what it was about."""
    if isinstance(error, BodyTooSlowError):
        return TooSlow()
    if _passes(error):
        _log.warning("niet bereikbaar", soort=type(error).__name__, trace_id=trace_of(request))
        return TryAgain()
    told = told_by_database(error)
    if told is not None:
        return told
    event = "boeken kloppen niet" if isinstance(error, BooksCorruptError) else "fout"
    _log.error(
        event,
        soort=type(error).__name__,
        oorzaak=type(error.__cause__).__name__ if error.__cause__ else None,
        sqlstate=_sqlstate(error),
        plaats=frames_of(error),
        trace_id=trace_of(request),
    )
    return InternalFault()


def refusal_of_framework(request: Request[Any, Any, State], error: HTTPException) -> Refusal:
    """Find the refusal that says the same as an exception of the framework."""
    if isinstance(error, ValidationException):
        return InvalidInput(fields=_fields(error.extra))
    known: dict[int, Refusal] = {
        401: NotAuthenticated(reason="U bent niet aangemeld."),
        403: NotAllowed(needed="een andere rol"),
        404: NotFound(),
        405: MethodNotAllowed(),
        413: BodyTooLarge(limit_bytes=_limit_of(request)),
        415: WrongMediaType(wanted=JSON),
    }
    found = known.get(error.status_code)
    if found is not None:
        return found
    if error.status_code >= _FAULT:
        return InternalFault()
    return InvalidInput(fields=(_FORM,))


def _limit_of(request: Request[Any, Any, State]) -> int:
    """Say how much an address takes."""
    handler = request.scope.get("route_handler")
    found = (
        handler.resolve_request_max_body_size() if isinstance(handler, HTTPRouteHandler) else None
    )
    return found or LIMIT_BYTES


def _fields(extra: object) -> tuple[InvalidField, ...]:
    """Name the parameters that the framework refused, as the wire names them."""
    found = [each for each in extra if isinstance(each, Mapping)] if isinstance(extra, list) else []
    return tuple(
        InvalidField(
            naam=camel(str(each.get("key", "inhoud"))),
            bron="pad" if "path" in str(each.get("source")).lower() else "query",
            code="vorm",
            reden="heeft niet de juiste vorm of ligt buiten de grenzen; zie /v1/openapi.json.",
        )
        for each in found
    ) or (_FORM,)


def _passes(error: Exception) -> bool:
    """Return whether the same request may well succeed a moment later."""
    if isinstance(error, CoalescerClosedError | PoolTimeoutError | ConnectionError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    state = _sqlstate(error)
    if state is None:  # No word from the server at all: it is not there.
        return type(error).__name__ in {"OperationalError", "InterfaceError"}
    return state[:2] in _PASSING


def _sqlstate(error: Exception) -> str | None:
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    return str(state) if state is not None else None


def _answer(
    request: Request[Any, Any, State], refusal: Refusal, *, headers: Mapping[str, str] | None = None
) -> Response[bytes]:
    found = dict(headers or {})
    leave_refusal(request.scope, refusal)
    if isinstance(refusal, NotAuthenticated):
        found["WWW-Authenticate"] = 'Bearer realm="ontschot"'
    return Response(
        msgspec.json.encode(problem(refusal, trace=trace_of(request))),
        status_code=status_of(refusal),
        media_type=MEDIA_TYPE,
        headers=found,
    )
