"""A token of an identity provider: only of one that we trust, for us, and now."""

import base64
import hmac
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from api.bearer import LEEWAY, ProviderVerifier, check_identity, verifier_for
from api.issuers import Issuer, ProviderUnreachable
from api.postgres import EnvironmentProblem
from api.settings import Settings
from api.tokens import ClaimNames, NotAuthenticated

AT: Final = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
HERE: Final = "https://aanmelden.example/realms/ermelo"
MOMENT: Final = int(AT.timestamp())
KEY: Final = RSAKey.generate_key(2048, {"kid": "eerste"})
GOOD: Final[dict[str, Any]] = {
    "iss": HERE,
    "aud": ["ontschot", "account"],
    "sub": "f3b2",
    "azp": "zaaksysteem",
    "iat": MOMENT,
    "nbf": MOMENT,
    "exp": MOMENT + 300,
    "gemeente": "GM0233",
    "realm_access": {"roles": ["wijkteam", "offline_access"]},
    "groups": ["noord"],
}
NAMES: Final = ClaimNames(roles="realm_access.roles", teams="groups")


class Provider:
    """What a provider answers, and how often it was asked."""

    def __init__(self) -> None:
        self.keys: list[Any] = [KEY.as_dict(private=False)]
        self.name = HERE
        self.status = 200
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        self.asked.append(str(request.url))
        if str(request.url) == f"{HERE}/.well-known/openid-configuration":
            found: object = {
                "issuer": self.name,
                "authorization_endpoint": f"{HERE}/auth",
                "token_endpoint": f"{HERE}/token",
                "jwks_uri": f"{HERE}/certs",
            }
        else:
            found = {"keys": self.keys}
        return httpx.Response(self.status, content=msgspec.json.encode(found))


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def verifier(provider: Provider) -> ProviderVerifier:
    http = httpx.AsyncClient(transport=httpx.MockTransport(provider))
    return ProviderVerifier([Issuer(HERE, http)], audience="ontschot", kind="at+jwt", claims=NAMES)


def signed(key: RSAKey | ECKey = KEY, header: dict[str, Any] | None = None, **claims: Any) -> str:
    found = {name: value for name, value in {**GOOD, **claims}.items() if value is not None}
    alg = "ES256" if isinstance(key, ECKey) else "RS256"
    head = {"alg": alg, "typ": "at+jwt", "kid": key.kid, **(header or {})}
    return jwt.encode(head, found, key, algorithms=[str(head["alg"])])


async def test_a_good_token_gives_who_asks(verifier: ProviderVerifier) -> None:
    actor = await verifier.verify(signed(), AT)
    assert (actor.subject, actor.client, actor.gemeente) == ("f3b2", "zaaksysteem:f3b2", "GM0233")
    assert actor.roles == {"wijkteam"}
    assert actor.teams == {"noord"}


async def test_keys_are_fetched_once_and_again_for_a_new_one(
    verifier: ProviderVerifier, provider: Provider
) -> None:
    for _ in range(3):
        await verifier.verify(signed(), AT)
    assert len(provider.asked) == 2
    second = ECKey.generate_key("P-256", {"kid": "tweede"})
    with pytest.raises(NotAuthenticated):
        await verifier.verify(signed(second), AT + timedelta(seconds=5))
    provider.keys = [second.as_dict(private=False)]
    later = AT + timedelta(seconds=65)
    assert (await verifier.verify(signed(second), later)).subject == "f3b2"
    with pytest.raises(NotAuthenticated):
        await verifier.verify(signed(), later + timedelta(seconds=1))


async def test_unknown_keys_make_us_ask_at_most_once_a_minute(
    verifier: ProviderVerifier, provider: Provider
) -> None:
    await verifier.verify(signed(), AT)
    for number in range(50):
        stranger = ECKey.generate_key("P-256", {"kid": f"vreemd-{number}"})
        with pytest.raises(NotAuthenticated):
            await verifier.verify(signed(stranger), AT + timedelta(seconds=number))
    assert len(provider.asked) == 2


async def test_keys_outlive_a_provider_that_is_away_by_a_day(
    verifier: ProviderVerifier, provider: Provider
) -> None:
    await verifier.verify(signed(), AT)
    provider.status = 503
    soon = AT + timedelta(hours=20)
    moment = int(soon.timestamp())
    assert (await verifier.verify(signed(exp=moment + 60, nbf=moment), soon)).subject == "f3b2"
    late = AT + timedelta(hours=25)
    with pytest.raises(ProviderUnreachable):
        await verifier.verify(signed(exp=int(late.timestamp()) + 60), late)


async def test_a_provider_that_calls_itself_something_else_is_none(
    verifier: ProviderVerifier, provider: Provider
) -> None:
    provider.name = "https://elders.example"
    with pytest.raises(ProviderUnreachable):
        await verifier.verify(signed(), AT)


FORGERIES: Final[dict[str, dict[str, Any]]] = {
    # What is wrong: the claims over the good ones.
    "another audience": {"aud": "ander-systeem"},
    "no audience": {"aud": None},
    "another issuer": {"iss": "https://elders.example"},
    "no issuer": {"iss": None},
    "an issuer that is no text": {"iss": [HERE]},
    "over": {"exp": MOMENT - int(LEEWAY.total_seconds())},
    "no end": {"exp": None},
    "not yet": {"nbf": MOMENT + int(LEEWAY.total_seconds()) + 1},
    "signed tomorrow": {"iat": MOMENT + 86_400},
    "nobody": {"sub": None},
    "no program": {"azp": None},
    "no roles": {"realm_access": None},
    "roles elsewhere": {"realm_access": ["wijkteam"]},
    "no gemeente": {"gemeente": None},
}


@pytest.mark.parametrize("wrong", FORGERIES)
async def test_a_token_that_is_not_for_us_is_refused(
    verifier: ProviderVerifier, wrong: str
) -> None:
    with pytest.raises(NotAuthenticated):
        await verifier.verify(signed(**FORGERIES[wrong]), AT)


async def test_clocks_may_differ_by_half_a_minute(verifier: ProviderVerifier) -> None:
    just = int(LEEWAY.total_seconds())
    for token in (signed(exp=MOMENT - just + 1), signed(nbf=MOMENT + just, iat=MOMENT + just)):
        assert (await verifier.verify(token, AT)).subject == "f3b2"


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _parts(header: dict[str, Any]) -> str:
    return ".".join(_base64(msgspec.json.encode(part)) for part in (header, GOOD))


def _unsigned() -> str:
    return _parts({"alg": "none", "typ": "at+jwt", "kid": KEY.kid}) + "."


def _with_public_key_as_secret() -> str:
    text = _parts({"alg": "HS256", "typ": "at+jwt", "kid": KEY.kid})
    public = KEY.as_pem(private=False)
    return f"{text}.{_base64(hmac.digest(public, text.encode(), 'sha256'))}"


def _with_its_own_key() -> str:
    own = RSAKey.generate_key(2048, {"kid": KEY.kid or ""})
    return signed(own, {"jwk": own.as_dict(private=False)})


def _touched() -> str:
    head, _, tail = signed().split(".")
    return ".".join((head, _base64(msgspec.json.encode({**GOOD, "sub": "ander"})), tail))


@pytest.mark.parametrize(
    "forge",
    [
        _unsigned,
        _with_public_key_as_secret,
        _with_its_own_key,
        _touched,
        lambda: signed(header={"typ": "JWT"}),
        lambda: signed(header={"alg": "RS512"}),
        lambda: signed(header={"kid": ""}),
        lambda: "a.b.c",
        lambda: "",
        lambda: signed(extra="x" * 9000),
    ],
)
async def test_a_forged_token_is_refused(
    verifier: ProviderVerifier, forge: Callable[[], str]
) -> None:
    with pytest.raises(NotAuthenticated):
        await verifier.verify(forge(), AT)


async def test_a_secret_among_the_keys_of_a_provider_proves_nothing(
    verifier: ProviderVerifier, provider: Provider
) -> None:
    secret = OctKey.generate_key(256, {"kid": "geheim"})
    provider.keys += KeySet([secret]).as_dict(private=True)["keys"]
    token = jwt.encode({"alg": "HS256", "typ": "at+jwt", "kid": "geheim"}, GOOD, secret)
    with pytest.raises(NotAuthenticated):
        await verifier.verify(token, AT)


@pytest.fixture
def complete(tmp_path: Path) -> dict[str, Any]:
    """Give the settings of an installation with a provider."""
    file = tmp_path / "client.pem"
    file.write_bytes(ECKey.generate_key("P-256").as_pem(private=True))
    return {
        "omgeving": "productie",
        "host": "10.0.0.5",
        "issuers": HERE,
        "client_key": file,
        "address": "https://ontschot.example",
    }


def test_complete_settings_will_do(complete: dict[str, Any], tmp_path: Path) -> None:
    made = verifier_for(Settings(**complete), tmp_path, httpx.AsyncClient())
    assert isinstance(made, ProviderVerifier)


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuers": None},
        {"issuers": "http://aanmelden.example"},
        {"issuers": f"{HERE} http://127.0.0.1:8080"},
        {"client_key": None},
        {"client_key": Path("/bestaat/niet.pem")},
        {"client_key": Path(__file__)},
        {"address": None},
        {"address": "http://ontschot.example"},
        {"address": "https://ontschot.example/"},
        {"client_id": "ontschot"},
    ],
)
def test_settings_that_let_nobody_or_anybody_in_are_refused(
    complete: dict[str, Any], wrong: dict[str, Any]
) -> None:
    with pytest.raises(EnvironmentProblem):
        check_identity(Settings(**{**complete, **wrong}))
