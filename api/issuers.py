"""An identity provider: where it is, and the keys with which it signs.

Its address comes from the settings only, never from a token (ASVS 5, 9.1.3). Keys are fetched
when a token names one that we do not know, at most once a minute; the last good set stays in use
while the provider is out of reach, but not longer than a day.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

import httpx
import msgspec
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from api.tokens import NotAuthenticated, reason_of
from ledger.refusals import Refusal

ALGORITHMS: Final = ("ES256", "PS256", "RS256")
"""With a key pair only: a public key can then never pass for a shared secret."""

LONGEST_TOKEN: Final = 8192
_AGAIN: Final = timedelta(minutes=1)
_FRESH: Final = timedelta(hours=1)
_STALE: Final = timedelta(days=1)
_SECONDS: Final = 5.0
_LARGEST_ANSWER: Final = 262_144


@dataclass(kw_only=True, unsafe_hash=True)
class ProviderUnreachable(Refusal):
    """The identity provider does not answer, or not as the standard says."""

    code: ClassVar[str] = "aanmelddienst-onbereikbaar"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return "De aanmelddienst van uw gemeente antwoordt niet. Probeer het over een minuut weer."


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider tells about itself (OpenID Connect Discovery 1.0)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None = None


def client_for_providers() -> httpx.AsyncClient:
    """Make what asks providers: certificates are checked, and nothing is followed or waited for."""
    return httpx.AsyncClient(timeout=_SECONDS, follow_redirects=False)


class Issuer:
    """One identity provider that we trust."""

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self.url = url
        self._http = http
        self._metadata: Metadata | None = None
        self._keys = KeySet([])
        self._fetched_at: datetime | None = None
        self._asked_at: datetime | None = None
        self._turn = asyncio.Lock()

    async def metadata(self) -> Metadata:
        """Give what the provider tells about itself, asked once.

        :raises ProviderUnreachable: it does not answer, or calls itself something else.
        """
        if self._metadata is None:
            address = f"{self.url.rstrip('/')}/.well-known/openid-configuration"
            found = await self._fetched(address, Metadata)
            if found.issuer != self.url:
                raise ProviderUnreachable
            self._metadata = found
        return self._metadata

    async def read(self, token: str, *, at: datetime) -> tuple[dict[str, Any], dict[str, Any]]:
        """Give header and claims of a token that this provider signed; claims are not yet judged.

        :raises NotAuthenticated: it did not sign this, or not in a way that we accept.
        :raises ProviderUnreachable: its keys were never fetched, or too long ago.
        """
        if len(token) > LONGEST_TOKEN:
            raise NotAuthenticated(reason="Het token is te lang.")
        try:
            header = jws.extract_compact(token.encode()).headers()
            kid = header.get("kid")
            if not isinstance(kid, str) or header.get("alg") not in ALGORITHMS:
                raise NotAuthenticated(reason="Het token is niet op onze wijze ondertekend.")
            decoded = jwt.decode(token, await self._key(kid, at), algorithms=list(ALGORITHMS))
        except (JoseError, ValueError, TypeError) as error:
            raise NotAuthenticated(reason=reason_of(error)) from error
        return decoded.header, decoded.claims

    async def _key(self, kid: str, at: datetime) -> ECKey | RSAKey:
        """Find a key by its name; an unknown name or old keys make us ask the provider again."""
        async with self._turn:
            if self._known(kid) is None or not self._younger_than(_FRESH, at):
                await self._renew(at)
        found = self._known(kid)
        if not self._younger_than(_STALE, at):
            raise ProviderUnreachable
        if found is None:
            raise NotAuthenticated(reason="Het token is met een onbekende sleutel ondertekend.")
        return found

    async def _renew(self, at: datetime) -> None:
        """Fetch the keys, unless that was tried a moment ago; on failure keep those we have."""
        if self._asked_at is not None and timedelta(0) <= at - self._asked_at < _AGAIN:
            return
        self._asked_at = at
        try:
            address = (await self.metadata()).jwks_uri
            found = await self._fetched(address, dict[str, list[dict[str, Any]]])
        except ProviderUnreachable:
            return
        self._keys = KeySet(_usable(found.get("keys", [])))
        self._fetched_at = at

    def _known(self, kid: str) -> ECKey | RSAKey | None:
        for key in self._keys.keys:
            if key.kid == kid and isinstance(key, ECKey | RSAKey):
                return key
        return None

    def _younger_than(self, age: timedelta, at: datetime) -> bool:
        return self._fetched_at is not None and at - self._fetched_at < age

    async def _fetched(self, address: str, shape: Any) -> Any:
        """Fetch a document.

        :raises ProviderUnreachable: no answer, another status, too large, or not this shape.
        """
        try:
            answer = await self._http.get(address)
            if answer.status_code != httpx.codes.OK or len(answer.content) > _LARGEST_ANSWER:
                raise ProviderUnreachable
            return msgspec.json.decode(answer.content, type=shape)
        except (httpx.HTTPError, httpx.InvalidURL, msgspec.MsgspecError) as error:
            raise ProviderUnreachable from error


def _usable(found: list[dict[str, Any]]) -> list[Any]:
    """Keep the public keys for signing; a provider may publish others beside them."""
    kinds: dict[str, type[ECKey | RSAKey]] = {"EC": ECKey, "RSA": RSAKey}
    keys = []
    for each in found:
        kind = kinds.get(str(each.get("kty")))
        if kind is None or each.get("use", "sig") != "sig" or not each.get("kid"):
            continue
        try:
            keys.append(kind.import_key({name: v for name, v in each.items() if name != "d"}))
        except (JoseError, ValueError, TypeError):
            continue  # A key of a curve or size that we do not know signs nothing for us.
    return keys
