"""Who asks: a signed token per person, made here for development and checked on every request.

A token is a JWT (RFC 7519) signed with ES256. The key lies in the data folder of this machine,
readable by its owner only. Signing is for development on the machine itself; an identity provider
takes its place elsewhere, and then only the :class:`Verifier` changes.
"""

import ipaddress
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import mkstemp
from typing import ClassVar, Final, Protocol

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from api.postgres import EnvironmentProblem
from api.settings import Settings
from domains.instruction import Actor
from ledger.refusals import Refusal

ROLES: Final = (
    "auditor",
    "beheerder",
    "budgethouder",
    "controller",
    "financieel",
    "privacy",
    "teamleider",
    "wethouder",
    "wijkteam",
)
"""Every role that a token may carry."""

ISSUER: Final = "ontschot-ontwikkeling"
AUDIENCE: Final = "ontschot"
KEY_FILE: Final = "tokensleutel.pem"
LONGEST: Final = timedelta(hours=12)
"""A token lives one working day at most."""

_ALGORITHM: Final = "ES256"
_CURVE: Final = "P-256"
_KIND: Final = "at+jwt"
_CLIENT: Final = "ontschot"
_LONGEST_TOKEN: Final = 4096
_GEMEENTE: Final = re.compile("GM[0-9]{4}")
_LONGEST_SUBJECT: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimNames:
    """Where a token says what we need; dots lead into claims within claims."""

    gemeente: str = "gemeente"
    """Or the code of the only gemeente, which tokens then need not say."""
    roles: str = "rollen"
    teams: str = "teams"


@dataclass(kw_only=True, unsafe_hash=True)
class NotAuthenticated(Refusal):
    """The request carries no token that we accept."""

    code: ClassVar[str] = "niet-aangemeld"
    reason: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"{self.reason} Stuur een geldig token mee als 'Authorization: Bearer …';"
            " met 'ontschot token' maakt u er een voor ontwikkeling."
        )


class TokenVerifier(Protocol):
    """What the web application needs: from a token to an actor."""

    async def verify(self, token: str, at: datetime) -> Actor:
        """Give the actor behind a token, or refuse it."""
        ...


def check_development(settings: Settings) -> None:
    """Refuse tokens of our own making anywhere but in development on this machine.

    :raises EnvironmentProblem: another environment, or an address that others can reach.
    """
    if settings.omgeving != "ontwikkeling":
        raise EnvironmentProblem(
            f"Ontwikkeltokens werken alleen met omgeving=ontwikkeling, niet met"
            f" {settings.omgeving}. Sluit een identiteitsprovider aan."
        )
    if not _is_loopback(settings.host):
        raise EnvironmentProblem(
            f"Ontwikkeltokens werken alleen op de eigen machine, niet op adres {settings.host}."
            " Kies ONTSCHOT_HOST=127.0.0.1."
        )


def sign_token(
    key_folder: Path,
    *,
    roles: Iterable[str],
    gemeente: str,
    teams: Iterable[str],
    subject: str,
    at: datetime,
    lifetime: timedelta = LONGEST,
) -> str:
    """Sign a token for development, valid from ``at`` during ``lifetime``.

    :raises ValueError: an unknown role, no subject, or a lifetime above twelve hours.
    """
    chosen = sorted(set(roles))
    if not chosen or not set(chosen) <= set(ROLES) or not subject:
        message = f"roles {chosen} of {subject!r}"
        raise ValueError(message)
    if not timedelta(0) < lifetime <= LONGEST:
        raise ValueError(lifetime)
    moment = int(at.timestamp())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": subject,
        "client_id": _CLIENT,
        "iat": moment,
        "nbf": moment,
        "exp": moment + int(lifetime.total_seconds()),
        "gemeente": gemeente,
        "rollen": chosen,
        "teams": sorted(set(teams)),
    }
    header = {"alg": _ALGORITHM, "typ": _KIND}
    return jwt.encode(header, claims, _key(key_folder), algorithms=[_ALGORITHM])


class Verifier:
    """Checks the tokens that :func:`sign_token` made with the key in the same folder."""

    def __init__(self, key_folder: Path) -> None:
        self._key = _key(key_folder)

    async def verify(self, token: str, at: datetime) -> Actor:
        """Give the actor behind a token at a moment.

        :raises NotAuthenticated: not ours, not yet or no longer valid, or without what we need.
        """
        if len(token) > _LONGEST_TOKEN:
            raise NotAuthenticated(reason="Het token is te lang.")
        try:
            decoded = jwt.decode(token, self._key, algorithms=[_ALGORITHM])
            if decoded.header.get("typ") != _KIND:
                raise NotAuthenticated(reason="Dit is geen toegangstoken.")
            jwt.JWTClaimsRegistry(
                now=int(at.timestamp()),
                leeway=0,
                iss={"essential": True, "value": ISSUER},
                aud={"essential": True, "value": AUDIENCE},
                exp={"essential": True},
                nbf={"essential": True},
                sub={"essential": True},
            ).validate(decoded.claims)
        except (JoseError, ValueError, TypeError) as error:
            raise NotAuthenticated(reason=reason_of(error)) from error
        return actor_in(decoded.claims, ClaimNames())


def actor_in(claims: Mapping[str, object], names: ClaimNames) -> Actor:
    """Read the actor from checked claims; roles that we do not know give no rights.

    :raises NotAuthenticated: they name nobody, no gemeente, or roles and teams of another form.
    """
    subject, client = claims.get("sub"), claims.get("client_id", claims.get("azp"))
    if not all(is_name(name) for name in (subject, client)):
        raise NotAuthenticated(reason="Het token noemt niemand met een leesbare naam.")
    gemeente, roles = _claim(claims, names.gemeente), _claim(claims, names.roles)
    teams = _claim(claims, names.teams)
    teams = [] if teams is None else teams
    named = isinstance(gemeente, str) and _GEMEENTE.fullmatch(gemeente) is not None
    if not named or not isinstance(roles, list) or not isinstance(teams, list):
        raise NotAuthenticated(reason="Het token noemt geen gemeente of geen rollen.")
    return Actor(
        subject=str(subject),
        # A key of one person never answers another, so the person is part of the client.
        client=f"{client}:{subject}",
        gemeente=str(gemeente),
        roles=frozenset(role for role in roles if role in ROLES),
        teams=frozenset(str(team) for team in teams),
    )


def _claim(claims: Mapping[str, object], name: str) -> object:
    """Find a claim by its name, or by the way that dots lead."""
    if _GEMEENTE.fullmatch(name):
        return name
    found: object = claims
    for part in (name,) if name in claims else name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def is_name(name: object) -> bool:
    """Return whether this can stand in the books as who did something."""
    if not isinstance(name, str) or len(name) > _LONGEST_SUBJECT:
        return False
    return name.isprintable() and bool(name.strip())


def reason_of(error: Exception) -> str:
    """Say why a token is refused, without its content."""
    return {
        "expired_token": "Het token is verlopen.",
        "invalid_claim": "Het token is niet voor deze toepassing of nog niet geldig.",
        "missing_claim": "Het token mist een verplicht gegeven.",
    }.get(getattr(error, "error", ""), "Het token is niet door ons ondertekend.")


def _key(folder: Path) -> ECKey:
    """Read the key of a folder; the first to ask makes it, whole or not at all."""
    file = folder / KEY_FILE
    if not file.exists():
        _make_key(file)
    return ECKey.import_key(file.read_bytes())


def _make_key(file: Path) -> None:
    """Write a new key under its name in one step, so that nobody ever reads half of one."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = mkstemp(prefix=".tokensleutel-", dir=file.parent)  # Mode 0600.
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(ECKey.generate_key(_CURVE).as_pem(private=True))
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(draft, file)
        except FileExistsError:
            return  # Somebody else was first; theirs counts.
    finally:
        draft.unlink()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
