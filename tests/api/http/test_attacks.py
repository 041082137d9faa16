"""What an attacker tries over the interface for programs, and hears."""

from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any, Final
from urllib.parse import quote

import pytest

from api.tokens import ROLES, ClaimNames, actor_in
from tests.api.http.conftest import Person
from tests.api.http.requests import NOBODY, Node
from tests.api.http.town import make_money, plain

pytestmark = pytest.mark.postgres

INJECTIONS: Final = (
    "' OR '1'='1",
    "x'; DROP TABLE ledger.entry; --",
    "1) UNION SELECT token_sha256 FROM access.session --",
    "%27%20OR%201=1",
    "{{7*7}}${7*7}",
    "../../../../etc/passwd",
    "x\r\nSet-Cookie: ontschot=GM0344.gestolen",
)


def texts_in_addresses(document: Node) -> Iterator[tuple[str, str, str]]:
    """Give every address where a text may stand: its path, its place and the name there."""
    for path, item in document["paths"].items():
        for parameter in item.get("get", {}).get("parameters", ()):
            kinds = str(parameter["schema"])
            if parameter["in"] in {"query", "path"} and "'string'" in kinds:
                yield path, parameter["in"], parameter["name"]


async def test_a_text_in_an_address_is_never_a_command(
    person: Callable[..., Person], document: Node, gemeente: str
) -> None:
    everybody = person(*ROLES, teams=("noord",))
    await make_money(everybody, gemeente)
    whole = await everybody.seen("/v1/rekeningen")
    asked = 0
    for (path, place, name), injection in zip(texts_in_addresses(document), cycle(INJECTIONS)):
        address, query = f"/v1{path}", {}
        if place == "query":
            query = {name: injection}
        else:
            address = address.replace(f"{{{name}}}", quote(injection, safe=""))
        answer = await everybody.get(address.replace("{id}", NOBODY), **query)
        assert answer.status_code in {200, 400, 404, 406, 422}, (path, name, injection)
        assert "set-cookie" not in answer.headers
        if answer.status_code == 200:
            assert not answer.json().get("resultaten"), (path, name, injection)
        asked += 1
    assert asked > 40
    assert await everybody.seen("/v1/rekeningen") == whole


async def test_a_text_in_a_body_stays_the_text_that_it_is(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance = person("financieel")
    await make_money(finance, gemeente)
    for injection in INJECTIONS[:-1]:
        booked = await finance.done("/v1/boekingen", plain(omschrijving=injection))
        shown = await finance.seen(f"/v1/boekingen/{booked['id']}")
        assert shown["omschrijving"] == injection
    broken = await finance.post("/v1/boekingen", plain(omschrijving=INJECTIONS[-1]))
    assert broken.status_code == 400


async def test_no_header_of_an_answer_holds_what_was_asked(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance = person("financieel")
    await make_money(finance, gemeente)
    split = "x\r\nX-Gestolen: ja"
    for path, query in (
        ("/v1/rekeningen", {"wijk": split, "limit": 1}),
        ("/v1/boekingen", {"limit": 1, "cursor": split}),
        ("/v1/exports/journaal", {"formaat": split}),
    ):
        answer = await finance.get(path, **query)
        assert "x-gestolen" not in answer.headers
        assert "\n" not in str(answer.headers.raw)
    odd = {"X-Forwarded-For": "x X-Gestolen: ja", "Host": "elders"}
    answer = await finance.client.get(
        "/v1/bronnen", headers={"Authorization": f"Bearer {finance.token}", **odd}
    )
    assert "elders" not in f"{answer.headers}{answer.text}"


def test_keys_of_two_programs_of_one_person_are_two_keys() -> None:
    claims: dict[str, Any] = {"sub": "f3b2", "gemeente": "GM0344", "rollen": ["financieel"]}
    one, other = (
        actor_in({**claims, "azp": program}, ClaimNames()) for program in ("pakket", "portaal")
    )
    assert one.client != other.client


async def test_a_key_of_somebody_else_gives_none_of_his_answers(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance, thief = person("financieel"), person("wethouder")
    await make_money(finance, gemeente)
    mine = await finance.post("/v1/boekingen", plain(), key="gestolen")
    assert mine.status_code == 201
    for who in (thief, person("wijkteam", teams=("noord",))):
        replayed = await who.post("/v1/boekingen", plain(), key="gestolen")
        assert (replayed.status_code, replayed.json()["code"]) == (403, "geen-recht")
        assert mine.json()["id"] not in replayed.text


async def test_nobody_approves_with_another_method(
    person: Callable[..., Person], document: Node
) -> None:
    everybody = person(*ROLES, teams=("noord",))
    for path in document["paths"]:
        if not path.endswith(("/akkoorden", "/beoordelingen", "/vaststellingen", "/aanvaardingen")):
            continue
        address = f"/v1{path}".replace("{id}", NOBODY)
        for method in ("GET", "PUT", "PATCH", "DELETE"):
            headers = {
                "Authorization": f"Bearer {everybody.token}",
                "X-HTTP-Method-Override": "POST",
            }
            answer = await everybody.client.request(method, address, headers=headers)
            assert answer.status_code == 405, f"{method} {path}"
