"""Tokens of the identity providers in the settings: who asks, for the interface of programs.

Follows the Dutch OAuth profile: only issuers that we name, tokens for us, of the kind for access,
with their times, signed by a key pair (RFC 9068, RFC 8725).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from api.issuers import Issuer
from api.postgres import EnvironmentProblem
from api.settings import Settings
from api.tokens import (
    ClaimNames,
    NotAuthenticated,
    TokenVerifier,
    Verifier,
    actor_in,
    check_development,
    reason_of,
)
from domains.instruction import Actor

LEEWAY: Final = timedelta(seconds=30)
"""How far the clocks of provider and program may differ."""

_SECURE: Final = "https://"
_ON_THIS_MACHINE: Final = ("http://127.0.0.1", "http://localhost")
_RSA_BITS: Final = 2048


class ProviderVerifier:
    """Checks the tokens of the identity providers that we trust."""

    def __init__(
        self, issuers: Sequence[Issuer], *, audience: str, kind: str, claims: ClaimNames
    ) -> None:
        self._issuers: Mapping[str, Issuer] = {each.url: each for each in issuers}
        self._audience = audience
        self._kind = kind
        self._claims = claims

    async def verify(self, token: str, at: datetime) -> Actor:
        """Give the actor behind a token at a moment.

        :raises NotAuthenticated: not for us, not of an issuer that we trust, or not valid now.
        :raises ProviderUnreachable: the issuer's keys cannot be had.
        """
        issuer = self._issuers.get(_issuer_in(token))
        if issuer is None:
            raise NotAuthenticated(reason="Het token is niet van een bekende aanmelddienst.")
        header, claims = await issuer.read(token, at=at)
        if str(header.get("typ", "")).lower().removeprefix("application/") != self._kind.lower():
            raise NotAuthenticated(reason="Dit is geen toegangstoken.")
        try:
            jwt.JWTClaimsRegistry(
                now=int(at.timestamp()),
                leeway=int(LEEWAY.total_seconds()),
                iss={"essential": True, "value": issuer.url},
                aud={"essential": True, "value": self._audience},
                exp={"essential": True},
                sub={"essential": True},
            ).validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise NotAuthenticated(reason=reason_of(error)) from error
        return actor_in(claims, self._claims)


def verifier_for(settings: Settings, key_folder: Path, http: httpx.AsyncClient) -> TokenVerifier:
    """Choose what checks tokens: the providers in the settings, or our own for development.

    :raises EnvironmentProblem: neither is possible with these settings.
    """
    check_identity(settings)
    if not settings.issuers:
        return Verifier(key_folder)
    return ProviderVerifier(
        [Issuer(url, http) for url in settings.issuers.split()],
        audience=settings.audience,
        kind=settings.token_kind,
        claims=claim_names(settings),
    )


def check_identity(settings: Settings) -> None:
    """Refuse settings by which nobody, or anybody, could get in.

    :raises EnvironmentProblem: no provider outside development, or a setting beside it is missing.
    """
    if not settings.issuers:
        check_development(settings)
        return
    allowed = (_SECURE, *_ON_THIS_MACHINE) if settings.omgeving == "ontwikkeling" else (_SECURE,)
    for url in settings.issuers.split():
        if not url.startswith(allowed):
            raise EnvironmentProblem(f"ONTSCHOT_AANMELDDIENST noemt {url}; kies een https-adres.")
    if settings.client_key is None or settings.address is None:
        raise EnvironmentProblem(
            "Bij ONTSCHOT_AANMELDDIENST horen ONTSCHOT_CLIENTSLEUTEL (bestand met de sleutel"
            " waarmee deze toepassing zich bij de aanmelddienst bewijst) en ONTSCHOT_ADRES."
            " Vul ze aan."
        )
    if not settings.address.startswith(allowed) or settings.address.endswith("/"):
        raise EnvironmentProblem(
            f"ONTSCHOT_ADRES is {settings.address}; kies een https-adres zonder pad of streep."
        )
    if settings.client_id == settings.audience:
        raise EnvironmentProblem(
            "ONTSCHOT_CLIENT en ONTSCHOT_PUBLIEK zijn gelijk; dan zou een bewijs van aanmelding"
            " ook als toegangstoken gelden. Kies twee namen."
        )
    client_key(settings.client_key)


def claim_names(settings: Settings) -> ClaimNames:
    """Say where tokens hold what we need."""
    return ClaimNames(
        gemeente=settings.gemeente_claim,
        roles=settings.roles_claim,
        teams=settings.teams_claim,
    )


def client_key(file: Path) -> ECKey | RSAKey:
    """Read the private key by which we prove who we are.

    :raises EnvironmentProblem: no such file, or no private EC or RSA key (2048 bits or more) in it.
    """
    message = (
        f"ONTSCHOT_CLIENTSLEUTEL: in {file} staat geen private sleutel (PEM, EC P-256 of RSA vanaf"
        " 2048 bits); maak er een of wijs het goede bestand aan."
    )
    try:
        content = file.read_bytes()
    except OSError as error:
        raise EnvironmentProblem(message) from error
    kinds: tuple[type[ECKey | RSAKey], ...] = (ECKey, RSAKey)
    for kind in kinds:
        try:
            found = kind.import_key(content)
        except (JoseError, ValueError, TypeError):
            continue
        strong = isinstance(found, ECKey) or found.raw_value.key_size >= _RSA_BITS
        if found.is_private and strong:
            return found
    raise EnvironmentProblem(message)


def _issuer_in(token: str) -> str:
    """Read which issuer a token names; only to choose whose keys must prove it.

    :raises NotAuthenticated: this is no token at all.
    """
    try:
        payload: Any = msgspec.json.decode(jws.extract_compact(token.encode()).payload)
    except (JoseError, msgspec.MsgspecError, ValueError, TypeError) as error:
        raise NotAuthenticated(reason="Dit is geen token.") from error
    found = payload.get("iss") if isinstance(payload, dict) else None
    return found if isinstance(found, str) else ""
