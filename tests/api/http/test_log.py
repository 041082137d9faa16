"""No number of a person and no token ever reaches the log, whatever goes wrong."""

import io
import logging
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import structlog

from tests.api.http.conftest import Person
from tests.api.http.town import make_money, plain
from tests.support.secrets import secrets_in

pytestmark = pytest.mark.postgres

BSN = "999990019"  # Passes the test of eleven; no real person has it.
IBAN = "NL00BANK0123456789"


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in log.getvalue().splitlines()]


async def test_a_request_leaves_one_line_with_its_route_only(
    person: Callable[..., Person], gemeente: str, log: io.StringIO
) -> None:
    finance = person("financieel")
    await make_money(finance, gemeente)
    log.truncate(0)
    log.seek(0)
    made = await finance.post("/v1/boekingen", plain(omschrijving=f"Factuur {BSN} {IBAN}"))
    assert made.status_code == 201
    answers = [
        await finance.get(f"/v1/boekingen/{BSN}"),
        await finance.get(f"/v1/gezinnen/{BSN}"),
        await finance.get(f"/{BSN}"),
        await finance.get("/v1/rekeningen", gezin=BSN),
        await finance.get("/v1/rekeningen", bsn=BSN),
        await finance.post("/v1/boekingen", {"bsn": BSN, BSN: BSN}),
        await finance.post(f"/v1/wijkbudgetten/{BSN}/teruggaven", {"boekdatum": BSN}),
        await finance.post("/v1/boekingen", plain(document=BSN), key=BSN),
        await finance.client.request(
            "GET",
            "/v1/bronnen",
            headers={"Authorization": f"Bearer {BSN}", "traceparent": BSN, "User-Agent": BSN},
        ),
    ]
    text = log.getvalue()
    assert BSN not in text
    assert IBAN not in text
    assert finance.token not in text
    found = lines(log)
    assert [line["event"] for line in found] == ["verzoek"] * (1 + len(answers))
    assert found[0].keys() == {
        "event",
        "level",
        "logger",
        "methode",
        "ms",
        "route",
        "status",
        "timestamp",
        "trace_id",
    }
    assert found[0]["route"] == "/v1/boekingen"
    assert found[1]["trace_id"] == answers[0].json()["traceId"]


async def test_a_fault_of_our_own_is_logged_by_place_and_not_by_content(
    person: Callable[..., Person], log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError(f"sleutel {BSN} in {IBAN}") from ValueError(BSN)

    monkeypatch.setattr("api.http.registers.page_of", broken)
    answer = await person("financieel").get("/v1/bronnen")
    assert (answer.status_code, answer.json()["code"]) == (500, "interne-fout")
    assert "KeyError" not in answer.text
    assert BSN not in answer.text + log.getvalue()
    fault, line = lines(log)
    assert (fault["event"], fault["soort"], fault["oorzaak"]) == ("fout", "KeyError", "ValueError")
    assert any("registers.py" in place for place in fault["plaats"])
    assert fault["trace_id"] == line["trace_id"] == answer.json()["traceId"]


def test_what_slips_through_is_masked(log: io.StringIO) -> None:
    structlog.get_logger("proef").info(
        f"gevonden {BSN}",
        bsn="x",
        naam="Jansen",
        token="geheim",
        diep={"iban": "x", "lijst": [BSN, {"tekst": f"van {IBAN}"}]},
        getal=int(BSN),
        bedrag=1250,
        jwt="eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJpZW1hbmQifQ.abc-def",
    )
    (line,) = lines(log)
    assert line["event"] == "gevonden ***"
    assert (line["bsn"], line["naam"], line["token"], line["getal"]) == ("***",) * 4
    assert line["diep"] == {"iban": "***", "lijst": ["***", {"tekst": "van ***"}]}
    assert (line["bedrag"], line["jwt"]) == (1250, "***")


@pytest.mark.parametrize(
    "leak",
    [
        "Wim Wijkteam meldde zich aan",
        "cookie GM0344.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ",
        "-----BEGIN PRIVATE KEY-----",
        "Authorization: Bearer x",
    ],
)
def test_what_no_mask_knows_is_found_in_the_log_of_every_test(log: io.StringIO, leak: str) -> None:
    structlog.get_logger("proef").info(leak)
    assert secrets_in(log.getvalue())
    log.truncate(0)  # Every test is looked through at its end, this one too.


def test_numbers_of_people_are_found_wherever_they_stand() -> None:
    assert secrets_in(f"x {BSN} y {IBAN} eyJh.eyJz.ab") == [BSN, "eyJh.eyJz.", IBAN]
    assert secrets_in("01a05c4d-d5c0-7000-8000-000999990019 0.999990019") == []


def test_libraries_log_without_their_tracebacks_and_addresses(log: io.StringIO) -> None:
    logging.getLogger("httpx").info("HTTP Request: GET https://elders.example/?bsn=%s", BSN)
    logging.getLogger("uvicorn.access").warning("GET /v1/gezinnen/%s", BSN)
    try:
        int(f"over {BSN}")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    (line,) = lines(log)
    assert (line["soort"], line["event"]) == ("ValueError", "Exception in ASGI application")
    assert BSN not in log.getvalue()
