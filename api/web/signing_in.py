"""Signing in at an identity provider: OpenID Connect, code flow with PKCE and ``private_key_jwt``.

Follows OIDC Core 1.0, RFC 7636 (S256), RFC 7523 and RFC 9207. One secret in a cookie of the
browser that began binds everything: the state, the nonce and the code verifier are made from it,
so that nothing has to be kept here while somebody is away to sign in.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final
from urllib.parse import urlencode

import httpx
import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from api.bearer import LEEWAY
from api.clock import Clock
from api.issuers import Issuer, ProviderUnreachable
from api.tokens import ClaimNames, actor_in
from api.web.language import gettext
from domains.instruction import Actor
from ledger.refusals import Refusal

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_LIFE: Final = timedelta(minutes=1)
_LONGEST_NAME: Final = 100


@dataclass(kw_only=True, unsafe_hash=True)
class SignInFailed(Refusal):
    """Somebody came back from the identity provider without a sign-in that we accept."""

    code: ClassVar[str] = "aanmelden-mislukt"
    reason: str

    def message(self) -> str:
        """Return the sentence for whoever asked, in the language of the pages that he chose."""
        return gettext(
            "Aanmelden is niet gelukt: %(reason)s Meld u opnieuw aan via /inloggen.",
            reason=self.reason,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Who signed in."""

    actor: Actor
    display_name: str


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    id_token: str


def new_secret() -> str:
    """Make the secret of one attempt to sign in."""
    return secrets.token_urlsafe(32)


def state_of(secret: str) -> str:
    """Give the state that the provider must send back for a secret."""
    return _derived(secret, "state")


class Client:
    """This installation as a client of one identity provider."""

    def __init__(
        self,
        issuer: Issuer,
        *,
        http: httpx.AsyncClient,
        clock: Clock,
        client_id: str,
        key: ECKey | RSAKey,
        claims: ClaimNames,
    ) -> None:
        self._issuer = issuer
        self._http = http
        self._clock = clock
        self._client_id = client_id
        self._key = key
        self._claims = claims

    def public_keys(self) -> dict[str, Any]:
        """Give the key by which the provider knows us (JWKS)."""
        shown = self._key.as_dict(private=False)
        return {"keys": [{**shown, "kid": self._key.thumbprint(), "use": "sig"}]}

    async def address(self, secret: str, *, come_back_to: str) -> str:
        """Give the address at the provider where somebody signs in.

        :raises ProviderUnreachable: the provider does not say where that is.
        """
        endpoint = (await self._issuer.metadata()).authorization_endpoint
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": come_back_to,
            "scope": "openid profile",
            "state": state_of(secret),
            "nonce": _derived(secret, "nonce"),
            "code_challenge": challenge_of(_derived(secret, "verifier")),
            "code_challenge_method": "S256",
        }
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    async def sign_out_address(self, *, come_back_to: str) -> str | None:
        """Give the address at the provider where somebody signs out, if it has one.

        :raises ProviderUnreachable: the provider does not answer.
        """
        endpoint = (await self._issuer.metadata()).end_session_endpoint
        if endpoint is None:
            return None
        query = {"client_id": self._client_id, "post_logout_redirect_uri": come_back_to}
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    async def redeem(
        self, *, code: str, secret: str, issuer: str | None, come_back_to: str
    ) -> SignedIn:
        """Exchange the code that somebody came back with for who he is.

        :raises SignInFailed: the provider does not take the code, or names nobody that we accept.
        :raises NotAuthenticated: its answer is not signed or filled in as we need.
        :raises ProviderUnreachable: the provider does not answer.
        """
        if issuer not in {None, self._issuer.url}:
            raise SignInFailed(reason=gettext("het antwoord komt van een andere aanmelddienst."))
        at = self._clock.now()
        token = await self._exchanged(code, secret, come_back_to, at)
        header, claims = await self._issuer.read(token, at=at)
        del header
        try:
            jwt.JWTClaimsRegistry(
                now=int(at.timestamp()),
                leeway=int(LEEWAY.total_seconds()),
                iss={"essential": True, "value": self._issuer.url},
                aud={"essential": True, "value": self._client_id},
                exp={"essential": True},
                iat={"essential": True},
                sub={"essential": True},
                nonce={"essential": True, "value": _derived(secret, "nonce")},
            ).validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise SignInFailed(
                reason=gettext("het antwoord hoort niet bij deze poging.")
            ) from error
        if claims.get("azp", self._client_id) != self._client_id:
            raise SignInFailed(reason=gettext("het antwoord is voor een andere toepassing."))
        actor = actor_in({**claims, "client_id": self._client_id}, self._claims)
        if not actor.roles:
            raise SignInFailed(
                reason=gettext("u heeft in deze toepassing geen rol; vraag uw beheerder.")
            )
        return SignedIn(actor=actor, display_name=_display_name(claims, actor))

    async def _exchanged(self, code: str, secret: str, come_back_to: str, at: datetime) -> str:
        """Give the id token for a code."""
        endpoint = (await self._issuer.metadata()).token_endpoint
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": come_back_to,
            "client_id": self._client_id,
            "code_verifier": _derived(secret, "verifier"),
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self._assertion(at),
        }
        try:
            answer = await self._http.post(endpoint, data=form)
            if answer.status_code == httpx.codes.OK:
                return msgspec.json.decode(answer.content, type=_Answer).id_token
        except (httpx.HTTPError, httpx.InvalidURL, msgspec.MsgspecError) as error:
            raise ProviderUnreachable from error
        if answer.is_server_error:
            raise ProviderUnreachable
        raise SignInFailed(reason=gettext("de aanmelddienst neemt de code niet aan."))

    def _assertion(self, at: datetime) -> str:
        """Prove that we are this client, once (RFC 7523, section 3)."""
        moment = int(at.timestamp())
        claims = {
            "iss": self._client_id,
            "sub": self._client_id,
            "aud": self._issuer.url,
            "jti": str(self._clock.new_random_id()),
            "iat": moment,
            "exp": moment + int(_ASSERTION_LIFE.total_seconds()),
        }
        algorithm = "ES256" if isinstance(self._key, ECKey) else "PS256"
        header = {"alg": algorithm, "kid": self._key.thumbprint()}
        return jwt.encode(header, claims, self._key, algorithms=[algorithm])


def challenge_of(verifier: str) -> str:
    """Give the challenge that a code verifier answers (RFC 7636, S256)."""
    return _text(hashlib.sha256(verifier.encode()).digest())


def _display_name(claims: dict[str, Any], actor: Actor) -> str:
    name = str(claims.get("name") or claims.get("preferred_username") or actor.subject)
    return "".join(each for each in name if each.isprintable())[:_LONGEST_NAME] or actor.subject


def _derived(secret: str, purpose: str) -> str:
    return _text(hmac.digest(secret.encode(), purpose.encode(), "sha256"))


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")
