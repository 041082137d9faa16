"""The addresses of signing in and out."""

import hmac
from typing import Any, Final
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.datastructures import Cookie, State

from api import db
from api.http.auditing import ACTION_KEY
from api.http.services import services_of
from api.issuers import ProviderUnreachable
from api.settings import Settings
from api.web import sessions
from api.web.language import gettext
from api.web.signing_in import Client, SignInFailed, new_secret, state_of
from api.web.visitors import ANYBODY, cookie_name, origin_of, own_path, session_of

COME_BACK: Final = "/inloggen/terug"
_ATTEMPT_SECONDS: Final = 600


@get("/inloggen", visitors=ANYBODY, status_code=303)
async def sign_in(request: Request[None, None, State]) -> Response[None]:
    """Send somebody to the identity provider.

    :raises ProviderUnreachable: the provider does not answer.
    """
    settings = services_of(request).settings
    secret = new_secret()
    target = await _client(request).address(
        secret, come_back_to=f"{origin_of(request, settings)}{COME_BACK}"
    )
    path = own_path(request.query_params.get("naar"))
    attempt = _attempt_cookie(settings, f"{secret}:{quote(path)}")  # Cookies are read unquoted.
    return Response(None, status_code=303, headers={"Location": target}, cookies=[attempt])


@get(COME_BACK, visitors=ANYBODY, status_code=303)
async def come_back(request: Request[None, None, State]) -> Response[None]:
    """Begin a session for who comes back from the identity provider.

    The session that this browser had before, if any, is over: a new token at every sign-in.

    :raises SignInFailed: not the browser that began, or no sign-in that we accept.
    :raises ProviderUnreachable: the provider does not answer.
    """
    services = services_of(request)
    settings = services.settings
    query = request.query_params
    secret, _, path = request.cookies.get(_attempt_name(settings), "").partition(":")
    expected = state_of(secret) if secret else ""
    if not expected or not hmac.compare_digest(expected.encode(), query.get("state", "").encode()):
        raise SignInFailed(reason=gettext("deze browser begon deze poging niet."))
    if "code" not in query:
        raise SignInFailed(reason=gettext("de aanmelddienst brak de poging af."))
    found = await _client(request).redeem(
        code=query["code"],
        secret=secret,
        issuer=query.get("iss"),
        come_back_to=f"{origin_of(request, settings)}{COME_BACK}",
    )
    await _end_session(request)
    async with db.transaction(services.engine, found.actor.gemeente) as connection:
        ticket = await sessions.start(
            connection,
            actor=found.actor,
            display_name=found.display_name,
            at=services.clock.now(),
        )
    request.scope["user"] = found.actor
    request.scope["state"][ACTION_KEY] = "aanmelden"
    cookies = [_cookie(settings, cookie_name(settings), str(ticket)), _no_attempt(settings)]
    return Response(None, status_code=303, headers={"Location": own_path(path)}, cookies=cookies)


@post("/uitloggen", visitors=ANYBODY, status_code=303)
async def sign_out(request: Request[None, None, State]) -> Response[None]:
    """End the session, here and at the identity provider.

    A provider that does not answer keeps nobody signed in here.
    """
    settings = services_of(request).settings
    await _end_session(request)
    try:
        there = await _client(request).sign_out_address(
            come_back_to=f"{origin_of(request, settings)}/"
        )
    except ProviderUnreachable:
        there = None
    gone = _cookie(settings, cookie_name(settings), "", seconds=0)
    return Response(
        None, status_code=303, headers={"Location": there or "/inloggen"}, cookies=[gone]
    )


@get("/inloggen/sleutels", visitors=ANYBODY)
async def public_keys(request: Request[None, None, State]) -> dict[str, Any]:
    """Give the key by which identity providers know this client (JWKS)."""
    return _client(request).public_keys()


HANDLERS: Final = (sign_in, come_back, sign_out, public_keys)


async def _end_session(request: Request[None, None, State]) -> None:
    """End the session that the cookie of a request opens, if any."""
    services = services_of(request)
    ticket = sessions.ticket_in(request.cookies.get(cookie_name(services.settings)))
    session = await session_of(request, services)
    if ticket is not None and session is not None:
        request.scope["user"] = session.actor
        request.scope["state"][ACTION_KEY] = "afmelden"
        async with db.transaction(services.engine, ticket.gemeente) as connection:
            await sessions.end(connection, ticket=ticket)


def _client(request: Request[Any, Any, State]) -> Client:
    found: Client = request.app.state.sign_in
    return found


def _attempt_name(settings: Settings) -> str:
    return f"{cookie_name(settings)}-inloggen"


def _attempt_cookie(settings: Settings, value: str) -> Cookie:
    return _cookie(settings, _attempt_name(settings), value, seconds=_ATTEMPT_SECONDS)


def _no_attempt(settings: Settings) -> Cookie:
    return _cookie(settings, _attempt_name(settings), "", seconds=0)


def _cookie(settings: Settings, name: str, value: str, *, seconds: int | None = None) -> Cookie:
    """Make a cookie that scripts cannot read and other sites cannot send with a form."""
    return Cookie(
        key=name,
        value=value,
        path="/",
        max_age=seconds,
        secure=settings.omgeving == "productie",
        httponly=True,
        samesite="lax",
    )
