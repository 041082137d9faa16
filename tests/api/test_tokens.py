"""A token says who asks; one that was touched, is old, or is not ours says nothing."""

import base64
import hmac
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from api.postgres import EnvironmentProblem
from api.settings import Settings
from api.tokens import (
    AUDIENCE,
    ISSUER,
    KEY_FILE,
    LONGEST,
    NotAuthenticated,
    Verifier,
    check_development,
    sign_token,
)

AT = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
GOOD = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": "iemand",
    "client_id": "ontschot",
    "iat": int(AT.timestamp()),
    "nbf": int(AT.timestamp()),
    "exp": int(AT.timestamp()) + 3600,
    "gemeente": "GM0344",
    "rollen": ["financieel"],
    "teams": [],
}


def signed(folder: Path, **other: Any) -> str:
    return sign_token(
        folder,
        **{
            "roles": ["wijkteam"],
            "gemeente": "GM0344",
            "teams": ["noord"],
            "subject": "iemand",
            "at": AT,
            "lifetime": timedelta(hours=1),
            **other,
        },
    )


async def test_a_token_gives_back_who_it_was_made_for(tmp_path: Path) -> None:
    actor = await Verifier(tmp_path).verify(signed(tmp_path), AT)
    assert (actor.subject, actor.gemeente) == ("iemand", "GM0344")
    assert actor.roles == frozenset({"wijkteam"})
    assert actor.teams == frozenset({"noord"})


@pytest.mark.parametrize(
    ("moment", "why"),
    [
        (AT - timedelta(seconds=1), "nog niet geldig"),
        (AT + timedelta(hours=1, seconds=1), "verlopen"),
    ],
)
async def test_a_token_has_its_time(tmp_path: Path, moment: datetime, why: str) -> None:
    with pytest.raises(NotAuthenticated) as refused:
        await Verifier(tmp_path).verify(signed(tmp_path), moment)
    assert why in refused.value.message()


FORGERIES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    # What is wrong: header and claims over the good ones.
    "another issuer": ({}, {"iss": "ergens"}),
    "another audience": ({}, {"aud": "ergens"}),
    "no audience": ({}, {"aud": None}),
    "no end": ({}, {"exp": None}),
    "no start": ({}, {"nbf": None}),
    "an end that is no number": ({}, {"exp": "morgen"}),
    "no subject": ({}, {"sub": None}),
    "another kind of token": ({"typ": "JWT"}, {}),
    "no gemeente": ({}, {"gemeente": None}),
    "a gemeente that is none": ({}, {"gemeente": "GM0344'; --"}),
    "roles that are no list": ({}, {"rollen": "financieel"}),
    "teams that are no list": ({}, {"teams": "noord"}),
}


@pytest.mark.parametrize("wrong", FORGERIES)
async def test_a_token_that_is_not_for_us_is_refused(tmp_path: Path, wrong: str) -> None:
    header, claims = FORGERIES[wrong]
    verifier = Verifier(tmp_path)
    key = ECKey.import_key((tmp_path / KEY_FILE).read_bytes())
    found = {name: value for name, value in {**GOOD, **claims}.items() if value is not None}
    token = jwt.encode({"alg": "ES256", "typ": "at+jwt", **header}, found, key)
    with pytest.raises(NotAuthenticated):
        await verifier.verify(token, AT)


async def test_the_good_claims_above_are_good(tmp_path: Path) -> None:
    verifier = Verifier(tmp_path)
    key = ECKey.import_key((tmp_path / KEY_FILE).read_bytes())
    token = jwt.encode({"alg": "ES256", "typ": "at+jwt"}, GOOD, key)
    assert (await verifier.verify(token, AT)).roles == {"financieel"}


async def test_a_role_that_we_do_not_know_gives_no_right(tmp_path: Path) -> None:
    verifier = Verifier(tmp_path)
    key = ECKey.import_key((tmp_path / KEY_FILE).read_bytes())
    claims = GOOD | {"rollen": ["financieel", "koning"]}
    token = jwt.encode({"alg": "ES256", "typ": "at+jwt"}, claims, key)
    assert (await verifier.verify(token, AT)).roles == {"financieel"}


@pytest.mark.parametrize("subject", ["", " ", "a\x00b", "a\nb", "a\u202eb", "x" * 101], ids=ascii)
async def test_a_name_that_cannot_stand_in_the_books_is_refused(
    tmp_path: Path, subject: str
) -> None:
    verifier = Verifier(tmp_path)
    key = ECKey.import_key((tmp_path / KEY_FILE).read_bytes())
    token = jwt.encode({"alg": "ES256", "typ": "at+jwt"}, GOOD | {"sub": subject}, key)
    with pytest.raises(NotAuthenticated):
        await verifier.verify(token, AT)


def _with_public_key_as_secret(folder: Path) -> str:
    public = ECKey.import_key((folder / KEY_FILE).read_bytes()).as_pem(private=False)
    text = _parts({"alg": "HS256", "typ": "at+jwt"}, GOOD)
    return f"{text}.{_base64(hmac.digest(public, text.encode(), 'sha256'))}"


def _unsigned(_folder: Path) -> str:
    return _parts({"alg": "none", "typ": "at+jwt"}, GOOD) + "."


def _parts(*parts: dict[str, Any]) -> str:
    return ".".join(_base64(msgspec.json.encode(part)) for part in parts)


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _by_another_key(_folder: Path) -> str:
    return jwt.encode({"alg": "ES256", "typ": "at+jwt"}, GOOD, ECKey.generate_key("P-256"))


def _touched(folder: Path) -> str:
    head, _, tail = signed(folder).split(".")
    return ".".join([head, signed(folder, roles=["financieel"]).split(".")[1], tail])


@pytest.mark.parametrize(
    "forge",
    [
        _with_public_key_as_secret,
        _unsigned,
        _by_another_key,
        _touched,
        lambda _: "",
        lambda _: "a.b",
        lambda _: "é.é.é",
        lambda _: "x" * 100_000,
    ],
)
async def test_a_forged_token_is_refused(tmp_path: Path, forge: Callable[[Path], str]) -> None:
    verifier = Verifier(tmp_path)
    with pytest.raises(NotAuthenticated):
        await verifier.verify(forge(tmp_path), AT)


async def test_the_key_is_for_its_owner_only_and_stays(tmp_path: Path) -> None:
    folder = tmp_path / "nieuw"
    token = signed(folder)
    assert stat.S_IMODE((folder / KEY_FILE).stat().st_mode) == 0o600
    assert [each.name for each in folder.iterdir()] == [KEY_FILE]
    assert (await Verifier(folder).verify(token, AT)).subject == "iemand"


async def test_many_who_need_a_key_at_once_get_the_same_one(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        tokens = list(pool.map(lambda _: signed(tmp_path), range(16)))
    verifier = Verifier(tmp_path)
    assert {(await verifier.verify(token, AT)).subject for token in tokens} == {"iemand"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"roles": []},
        {"roles": ["koning"]},
        {"subject": ""},
        {"lifetime": LONGEST + timedelta(seconds=1)},
        {"lifetime": timedelta(0)},
    ],
)
def test_no_token_without_sense_is_signed(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        signed(tmp_path, **wrong)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.9.9.9"])
def test_development_on_this_machine_is_allowed(host: str) -> None:
    check_development(Settings(host=host))


@pytest.mark.parametrize(
    "settings",
    [
        Settings(omgeving="productie"),
        Settings(host="0.0.0.0"),  # noqa: S104  # What must be refused.
        Settings(host="::"),
        Settings(host="10.0.0.5"),
        Settings(host="localhost.voorbeeld.nl"),
    ],
)
def test_elsewhere_development_tokens_are_refused(settings: Settings) -> None:
    with pytest.raises(EnvironmentProblem):
        check_development(settings)
