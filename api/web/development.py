"""An identity provider for development: choose a persona, and be signed in as that person.

It speaks the same OpenID Connect as a real one, and the program asks it in the same way. It only
exists in development, answers only to this machine itself, and forgets everything when the
program stops.
"""

import hmac
import ipaddress
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from typing import Any, Final
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from litestar import MediaType, Request, Response, Router, get, post
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.handlers.base import BaseRouteHandler

from api import db
from api.http.services import services_of
from api.problems import NotFound
from api.web.signing_in import ASSERTION_TYPE, challenge_of
from domains.municipalities.names import MUNICIPALITIES
from ledger.reading import rows

PREFIX: Final = "/ontwikkelprovider"
ISSUER: Final = f"http://127.0.0.1{PREFIX}"
"""Its name; it is asked inside the program, so that the port does not matter."""
CLIENT_ID: Final = "ontschot-paginas"

_ALGORITHM: Final = "ES256"
_CODE_LIFE: Final = timedelta(minutes=1)
_TOKEN_LIFE: Final = timedelta(minutes=5)
_MOST_CODES: Final = 1000
_HOSTS: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """Somebody to sign in as."""

    code: str
    name: str
    roles: tuple[str, ...]
    of_team: bool = False


PERSONAS: Final = (
    Persona(code="wijkteamlid", name="Wim Wijkteam", roles=("wijkteam",), of_team=True),
    Persona(code="teamleider", name="Tineke Teamleider", roles=("teamleider",), of_team=True),
    Persona(code="budgethouder", name="Bart Budgethouder", roles=("budgethouder",)),
    Persona(code="wethouder", name="Wilma Wethouder", roles=("wethouder",)),
    Persona(code="financieel", name="Fatima Financieel", roles=("financieel",)),
    Persona(code="controller", name="Coen Controller", roles=("controller",)),
    Persona(code="privacy", name="Petra Privacy", roles=("privacy",)),
    Persona(code="beheerder", name="Bea Beheerder", roles=("beheerder",)),
    Persona(code="auditor", name="Arend Auditor", roles=("auditor",)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Promise:
    """What a code will be exchanged for."""

    claims: dict[str, Any]
    challenge: str
    come_back_to: str
    until: datetime


@dataclass(slots=True)
class Provider:
    """The provider's memory: its key, its client's key, and codes that were not exchanged yet."""

    client_key: ECKey
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", auto_kid=True))
    promises: dict[str, _Promise] = field(default_factory=dict)
    assertions: dict[str, datetime] = field(default_factory=dict)


def only_from_here(connection: ASGIConnection[Any, Any, Any, State], _: BaseRouteHandler) -> None:
    """Answer to this machine only, whatever name another site gave it.

    :raises NotFound: somebody else asks.
    """
    host = connection.headers.get("host", "")
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    client = connection.client.host if connection.client else ""
    if name not in _HOSTS or not ipaddress.ip_address(client).is_loopback:
        raise NotFound


@get("/.well-known/openid-configuration")
async def metadata() -> dict[str, Any]:
    """Tell where everything is (OpenID Connect Discovery 1.0)."""
    return {
        "issuer": ISSUER,
        # Relative: the browser is on this machine already, on a port that only it knows.
        "authorization_endpoint": f"{PREFIX}/aanmelden",
        "end_session_endpoint": f"{PREFIX}/afmelden",
        "token_endpoint": f"{ISSUER}/token",
        "jwks_uri": f"{ISSUER}/sleutels",
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "id_token_signing_alg_values_supported": [_ALGORITHM],
        "subject_types_supported": ["public"],
    }


@get("/sleutels")
async def keys(state: State) -> dict[str, Any]:
    """Give the public key."""
    provider: Provider = state.development
    return {"keys": [{**provider.key.as_dict(private=False), "use": "sig", "alg": _ALGORITHM}]}


@get("/aanmelden", media_type=MediaType.HTML)
async def choose(request: Request[None, None, State]) -> str:
    """Show the personas."""
    asked = {name: request.query_params.get(name, "") for name in _ASKED}
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in asked.items()
    )
    options = "".join(
        f'<option value="{escape(place)}">{escape(place)}</option>'
        for place in await _places(request)
    )
    buttons = "".join(
        f'<li><button name="persona" value="{each.code}">{each.name},'
        f" {', '.join(each.roles)}</button></li>"
        for each in PERSONAS
    )
    return _PAGE.format(hidden=hidden, options=options, buttons=buttons)


@post("/aanmelden", status_code=303)
async def chosen(request: Request[None, None, State]) -> Response[None]:
    """Send the chosen persona back with a code.

    :raises NotFound: not a request that our own client made, or no such persona.
    """
    form = await request.form()
    asked = {name: str(form.get(name, "")) for name in _ASKED}
    here = f"{request.scope['scheme']}://{request.headers.get('host', '')}"
    persona = next((each for each in PERSONAS if each.code == form.get("persona")), None)
    ours = asked["client_id"] == CLIENT_ID and asked["code_challenge_method"] == "S256"
    if persona is None or not ours or asked["redirect_uri"] != f"{here}/inloggen/terug":
        raise NotFound
    gemeente, _, team = str(form.get("plaats", "")).partition(" ")
    provider: Provider = request.app.state.development
    at = services_of(request).clock.now()
    code = secrets.token_urlsafe(32)
    for old in [each for each, promise in provider.promises.items() if promise.until <= at]:
        del provider.promises[old]
    if len(provider.promises) >= _MOST_CODES:
        raise NotFound
    provider.promises[code] = _Promise(
        claims={
            "sub": f"{persona.code}:{team}" if persona.of_team else persona.code,
            "name": persona.name,
            "nonce": asked["nonce"],
            "gemeente": gemeente,
            "rollen": list(persona.roles),
            "teams": [team] if persona.of_team and team else [],
        },
        challenge=asked["code_challenge"],
        come_back_to=asked["redirect_uri"],
        until=at + _CODE_LIFE,
    )
    query = urlencode({"code": code, "state": asked["state"], "iss": ISSUER})
    target = f"{asked['redirect_uri']}?{query}"
    return Response(None, status_code=303, headers={"Location": target})


@post("/token", status_code=200)
async def exchange(request: Request[None, None, State]) -> Response[dict[str, Any]]:
    """Exchange a code, once, for an id token."""
    form = {name: str(value) for name, value in (await request.form()).items()}
    provider: Provider = request.app.state.development
    at = services_of(request).clock.now()
    if not _is_client(provider, form, at):
        return Response({"error": "invalid_client"}, status_code=401)
    promise = provider.promises.pop(form.get("code", ""), None)
    if (
        promise is None
        or promise.until <= at
        or form.get("redirect_uri") != promise.come_back_to
        or not hmac.compare_digest(challenge_of(form.get("code_verifier", "")), promise.challenge)
    ):
        return Response({"error": "invalid_grant"}, status_code=400)
    moment = int(at.timestamp())
    claims = {
        **promise.claims,
        "iss": ISSUER,
        "aud": CLIENT_ID,
        "azp": CLIENT_ID,
        "iat": moment,
        "exp": moment + int(_TOKEN_LIFE.total_seconds()),
    }
    header = {"alg": _ALGORITHM, "kid": provider.key.kid}
    signed = jwt.encode(header, claims, provider.key, algorithms=[_ALGORITHM])
    answer = {"id_token": signed, "access_token": secrets.token_urlsafe(32), "token_type": "Bearer"}
    return Response(answer, status_code=200)


@get("/afmelden", status_code=303)
async def sign_out() -> Response[None]:
    """Send somebody back; nothing is remembered here about who is signed in."""
    return Response(None, status_code=303, headers={"Location": "/inloggen"})


ROUTER: Final = Router(
    PREFIX,
    guards=[only_from_here],
    include_in_schema=False,
    route_handlers=[metadata, keys, choose, chosen, exchange, sign_out],
)

_ASKED: Final = (
    "client_id",
    "redirect_uri",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
)

_TEAMS: Final = """
    SELECT family.team FROM domains.family LEFT JOIN domains.family_budget AS budget
        USING (gemeente, family_id)
    WHERE gemeente = %s
    GROUP BY family.team ORDER BY count(budget.family_budget_id) = 0, family.team LIMIT 100
"""
"""Teams that help somebody come first."""

_PAGE: Final = """<!doctype html>
<html lang="nl"><head><meta charset="utf-8"><title>Ontwikkelaanmelding – Ontschot</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="/static/merk.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/onderdelen.css">
<link rel="stylesheet" href="/static/ontschot.css"></head>
<body><main class="band"><h1>Ontwikkelaanmelding</h1>
<p><strong>Alleen voor ontwikkeling op deze machine.</strong> Kies wie u bent.</p>
<form method="post">{hidden}
<p><label for="plaats">Gemeente en wijkteam</label>
<select id="plaats" name="plaats">{options}</select></p>
<ul>{buttons}</ul></form></main></body></html>"""


def _is_client(provider: Provider, form: dict[str, str], at: datetime) -> bool:
    """Tell whether our client asks, with a proof that was not used before (RFC 7523)."""
    moment = int(at.timestamp())
    try:
        proof = jwt.decode(
            form.get("client_assertion", ""), provider.client_key, algorithms=[_ALGORITHM]
        ).claims
        jwt.JWTClaimsRegistry(
            now=moment,
            iss={"essential": True, "value": CLIENT_ID},
            sub={"essential": True, "value": CLIENT_ID},
            aud={"essential": True, "value": ISSUER},
            exp={"essential": True},
            jti={"essential": True},
        ).validate(proof)
    except (JoseError, ValueError, TypeError):
        return False
    for old in [each for each, until in provider.assertions.items() if until <= at]:
        del provider.assertions[old]
    if proof["jti"] in provider.assertions:
        return False
    provider.assertions[proof["jti"]] = at + _TOKEN_LIFE
    return form.get("client_assertion_type") == ASSERTION_TYPE


async def _places(request: Request[None, None, State]) -> Sequence[str]:
    """List each gemeente with books here, with each of its teams; those with families first.

    Last comes one without books, to begin in.
    """
    engine = services_of(request).engine
    known, strange = [], []
    begun = await db.with_books(engine)
    for gemeente in begun:
        async with db.snapshot(engine, gemeente) as connection:
            teams = await rows(connection, _TEAMS, (gemeente,))
        known += [f"{gemeente} {row.team}" for row in teams]
        strange += [] if teams else [gemeente]
    new = [each.code for each in MUNICIPALITIES if each.code not in begun]
    return [*known, *strange, *new[:1]]
