"""Messages of providers over HTTP: allocate, declare, follow, answer, and notices."""

import json
from collections.abc import Callable
from datetime import date, time
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar
from lxml import etree

from domains.messages import model, writing
from domains.messages.schema import load_schema, schema_file
from domains.messages.standard import Kind, Law, MessageType
from tests.api.http.conftest import Person
from tests.api.http.town import Town, make_town
from tests.support.messages import PROVIDER, TOM, Declaration, declared

pytestmark = pytest.mark.postgres


@pytest.fixture
def finance(person: Callable[..., Person]) -> Person:
    return person("financieel", "budgethouder")


@pytest.fixture
async def town(finance: Person, gemeente: str) -> Town:
    return await make_town(finance, finance, gemeente)


@pytest.fixture
async def allocation(finance: Person, person: Callable[..., Person], town: Town) -> dict[str, Any]:
    """Reserve 100 euro for the first member of the family and give it out."""
    await finance.done(
        "/v1/aanbieders",
        {
            "aanbieders": [
                {
                    "code": PROVIDER,
                    "naam": "Zorg",
                    "van": "2020-01-01",
                    "kwaliteitskader": "voldoet",
                }
            ]
        },
    )
    first = town.family["leden"][0]
    await person("privacy").done(
        "/v1/personen",
        {
            "personen": [
                {
                    "persoon": first["persoon"],
                    "bsn": TOM,
                    "geboortedatum": "1982-03-03",
                    "geslacht": "1",
                    "achternaam": "Wit",
                }
            ]
        },
    )
    asked = town.draw(
        "100.00",
        van="2026-02-01",
        totEnMet="2026-06-30",
        aanbieder=PROVIDER,
        betaling="verplichting",
    )
    draw = await finance.done(town.draws, asked)
    found = await finance.done(
        f"/v1/verplichtingen/{draw['id']}/toewijzingen",
        {"wet": "jw", "toewijzingNummer": 10072},
    )
    (only,) = found["resultaten"]
    assert isinstance(only, dict)
    return only


async def offer(
    who: Person,
    content: bytes,
    *,
    key: str = "bestand-1",
    dry_run: bool = False,
    booking_date: str = "",
) -> httpx.Response:
    return await who.client.post(
        "/v1/berichten",
        files={"bestand": ("bericht.xml", content, "application/xml")},
        data={"boekdatum": booking_date} if booking_date else {},
        params={"proef": "true"} if dry_run else {},
        headers={"Authorization": f"Bearer {who.token}", "Idempotency-Key": key},
    )


def declaration(gemeente: str) -> bytes:
    lines = (declared(1), declared(2), declared(3, amount_cents=60_00, tariff_cents=15_00))
    return Declaration(lines=lines, gemeente=gemeente[2:]).xml()


async def followed(who: Person, message: str) -> list[dict[str, Any]]:
    """Read the events of a message until it is done."""
    answer = await who.get(f"/v1/berichten/{message}/voortgang")
    assert answer.status_code == 200, answer.text
    lines = [each for each in answer.text.splitlines() if each.startswith("data: ")]
    return [json.loads(each.removeprefix("data: ")) for each in lines]


async def test_a_declaration_is_taken_in_followed_and_answered(
    finance: Person, allocation: dict[str, Any], gemeente: str
) -> None:
    content = declaration(gemeente)
    answer = await offer(finance, content)
    assert answer.status_code == 201, answer.text
    message = answer.json()["id"]
    done = (await followed(finance, message))[-1]
    assert (done["beantwoord"], done["beoordeeld"], done["afgewezen"]) == (True, 3, 1)
    assert done["toegekend"]["waarde"] == "100.00"
    xml = await finance.get(f"/v1/berichten/{message}/antwoord")
    assert xml.headers["content-type"].startswith("application/xml")
    codes = etree.fromstring(xml.content).findall(".//{*}Prestatie/{*}RetourCodes/{*}RetourCode")
    assert [each.text for each in codes] == ["9369"]
    again = await offer(finance, content, key="bestand-2")
    assert again.json()["id"] == message
    assert (await finance.get(f"/v1/berichten/{message}/antwoord")).content == xml.content
    seen = await finance.seen("/v1/berichten")
    assert [each["id"] for each in seen["resultaten"]] == [message]


async def test_work_that_is_refused_says_why_also_after_a_restart_that_it_is_not_done(
    finance: Person, allocation: dict[str, Any], gemeente: str, app: Litestar
) -> None:
    content = declaration(gemeente)
    message = (await offer(finance, content, booking_date="2019-01-01")).json()["id"]
    done = (await followed(finance, message))[-1]
    assert (done["beantwoord"], done["mislukt"], done["beoordeeld"]) == (False, True, 0)
    assert done["afbreking"]["code"] == "boekdatum-te-vroeg"
    app.state.services.jobs.known.clear()
    seen = await finance.seen(f"/v1/berichten/{message}")
    assert (seen["mislukt"], seen["afbreking"]) == (True, None)
    await offer(finance, content, key="bestand-2")
    done = (await followed(finance, message))[-1]
    assert (done["beantwoord"], done["mislukt"], done["afbreking"]) == (True, False, None)


async def test_an_allocation_has_its_message(
    finance: Person, allocation: dict[str, Any], testdata: Path
) -> None:
    assert (allocation["toewijzingNummer"], allocation["vorm"]) == (10072, "generiek")
    assert allocation["budget"]["waarde"] == "100.00"
    answer = await finance.get(f"/v1/toewijzingen/{allocation['id']}/bericht")
    assert answer.status_code == 200, answer.text
    found = etree.fromstring(answer.content)
    told = [found.findtext(f".//{{*}}{name}") for name in ("Bsn", "ToewijzingNummer", "Budget")]
    assert told == [TOM, "10072", "10000"]
    schema = schema_file(testdata / "ijw_iwmo", MessageType(law=Law.YOUTH, kind=Kind.ALLOCATION))
    assert schema is not None
    load_schema(schema).assertValid(found)


async def test_a_start_is_a_fact_on_the_help(
    finance: Person, allocation: dict[str, Any], gemeente: str, testdata: Path
) -> None:
    sample = (testdata / "ijw_iwmo" / "voorbeeld_JW305.xml").read_bytes()
    content = sample.replace(b"Ontvanger>0363", f"Ontvanger>{gemeente[2:]}".encode())
    content = content.replace(b"Nummer>300201", b"Nummer>10072")
    message = (await offer(finance, content)).json()
    found = (await finance.seen(f"/v1/berichten/{message['id']}/meldingen"))["resultaten"]
    assert [each["verplichting"] for each in found] == [allocation["verplichting"], None]
    own = await finance.seen(f"/v1/verplichtingen/{allocation['verplichting']}/meldingen")
    (start,) = own["resultaten"]
    assert (start["soort"], start["van"]) == ("start", "2026-04-03")


def without_amount(gemeente: str) -> bytes:
    """Write a 301 of the care administration from which no amount follows."""
    return writing.allocation(
        model.Allocation(
            header=model.Header(
                message=MessageType(law=Law.YOUTH, kind=Kind.ALLOCATION),
                sender=gemeente.removeprefix("GM"),
                receiver=PROVIDER,
                identification="1",
                dated=date(2026, 2, 20),
            ),
            person=model.PersonFacts(bsn=TOM, birth_date=date(2010, 3, 1), sex="1", surname="Wit"),
            products=(
                model.AllocatedProduct(
                    number=301,
                    category="45",
                    allocated_on=date(2026, 2, 20),
                    allocated_time=time(12),
                    from_date=date(2026, 3, 1),
                    last_date=None,
                ),
            ),
        )
    )


async def test_an_allocation_that_waits_says_why(
    finance: Person, allocation: dict[str, Any], gemeente: str
) -> None:
    answer = await offer(finance, without_amount(gemeente))
    assert answer.status_code == 201, answer.text
    (waits,) = answer.json()["wachtendeToewijzingen"]
    assert (waits["toewijzing"], waits["code"]) == (301, "toewijzing-niet-geboekt")
    assert "noemt geen budget" in waits["melding"]
    seen = await finance.seen(f"/v1/berichten/{answer.json()['id']}")
    assert seen["wachtendeToewijzingen"] == [waits]


async def test_a_rehearsal_keeps_nothing(
    finance: Person, allocation: dict[str, Any], gemeente: str
) -> None:
    answer = await offer(finance, declaration(gemeente), dry_run=True)
    assert (answer.status_code, answer.json()["afgewezen"]) == (200, 1)
    assert (await finance.seen("/v1/berichten"))["resultaten"] == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "bericht-onleesbaar"),
        (b"<a/>", "bericht-onbekend"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "bericht-met-doctype"),
        ("<a/>".encode("utf-16"), "bericht-codering"),
    ],
)
async def test_what_is_no_message_is_refused(finance: Person, content: bytes, code: str) -> None:
    answer = await offer(finance, content)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_two_files_in_one_form_are_refused(finance: Person, gemeente: str) -> None:
    file = ("bericht.xml", declaration(gemeente), "application/xml")
    answer = await finance.client.post(
        "/v1/berichten",
        files=[("bestand", file), ("bestand", file)],
        headers={"Authorization": f"Bearer {finance.token}", "Idempotency-Key": "twee"},
    )
    assert answer.status_code == 400, answer.text
    assert "meer dan eens" in answer.text
    other = await finance.client.post(
        "/v1/berichten",
        files=[("bestand", file), ("boekdatum", file)],
        headers={"Authorization": f"Bearer {finance.token}", "Idempotency-Key": "twee"},
    )
    assert other.status_code == 400, other.text


async def test_a_request_waits_for_a_reply_that_is_never_about_money(
    finance: Person, gemeente: str, testdata: Path
) -> None:
    sample = (testdata / "ijw_iwmo" / "voorbeeld_JW317.xml").read_bytes()
    content = sample.replace(b"<jw317:Ontvanger>0384", f"<jw317:Ontvanger>{gemeente[2:]}".encode())
    message = (await offer(finance, content)).json()
    assert (message["soort"], message["aantalRegels"]) == ("JW317", 2)
    replies = f"/v1/berichten/{message['id']}/antwoorden"
    for_money = await finance.post(replies, {"afgewezen": True, "reden": "2"})
    assert for_money.json()["code"] == "antwoord-zonder-reden"
    notices = f"/v1/berichten/{message['id']}/meldingen"
    unanswered = await finance.get(f"/v1/berichten/{message['id']}/antwoord")
    assert unanswered.json()["code"] == "bericht-zonder-antwoord"
    await finance.done(replies, {"afgewezen": False})
    assert not any(each["beantwoord"] for each in (await finance.seen(notices))["resultaten"])
    found = await finance.done(replies, {"afgewezen": True, "reden": "7"})
    assert all(each["beantwoord"] for each in (await finance.seen(notices))["resultaten"])
    again = await finance.post(replies, {"afgewezen": True, "reden": "5"})
    assert (again.status_code, again.json()["code"]) == (409, "verzoek-al-beantwoord")
    answer = etree.fromstring(found["bericht"].encode())
    assert answer.findtext(".//{*}RedenAfwijzingVerzoek") == "7"
    fetched = await finance.get(f"/v1/berichten/{message['id']}/antwoord")
    assert fetched.text == found["bericht"], "and it can be fetched again"
    assert answer.findtext(".//{*}ReferentieAanbieder") == "9003"


async def test_what_never_was_accrued_cannot_be_released(
    finance: Person, allocation: dict[str, Any]
) -> None:
    assert (await finance.seen("/v1/overlopende-posten"))["resultaten"] == []
    asked = {"reden": "De aanbieder declareert niet meer", "document": "brief 12"}
    path = f"/v1/verplichtingen/{allocation['verplichting']}/vrijval-overlopend"
    refused = await finance.post(path, asked)
    assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (
        409,
        "niets-overlopend",
    )
