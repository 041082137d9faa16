"""Domain benefits over HTTP: studies as jobs, lines, signatures, agreements and the report."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

from api.effect_studies import Job, Stage
from api.http.benefit_report import seen_by
from api.http.effect_studies import job_on_wire
from domains.benefits.report.model import DomainFigures, Report, Scope
from domains.instruction import Actor
from tests.api.http.conftest import Person
from tests.api.http.town import euro
from tests.benefits.simulator import World, invent
from tests.domains.benefits import histories
from tests.domains.benefits.bookings import story
from tests.domains.benefits.bookings.support import Found, estimated, keep, plan_of, study_of
from tests.domains.support import DAY, Town, example_town

pytestmark = pytest.mark.postgres

AGREEMENT = {
    "ontvanger": "jeugd",
    "betaler": "schulden",
    "van": "2025-01-01",
    "totEnMet": "2027-12-31",
    "minima": [{"vanGezinnen": 1, "deelVan": "0.02", "deelTot": "0.02", "totEnMetGezinnen": None}],
    "deel": "0.5",
    "begrenzingInzet": "1",
    "begrenzingOntvanger": "0.1",
    "drempel": euro("1000.00"),
    "jarenZonderVerlies": 2,
    "deelVerlies": "0.3",
    "begrenzingVerlies": "0.05",
    "lasten": {"bron": "JW", "programma": "P1", "taakveld": "6.751"},
    "baten": {"bron": "SHV", "programma": "P1", "taakveld": "6.3"},
    "besluit": "afspraak 2025-1",
}
FORECAST = {
    "interventie": "A",
    "ontvanger": "wmo",
    "instroom": "2026-1",
    "vanafKwartaal": "2026-07-01",
    "kwartalen": 2,
    "aantal": "10",
    "prijs": euro("2400.00"),
    "effect": "0.3",
    "aftrek": [{"reden": "zou ook zonder hulp", "deel": "0.2"}],
    "terugloop": "0.3",
    "betalers": [{"betaler": "schulden", "bedrag": euro("1.00")}],
    "graad": "E",
    "bron": "prijslijst",
}


def many(found: Found) -> Found:
    return replace(found, families=30)


async def measured(town: Town) -> str:
    """Keep a study of many families; gives its id."""
    plan = await plan_of(town, "jeugd", "ggz")
    found = study_of(estimated(many(story.YOUTH)), estimated(many(story.GGZ)))
    return str(await keep(town, plan, found))


@pytest.fixture
async def books(engine: AsyncEngine, gemeente: str) -> Town:
    return await example_town(engine, gemeente)


def cells(report: dict[str, Any]) -> dict[tuple[str, str], str]:
    return {
        (each["betaler"], each["ontvanger"]): each["baten"]["samen"]["waarde"]
        for each in report["cellen"]
    }


async def test_a_study_is_booked_signed_and_told(
    books: Town, person: Callable[..., Person]
) -> None:
    controller, finance, alderman = person("controller"), person("financieel"), person("wethouder")
    study = await measured(books)
    found = await controller.seen(f"/v1/effectstudies/{study}")
    assert [each["domein"] for each in found["schattingen"]] == ["jeugd", "ggz"]
    youth = found["schattingen"][0]
    assert youth["besparing"] == euro("5480.00")
    assert "vanzelf al 10,0% per jaar gedaald" in youth["omslagpunt"]
    assert {each["naam"] for each in youth["diagnoses"]} >= {"placebo", "dip", "volledigheid"}
    assert (await controller.seen("/v1/effectstudies"))["resultaten"] == [found]
    assert (await controller.done(f"/v1/effectstudies/{study}/boekingen", {})) == found
    lines = (await controller.seen("/v1/domeinbaten", effectstudie=study))["resultaten"]
    assert [(each["ontvanger"], each["toestand"], each["bedrag"]["waarde"]) for each in lines] == [
        ("ggz", "gemeten", "360.00"),
        ("jeugd", "gemeten", "5480.00"),
    ]
    report = await alderman.seen("/v1/rapporten/domeinbaten")
    assert report["afgerondOp"] == euro("100.00")
    assert cells(report)["schulden", "jeugd"] == "3700.00"
    exact = await controller.seen("/v1/rapporten/domeinbaten")
    assert exact["afgerondOp"] == euro("0.01")
    assert cells(exact)["schulden", "jeugd"] == "3699.00"
    holders = [
        {
            "domein": domain,
            "persoon": "budgethouder:" + domain,
            "geldigVan": "2026-01-01",
            "besluit": "collegebesluit",
        }
        for domain in ("armoede", "jeugd", "schulden")
    ]
    named = await finance.done("/v1/domeinbudgethouders", {"budgethouders": holders})
    assert named["resultaten"] == holders
    assert await finance.seen("/v1/domeinbudgethouders") == named
    signing = {"schatting": youth["id"], "domein": ""}
    for domain in ("armoede", "jeugd", "schulden"):
        side = "ontvanger" if domain == "jeugd" else "betaler"
        holder = person("budgethouder", teams=(domain,))
        await holder.done(
            "/v1/handtekeningen", {"handtekeningen": [signing | {"kant": side, "domein": domain}]}
        )
    last = await controller.done(
        "/v1/handtekeningen", {"handtekeningen": [signing | {"kant": "controller"}]}
    )
    assert len(last["resultaten"]) == 4
    signed = (await controller.seen("/v1/domeinbaten", toestand="bekrachtigd"))["resultaten"]
    assert [each["ontvanger"] for each in signed] == ["jeugd"]
    total = next(
        each
        for each in (await controller.seen("/v1/rapporten/domeinbaten"))["totalen"]
        if (each["betaler"], each["ontvanger"]) == ("totaal", "totaal")
    )
    assert total["baten"]["bekrachtigd"] == euro("5480.00")
    assert total["baten"]["gemeten"] == euro("360.00")


async def test_a_study_that_stands_is_booked_once_under_whatever_key(
    books: Town, person: Callable[..., Person]
) -> None:
    controller = person("controller")
    path = f"/v1/effectstudies/{await measured(books)}/boekingen"
    first = await controller.done(path, {})
    lines = await controller.seen("/v1/domeinbaten")
    assert await controller.done(path, {}) == first
    tried = await controller.post(path, {}, dry_run=True)
    assert (tried.status_code, tried.json()) == (200, first)
    assert await controller.seen("/v1/domeinbaten") == lines


async def test_every_cell_leads_to_its_estimates_and_entries(
    books: Town, person: Callable[..., Person]
) -> None:
    controller = person("controller")
    study = await measured(books)
    await controller.done(f"/v1/effectstudies/{study}/boekingen", {})
    report = await controller.seen("/v1/rapporten/domeinbaten")
    assert len(report["cellen"]) == 6
    for cell in report["cellen"]:
        behind = await controller.seen(cell["cel"])
        assert behind["bedrag"] == cell["baten"]["samen"]
        assert [each["domein"] for each in behind["schattingen"]] == [cell["ontvanger"]]
        for entry in behind["boekingen"]:
            assert (await controller.seen(f"/v1/boekingen/{entry['boeking']}"))["id"]
    before = await controller.seen("/v1/rapporten/domeinbaten", standPer=report["standPer"] - 1)
    assert before["cellen"] == []
    wrong = await controller.get("/v1/rapporten/domeinbaten", periodeVan="2025-02-01")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "periode-geen-kwartalen")
    later = await controller.get("/v1/rapporten/domeinbaten", standPer=report["standPer"] + 1)
    assert (later.status_code, later.json()["code"]) == (400, "stand-nog-onbekend")


async def test_who_reads_reports_only_reads_no_cell_behind_them(
    person: Callable[..., Person],
) -> None:
    alderman = person("wethouder")
    assert (await alderman.get("/v1/rapporten/domeinbaten")).status_code == 200
    for path in ("rapporten/domeinbaten/cellen/jeugd/jeugd", "domeinbaten", "effectstudies"):
        assert (await alderman.get(f"/v1/{path}")).status_code == 403
    assert (await alderman.post("/v1/handtekeningen", {})).status_code == 403


async def test_forecasts_stand_apart(books: Town, person: Callable[..., Person]) -> None:
    controller = person("controller")
    await plan_of(books, "jeugd")
    tried = await controller.post("/v1/ramingen", {"ramingen": [FORECAST]}, dry_run=True)
    assert tried.status_code == 200, tried.text
    booked = await controller.done("/v1/ramingen", {"ramingen": [FORECAST]})
    assert [each["bedrag"]["waarde"] for each in booked["resultaten"]] == ["2880.00", "2880.00"]
    report = await controller.seen("/v1/rapporten/domeinbaten")
    assert report["cellen"] == report["totalen"] == []
    assert {(each["betaler"], each["ontvanger"]) for each in report["verwacht"]} == {
        ("schulden", "wmo"),
        ("schulden", "totaal"),
        ("totaal", "wmo"),
        ("totaal", "totaal"),
    }
    wrong = await controller.post("/v1/ramingen", {"ramingen": [FORECAST | {"effect": "1.5"}]})
    assert wrong.status_code == 400
    twice = FORECAST | {"betalers": [{"betaler": "schulden", "bedrag": euro("1.00")}] * 2}
    answer = await controller.post("/v1/ramingen", {"ramingen": [twice]})
    assert (answer.status_code, answer.json()["ongeldigeVelden"][0]["code"]) == (400, "dubbel")


async def test_an_agreement_is_settled_by_a_draft_and_realised_after_the_council(
    books: Town, person: Callable[..., Person]
) -> None:
    finance = person("financieel")
    await story.signed(books)
    known = (await finance.seen("/v1/baatafspraken"))["resultaten"]
    assert [each["afspraak"]["besluit"] for each in known] == ["afspraak 2025-1"]
    assert known[0]["afspraak"] == AGREEMENT
    path = f"/v1/baatafspraken/{known[0]['id']}/versies"
    newer = await finance.done(path, AGREEMENT | {"deel": "0.4"})
    assert (newer["versie"], newer["afspraak"]["deel"]) == (2, "0.4")
    assert (await finance.done(path, AGREEMENT))["versie"] == 3
    cashable = {
        "domein": "ggz",
        "klasse": "C2",
        "deel": "1",
        "geldigVan": "2025-01-01",
        "besluit": "collegebesluit",
    }
    await finance.done("/v1/verzilverbaarheden", {"verzilverbaarheden": [cashable]})
    order = {
        "ontvanger": "jeugd",
        "betaler": "schulden",
        "dag": "2025-01-01",
        "kwaliteitGebleven": True,
    }
    proposal = await finance.done("/v1/verrekenvoorstellen", order)
    assert proposal["bedrag"] == euro("1068.60")
    assert not proposal["verzilverd"]
    assert (await finance.seen("/v1/verrekenvoorstellen"))["resultaten"] == [proposal]
    realise = f"/v1/verrekenvoorstellen/{proposal['id']}/verzilveringen"
    early = await finance.post(realise, {})
    assert early.status_code == 409
    change = proposal["begrotingswijziging"]
    await finance.done(
        f"/v1/begrotingswijzigingen/{change}/vaststellingen",
        {"versie": 1, "besluit": "raadsbesluit 9", "besluitdatum": "2026-01-02"},
    )
    assert (await finance.done(realise, {}))["verzilverd"]


async def test_a_study_runs_as_a_job_that_anybody_can_follow(
    books: Town, person: Callable[..., Person], app: Litestar
) -> None:
    controller = person("controller")
    plan = await histories.plan_for(books)
    made = invent(World(families=110, treated_share=0.45, ratios={"jeugd": 0.6}), seed=5)
    await histories.write(books, replace(made, exposure=("A",) * 110), seed=5)
    asked = {"analyseplan": str(plan.id)}
    answer = await controller.post("/v1/effectstudies", asked, key="studie")
    assert answer.status_code == 202, answer.text
    job = answer.json()
    assert job["stand"] == "bezig"
    followed = answer.headers["Location"]
    again = await controller.post("/v1/effectstudies", asked, key="studie")
    assert again.json()["id"] == job["id"]
    while job["stand"] == "bezig":
        await asyncio.sleep(0.05)
        job = await controller.seen(followed)
    assert (job["stand"], job["gedaan"], job["totaal"]) == ("klaar", 1, 1)
    study = await controller.seen(f"/v1/effectstudies/{job['effectstudie']}")
    assert study["schattingen"]
    same = (await controller.post("/v1/effectstudies", asked, key="nog-eens")).json()
    while same["stand"] == "bezig":
        await asyncio.sleep(0.05)
        same = await controller.seen(f"/v1/studieopdrachten/{same['id']}")
    assert same["effectstudie"] == job["effectstudie"]
    other = await controller.post("/v1/effectstudies", asked | {"standPer": 1}, key="studie")
    assert other.status_code in {409, 422}
    await app.state.services.studies.aclose()


async def test_a_study_that_cannot_be_made_says_why(person: Callable[..., Person]) -> None:
    controller = person("controller")
    nobody = "00000000-0000-0000-0000-000000000007"
    missing = await controller.post("/v1/effectstudies", {"analyseplan": nobody})
    assert (missing.status_code, missing.json()["code"]) == (404, "analyseplan-onbekend")
    job = await controller.get(f"/v1/studieopdrachten/{nobody}")
    assert (job.status_code, job.json()["code"]) == (404, "studieopdracht-niet-gevonden")
    study = await controller.get(f"/v1/effectstudies/{nobody}")
    assert (study.status_code, study.json()["code"]) == (404, "effectstudie-onbekend")
    cell = await controller.get("/v1/rapporten/domeinbaten/cellen/jeugd/jeugt")
    assert (cell.status_code, cell.json()["code"]) == (422, "domein-onbekend")


async def test_a_study_of_books_that_are_not_there_yet_is_refused_at_once(
    books: Town, person: Callable[..., Person]
) -> None:
    plan = await histories.plan_for(books)
    ahead = {"analyseplan": str(plan.id), "standPer": 999_999}
    answer = await person("controller").post("/v1/effectstudies", ahead)
    assert (answer.status_code, answer.json()["code"]) == (400, "stand-nog-onbekend")


def test_a_study_that_is_done_without_a_number_tells_so() -> None:
    job = Job(
        id=UUID(int=1),
        plan_id=UUID(int=2),
        fingerprint=b"",
        stage=Stage.DONE,
        done=1,
        total=1,
        study_id=UUID(int=3),
        refusal=None,
        warning="Er kwam geen enkel getal uit.",
    )
    assert job_on_wire(job).melding == "Er kwam geen enkel getal uit."


def test_what_was_spent_in_a_district_is_for_who_reads_entries() -> None:
    spent = DomainFigures(
        domain="jeugd",
        spent_cents=100_00,
        observed_cents=70_00,
        created_elsewhere_cents=0,
        elsewhere_low_cents=0,
        elsewhere_high_cents=0,
        received_cents=0,
        own_cents=0,
    )
    whole = Scope(wijk=None, from_date=None, until_date=None, on=DAY, known_up_to=1)
    report = Report(
        scope=whole,
        cells={},
        totals={},
        hidden=(),
        expected={},
        expected_hidden=(),
        domains=(spent,),
        not_attributed=(),
        districts=(),
    )
    district = replace(report, scope=replace(whole, wijk="WK034401"))
    alderman, controller = (
        Actor(subject="x", client="x", gemeente="GM0344", roles=frozenset({role}))
        for role in ("wethouder", "controller")
    )
    assert seen_by(alderman, report) == report
    assert seen_by(controller, district) == district
    (hidden,) = seen_by(alderman, district).domains
    assert (hidden.spent_cents, hidden.observed_cents) == (None, None)
