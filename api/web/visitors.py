"""Who visits a page: from the cookie to the same actor that a token gives, or to the login.

A page says who may visit it: ``@get("/wijkteam", visitors=FAMILIES_READ)``. In its handler
``request.user`` is the :class:`Actor` and ``request.auth`` the :class:`Session`. A form carries
``request.auth.form_token`` as the field ``formuliertoken`` (or as header ``X-Formuliertoken``).
"""

import hmac
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, TypeAlias
from urllib.parse import urlencode

from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.enums import RequestEncodingType
from litestar.handlers.base import BaseRouteHandler

from api import db
from api.http.purposes import set_purpose
from api.http.rights import with_cover
from api.http.services import Services
from api.problems import ForeignForm, NotAllowed
from api.settings import Settings
from api.web import sessions
from api.web.sessions import Session
from domains.instruction import Actor
from domains.privacy.rules import purposes_of

Visit: TypeAlias = Request[Actor, Session, State]
"""A request for a page by somebody who is signed in."""

ANYBODY: Final = None
"""The visitors of a page that is open to whoever comes."""

FORM_TOKEN: Final = "formuliertoken"  # noqa: S105 - the name of a field.
FORM_TOKEN_HEADER: Final = "x-formuliertoken"  # noqa: S105 - the name of a header.

_START: Final = "/"
_PATH: Final = re.compile(
    r"/(?:[A-Za-z0-9_-][A-Za-z0-9_./-]{0,500})?(?:\?[A-Za-z0-9_.~%&=+*!/:@-]{0,1500})?"
)
SAFE: Final = frozenset({"GET", "HEAD"})


class SignInFirst(Exception):
    """Nobody is signed in, and this page is not for everybody."""

    def __init__(self, fields: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__()
        self.fields = fields
        """What somebody filled in, if a form came after its session."""


def cookie_name(settings: Settings) -> str:
    """Name the cookie of a session; browsers bind the prefix to https and to this host."""
    return "__Host-ontschot" if settings.omgeving == "productie" else "ontschot"


def origin_of(request: ASGIConnection[Any, Any, Any, State], settings: Settings) -> str:
    """Give the origin at which browsers see us: as set, or on this machine as they asked."""
    if settings.address is not None:
        return settings.address
    return f"{request.scope['scheme']}://{request.headers.get('host', '')}"


async def let_visitor_in(
    connection: ASGIConnection[Any, Any, Any, State], handler: BaseRouteHandler
) -> None:
    """Check the session, the role and, for what changes something, where the form came from.

    :raises SignInFirst: nobody is signed in, or not any more.
    :raises NotAllowed: the role may not visit this page.
    :raises ForeignForm: the form is not of this session or not of this site.
    """
    if connection.scope.get("method") == "OPTIONS":
        return  # The framework answers with the names of the methods, for whoever asks.
    needed: frozenset[str] | None = handler.opt["visitors"]
    changes = connection.scope.get("method") not in SAFE
    services: Services = connection.app.state.services
    if changes:
        _check_origin(connection, origin_of(connection, services.settings))
    if needed is ANYBODY:
        return
    session = await session_of(connection, services)
    if session is None:
        raise SignInFirst(await _filled_in(connection) if changes else ())
    session = replace(session, actor=await with_cover(services, session.actor))
    connection.scope["user"] = session.actor
    connection.scope["auth"] = session
    if changes:
        await _check_form(connection, session)
    if not session.actor.roles & needed:
        raise NotAllowed(needed=", ".join(sorted(needed)))
    for purpose in purposes_of(session.actor.roles)[:1]:
        set_purpose(connection.scope, purpose)  # The task of the page says it.


async def session_of(
    connection: ASGIConnection[Any, Any, Any, State], services: Services
) -> Session | None:
    """Give the session that the cookie of a request opens, if any."""
    ticket = sessions.ticket_in(connection.cookies.get(cookie_name(services.settings)))
    if ticket is None:
        return None
    async with db.transaction(services.engine, ticket.gemeente) as database:
        return await sessions.find(database, ticket=ticket, at=services.clock.now())


def asked_path(request: Request[Any, Any, State]) -> str:
    """Give the path of a page with the query that chose what it shows."""
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


def own_path(asked: str | None) -> str:
    """Keep only a path on this site, with its query, so that nobody is led elsewhere."""
    asked = asked or _START
    tries = (asked, asked.partition("?")[0])
    return next((each for each in tries if _PATH.fullmatch(each)), _START)


def to_sign_in(request: Request[Any, Any, State], _: SignInFirst) -> Response[None]:
    """Send somebody to the login, and afterwards back to the page that he asked for."""
    query = {"naar": asked_path(request)} if request.method in SAFE else {}
    target = f"/inloggen?{urlencode(query)}" if query else "/inloggen"
    if request.headers.get("hx-request") == "true":
        # A part of a page cannot show a login; htmx then leaves the page as a whole.
        return Response(None, status_code=401, headers={"HX-Redirect": "/inloggen"})
    return Response(None, status_code=303, headers={"Location": target})


def _check_origin(connection: ASGIConnection[Any, Any, Any, State], own: str) -> None:
    """Refuse a form that another site sent.

    :raises ForeignForm: it did, or the browser does not say who did.
    """
    origin = connection.headers.get("origin")
    site = connection.headers.get("sec-fetch-site")
    if origin != own and not (origin is None and site == "same-origin"):
        raise ForeignForm


async def _filled_in(
    connection: ASGIConnection[Any, Any, Any, State],
) -> Sequence[tuple[str, str]]:
    """Give the fields of a form as people know them; a form with a file is not read at all."""
    kind = connection.headers.get("content-type", "")
    if not isinstance(connection, Request) or not kind.startswith(RequestEncodingType.URL_ENCODED):
        return ()
    own = {FORM_TOKEN, "sleutel", "stap"}
    fields = (await connection.form()).multi_items()
    return [(name, str(value)) for name, value in fields if value and name not in own]


async def _check_form(connection: ASGIConnection[Any, Any, Any, State], session: Session) -> None:
    """Refuse a form without the token of this session.

    :raises ForeignForm: it carries none, or another.
    """
    given = connection.headers.get(FORM_TOKEN_HEADER)
    if given is None and isinstance(connection, Request):
        given = (await connection.form()).get(FORM_TOKEN)
    if not isinstance(given, str) or not hmac.compare_digest(
        given.encode(), session.form_token.encode()
    ):
        raise ForeignForm
