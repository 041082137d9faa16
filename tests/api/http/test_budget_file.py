"""A budget from a file: booked once, with a report on every line, or refused with its place."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from domains.data.files import content_of
from tests.api.http.conftest import Person
from tests.api.http.town import YEAR

pytestmark = pytest.mark.postgres

HEADING = "programma;taakveld;naam;baten_eur;lasten_eur\n"
UTRECHT = "GM0344"


def budget(*lines: str) -> bytes:
    return (HEADING + "".join(f"{line}\n" for line in lines)).encode()


GOOD = budget(
    "P1;6.751;Jeugdhulp;0;300000000",
    "P1;6.3;Inkomen;20000000;400000000",
    "P2;2.1;Wegen;0;900000000",
)


async def send(
    who: Person,
    content: bytes,
    *,
    name: str = "begroting.csv",
    key: str = "k",
    dry_run: bool = False,
    mapping: bytes | None = None,
    fields: dict[str, str] | None = None,
) -> httpx.Response:
    files = {"bestand": (name, content)}
    if mapping is not None:
        files["toewijzing"] = ("toewijzing.csv", mapping)
    return await who.client.post(
        "/v1/begrotingen",
        files=files,
        data={"jaar": "2026", **(fields or {})},
        params={"proef": "true"} if dry_run else {},
        headers={"Authorization": f"Bearer {who.token}", "Idempotency-Key": key},
    )


@pytest.fixture
async def finance(person: Callable[..., Person], fresh_utrecht: str) -> Person:
    made = person("financieel", where=fresh_utrecht)
    await made.done("/v1/boekingsperioden", YEAR)
    return made


@pytest.fixture
def fresh_utrecht(monkeypatch: pytest.MonkeyPatch, gemeente: str) -> str:
    """Let a municipality of the tests be known by the readers, as large as Utrecht."""
    from domains.municipalities import names
    from domains.readers import registry

    real = names.municipality

    def known(code: str) -> Any:
        found = real(UTRECHT if code == gemeente else code)
        return names.Municipality(
            code=code, name=found.name, province=found.province, inhabitants=found.inhabitants
        )

    monkeypatch.setattr(registry, "municipality_of", known)
    return gemeente


async def test_a_file_is_booked_with_a_report(finance: Person) -> None:
    answer = await send(finance, GOOD)
    assert answer.status_code == 201, answer.text
    report = answer.json()
    assert report["toegewezen"]["waarde"] == "700000000.00"
    assert report["weggelaten"]["waarde"] == "900000000.00"
    assert {line["taakveld"] for line in report["toegewezenRegels"]} == {"6.751", "6.3"}
    assert [
        (line["regel"], line["kant"], line["reden"]) for line in report["weggelatenRegels"]
    ] == [
        (3, "baten", "baten; alleen lasten worden geautoriseerd"),
        (4, "lasten", "niet sociaal domein"),
    ]
    assert any("6.3" in line for line in report["aannames"])
    assert await finance.seen(answer.headers["location"]) == report
    (listed,) = (await finance.seen("/v1/begrotingen"))["resultaten"]
    assert listed.items() <= report.items()
    funds = (await finance.seen("/v1/middelen"))["resultaten"]
    total = sum(int(fund["geautoriseerd"]["waarde"].replace(".", "")) for fund in funds)
    assert total == 70_000_000_000


async def test_a_dry_run_gives_the_report_only(finance: Person) -> None:
    answer = await send(finance, GOOD, dry_run=True)
    assert (answer.status_code, answer.json()["toegewezen"]["waarde"]) == (200, "700000000.00")
    assert (await finance.seen("/v1/begrotingen"))["resultaten"] == []
    assert (await finance.seen("/v1/middelen"))["resultaten"] == []


async def test_the_same_file_is_booked_once(finance: Person) -> None:
    first = await send(finance, GOOD, key="een")
    again = await send(finance, GOOD, key="een")
    other_key = await send(finance, GOOD, key="twee")
    assert first.content == again.content
    assert again.headers["idempotent-replayed"] == "true"
    assert other_key.json()["id"] == first.json()["id"]
    reused = await send(finance, GOOD + b"P1;6.1;x;0;1\n", key="een")
    assert (reused.status_code, reused.json()["code"]) == (422, "sleutel-hergebruikt")
    second = await send(finance, GOOD + b"P1;6.4;x;0;1\n", key="drie")
    assert (second.status_code, second.json()["code"]) == (409, "begroting-bestaat-al")


async def test_a_file_sent_by_many_at_once_is_booked_once(finance: Person) -> None:
    answers = await asyncio.gather(*(send(finance, GOOD, key=f"k{n}") for n in range(5)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len((await finance.seen("/v1/begrotingen"))["resultaten"]) == 1


async def test_a_mapping_of_the_municipality_counts(finance: Person) -> None:
    mapping = b"taakveld;bron;aandeel\n6.751;JW;1\n6.3;ARM;1\n"
    report = (await send(finance, GOOD, mapping=mapping)).json()
    assert [(each["bron"], each["bedrag"]["waarde"]) for each in report["perBron"]] == [
        ("ARM", "400000000.00"),
        ("JW", "300000000.00"),
    ]
    assert report["aannames"] == []


async def test_a_real_file_of_the_country_is_read(finance: Person) -> None:
    content = content_of("iv3_begroting_2025.csv")
    answer = await send(finance, content, name="iv3_begroting_2025.csv", fields={"jaar": "2025"})
    assert answer.status_code in {409, 422}, answer.text
    assert answer.json()["code"] in {"periode-onbekend", "gemeente-niet-in-bestand"}


WRONG: dict[str, tuple[bytes, dict[str, str], int, str]] = {
    # What is wrong: the file, the fields, the status and the code.
    "empty": (b"", {}, 422, "bestand-leeg"),
    "a heading only": (HEADING.encode(), {}, 422, "alleen-kopregel"),
    "a spreadsheet": (b"PK\x03\x04" + b"\x00" * 50, {}, 422, "bestand-geen-tekst"),
    "another encoding": (budget("P1;6.751;Geïnd;0;1").decode().encode("cp1252"), {}, 422, "best"),
    "another separator": (GOOD.replace(b";", b","), {}, 422, "scheidingsteken-onjuist"),
    "another layout": (b"a;b\n1;2\n", {}, 422, "indeling-onbekend"),
    "a bad amount": (budget("P1;6.751;x;0;twee"), {}, 422, "bedrag-onleesbaar"),
    "an unknown taakveld": (budget("P1;9.99;x;0;300000000"), {}, 422, "taakveld-bestaat-niet"),
    "in thousands": (budget("P1;6.751;x;0;300"), {}, 422, "eenheid-onwaarschijnlijk"),
    "no year": (GOOD, {"jaar": ""}, 400, "invoer-ongeldig"),
    "a year that is none": (GOOD, {"jaar": "1"}, 400, "invoer-ongeldig"),
    "an unknown unit": (GOOD, {"eenheid": "gulden"}, 400, "invoer-ongeldig"),
    "an unknown field": (GOOD, {"gemeente": "GM0344"}, 400, "invoer-ongeldig"),
    "a mapping that is no file": (GOOD, {"toewijzing": "x"}, 400, "invoer-ongeldig"),
}


@pytest.mark.parametrize("what", WRONG)
async def test_a_wrong_file_is_refused(finance: Person, what: str) -> None:
    content, fields, status, code = WRONG[what]
    answer = await send(finance, content, fields=fields)
    problem = answer.json()
    assert (answer.status_code, problem["code"][: len(code)]) == (status, code), problem
    assert (await finance.seen("/v1/begrotingen"))["resultaten"] == []


async def test_every_wrong_spot_has_its_place(finance: Person) -> None:
    wrong = budget("P1;6.751;x;0;twee", "P1;6.3;x;drie;4")
    spots = (await send(finance, wrong)).json()["plaatsen"]
    assert [(spot["regel"], spot["kolom"]) for spot in spots] == [
        (2, "lasten_eur"),
        (3, "baten_eur"),
    ]


async def test_a_file_above_the_limit_is_not_read(finance: Person) -> None:
    answer = await send(finance, b"x" * (53 * 1024**2))
    assert (answer.status_code, answer.json()["code"]) == (413, "inhoud-te-groot")
    assert "hooguit 54 MB" in answer.json()["detail"]


async def test_a_form_without_a_file_is_refused(finance: Person) -> None:
    answer = await finance.client.post(
        "/v1/begrotingen",
        files={"iets": ("x.csv", b"x")},
        data={"jaar": "2026"},
        headers={"Authorization": f"Bearer {finance.token}", "Idempotency-Key": "k"},
    )
    assert answer.status_code == 400
    assert answer.json()["ongeldigeVelden"][0]["naam"] == "bestand"


async def test_a_form_with_two_files_is_refused(finance: Person) -> None:
    answer = await finance.client.post(
        "/v1/begrotingen",
        files=[("bestand", ("a.csv", GOOD)), ("bestand", ("b.csv", GOOD))],
        data={"jaar": "2026"},
        headers={"Authorization": f"Bearer {finance.token}", "Idempotency-Key": "k"},
    )
    assert answer.status_code == 400
    assert "meer dan eens" in answer.json()["ongeldigeVelden"][0]["reden"]


async def test_a_broken_form_is_refused(finance: Person) -> None:
    for kind, content in (
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=a", b"x"),
        ("multipart/form-data; boundary=a", b"--a\r\n\r\nx"),
        ("multipart/form-data; boundary=a", b""),
    ):
        answer = await finance.client.post(
            "/v1/begrotingen",
            content=content,
            headers={
                "Authorization": f"Bearer {finance.token}",
                "Content-Type": kind,
                "Idempotency-Key": "k",
            },
        )
        assert (answer.status_code, answer.json()["code"]) == (400, "invoer-ongeldig")
