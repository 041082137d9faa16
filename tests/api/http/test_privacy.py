"""Why somebody looks at a family is asked and kept; a colleague stands in for a time."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from api.clock import FixedClock
from api.tokens import sign_token
from domains import checks
from domains.covers.queries import covers
from domains.privacy.model import PURPOSES
from ledger.checker import check
from tests.api.http.conftest import NOW, Person
from tests.api.http.town import Town, make_town

pytestmark = [pytest.mark.postgres, pytest.mark.anyio]

PeopleMaker = Callable[..., Person]
LOG = "/v1/processing-activities"


@pytest.fixture
def north(person: PeopleMaker) -> Person:
    return person("wijkteam", teams=("noord",))


@pytest.fixture
async def town(person: PeopleMaker, north: Person, gemeente: str) -> Town:
    return await make_town(person("financieel"), north, gemeente)


def opening(app: Litestar) -> set[str]:
    """Give the addresses that open a family, as the application has them."""
    return {
        route.path_format
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        if handler.opt.get("opens")
    }


async def test_a_family_opens_for_a_purpose_only(app: Litestar, north: Person, town: Town) -> None:
    draw = await north.done(town.draws, town.draw("10.00"))
    ids = {"gezinnen": town.family["id"], "gezinsbudgetten": town.budget["id"]}
    addresses = opening(app)
    assert addresses >= {"/v1/gezinnen/{id_}", "/v1/trekkingen/{id_}"}
    for address in addresses:
        there = address.replace("{id_}", ids.get(address.split("/")[2], draw["id"]))
        nowhere = address.replace("{id_}", str(UUID(int=9)))
        for purpose, status, code in (
            ("", 400, "doel-ontbreekt"),
            ("nieuwsgierig", 400, "doel-ontbreekt"),
            ("controle", 403, "doel-past-niet"),
        ):
            asker = replace(north, purpose=purpose)
            answers = [await asker.get(each) for each in (there, nowhere)]
            assert [each.status_code for each in answers] == [status] * 2, address
            assert [each.json()["code"] for each in answers] == [code] * 2, address


async def test_each_look_is_kept_per_person_with_its_purpose_and_without_who(
    person: PeopleMaker, north: Person, town: Town
) -> None:
    privacy = person("privacy")
    (member,) = town.family["leden"]
    answer = await north.get(f"/v1/gezinnen/{town.family['id']}")
    assert answer.status_code == 200
    found = await privacy.client.post(
        LOG, json={"dataSubjectId": member["persoon"]}, headers=privacy.headers()
    )
    assert found.status_code == 200, found.text
    (kept,) = found.json()["resultaten"]
    assert kept["name"] == "GET /v1/gezinnen/{id_}"
    assert kept["attributes"] == {
        "dpl.core.processing_activity_id": PURPOSES["hulpverlening"].register,
        "dpl.core.data_subject_id": member["persoon"],
        "dpl.core.data_subject_id_type": "pseudoniem",
    }
    assert len(kept["spanId"]) == 16
    assert "wijkteam" not in found.text
    for same in (
        {"traceId": kept["traceId"]},
        {"processingActivityId": PURPOSES["hulpverlening"].register},
    ):
        again = await privacy.client.post(LOG, json=same, headers=privacy.headers())
        assert again.json()["resultaten"] == [kept]
    assert (await privacy.client.post(LOG, json={}, headers=privacy.headers())).status_code == 400


async def test_a_log_is_read_page_by_page(person: PeopleMaker, north: Person, town: Town) -> None:
    privacy = person("privacy")
    for _ in range(3):
        await north.seen(f"/v1/gezinsbudgetten/{town.budget['id']}")
    question: dict[str, Any] = {"processingActivityId": "hulpverlening", "limit": 2}
    seen = []
    for length in (2, 1):
        found = await privacy.client.post(LOG, json=question, headers=privacy.headers())
        assert len(found.json()["resultaten"]) == length
        seen += [each["traceId"] for each in found.json()["resultaten"]]
        question["cursor"] = found.json()["cursor"]
    assert len(set(seen)) == 3
    assert question["cursor"] is None


async def test_a_look_that_is_refused_leaves_no_record(person: PeopleMaker, town: Town) -> None:
    south, privacy = person("wijkteam", teams=("zuid",)), person("privacy")
    assert (await south.get(f"/v1/gezinnen/{town.family['id']}")).status_code == 404
    found = await privacy.client.post(
        LOG, json={"processingActivityId": "hulpverlening"}, headers=privacy.headers()
    )
    assert found.json()["resultaten"] == []


async def test_who_guards_privacy_and_helps_sees_his_own_team(
    person: PeopleMaker, north: Person, town: Town
) -> None:
    both = person("privacy", "wijkteam", teams=("zuid",))
    assert (await both.seen("/v1/gezinnen"))["resultaten"] == []
    await both.seen(f"/v1/gezinnen/{town.family['id']}/verantwoording")


def cover(**more: Any) -> dict[str, Any]:
    return {
        "vervanger": "wijkteam:zuid",
        "regisseur": "m.jansen",
        "team": "noord",
        "totEnMet": "2026-09-07",
        "reden": "Vakantie",
        **more,
    }


async def test_a_colleague_stands_in_until_a_day(
    person: PeopleMaker,
    north: Person,
    town: Town,
    clock: FixedClock,
    engine: AsyncEngine,
    gemeente: str,
    key_folder: Path,
) -> None:
    south = person("wijkteam", teams=("zuid",))
    leader = person("teamleider", teams=("noord",))
    here = f"/v1/gezinnen/{town.family['id']}"
    await north.done(f"{here}/regisseurs", {"naam": "m.jansen", "van": "2026-01-05"})
    assert (await south.get(here)).status_code == 404
    given = await leader.done("/v1/vervangingen", cover())
    assert (await south.seen(here))["id"] == town.family["id"]
    assert [each["id"] for each in (await south.seen("/v1/gezinnen"))["resultaten"]] == [
        town.family["id"]
    ]
    draw = await south.done(town.draws, town.draw("25.00"))
    assert draw["uitkomst"] == "toegekend"
    split = {"personen": [town.family["leden"][0]["persoon"]]}
    assert (await south.post(f"{here}/splitsingen", split)).json()["code"] == "team-niet-van-u"
    later = NOW + timedelta(days=7)
    clock.move_to(later)
    token = sign_token(
        key_folder,
        roles=("wijkteam",),
        gemeente=gemeente,
        teams=("zuid",),
        subject="wijkteam:zuid",
        at=later,
        lifetime=timedelta(hours=1),
    )
    assert (await replace(south, token=token).get(here)).status_code == 404
    clock.move_to(NOW)
    assert (await south.get(here)).status_code == 200
    ended = await leader.done(f"/v1/vervangingen/{given['id']}/beeindigingen", {})
    assert ended["beeindigdOp"] is not None
    assert (await south.get(here)).status_code == 404
    again = await leader.post(f"/v1/vervangingen/{given['id']}/beeindigingen", {})
    assert again.json()["code"] == "vervanging-onbekend"
    async with db.transaction(engine, gemeente) as connection:
        report = await checks.check(connection, gemeente=gemeente)
    assert report.findings == ()


COVERS = """
who                  | what                        | refusal
teamleider noord     |                             |
teamleider zuid      |                             | vervanging-niet-van-u
wijkteam noord       |                             | vervanging-niet-van-u
teamleider noord     | vervanger m.jansen          | vervanging-van-uzelf
teamleider noord     | vervanger teamleider:noord  | vervanging-niet-van-u
teamleider noord     | regisseur niemand           | regisseur-onbekend
teamleider noord     | totEnMet 2026-08-31         | vervanging-dagen
teamleider noord     | totEnMet 2026-10-13         | vervanging-dagen
teamleider noord     | totEnMet 2026-10-12         |
"""


async def test_only_who_leads_gives_cover(person: PeopleMaker, north: Person, town: Town) -> None:
    here = f"/v1/gezinnen/{town.family['id']}"
    await north.done(f"{here}/regisseurs", {"naam": "m.jansen", "van": "2026-01-05"})
    for row in COVERS.strip().splitlines()[1:]:
        who, what, refusal = (cell.strip() for cell in row.split("|"))
        role, team = who.split()
        more = dict([what.split()]) if what else {}
        answer = await person(role, teams=(team,)).post(
            "/v1/vervangingen", cover(**more), key=row.replace(" ", "")
        )
        assert answer.json().get("code", "") == refusal, row


async def test_covers_come_in_pages(
    person: PeopleMaker, north: Person, town: Town, engine: AsyncEngine, gemeente: str
) -> None:
    leader = person("teamleider", teams=("noord",))
    here = f"/v1/gezinnen/{town.family['id']}"
    await north.done(f"{here}/regisseurs", {"naam": "m.jansen", "van": "2026-01-05"})
    given = [
        (await leader.done("/v1/vervangingen", cover(vervanger=f"wijkteam:{each}")))["id"]
        for each in range(3)
    ]
    found: list[str] = []
    address = "/v1/vervangingen?limit=2"
    for length in (2, 1):
        url = httpx.URL(address)
        answer = await leader.get(url.path, **dict(url.params))
        page = [each["id"] for each in answer.json()["resultaten"]]
        assert len(page) == length
        found += page
        address = answer.headers.get("link", "").partition(">")[0].lstrip("<")
    assert (found, address) == (given, "")
    async with db.transaction(engine, gemeente) as connection:
        (second,) = await covers(connection, gemeente=gemeente, after=UUID(given[0]), limit=1)
    assert str(second.id) == given[1]


async def test_a_family_hears_what_was_spent_and_who_looked(
    person: PeopleMaker, north: Person, town: Town
) -> None:
    privacy = person("privacy")
    await north.done(town.draws, town.draw("40.00"))
    here = f"/v1/gezinnen/{town.family['id']}"
    await north.seen(here)
    await person("controller").seen(f"/v1/gezinsbudgetten/{town.budget['id']}")
    told = await privacy.seen(f"{here}/verantwoording")
    assert told["besteed"] == told["toegekend"] == {"waarde": "40.00", "valuta": "EUR"}
    (line,) = told["regels"]
    assert line["zin"]
    assert sum(float(each["bedrag"]["waarde"]) for each in line["bronnen"]) == 40
    assert {(each["door"], each["doel"]) for each in told["inzagen"]} == {
        ("wijkteam:noord", "hulpverlening"),
        ("controller:", "controle"),
    }
    assert all(each["grondslag"] for each in told["inzagen"])
    south = person("wijkteam", teams=("zuid",))
    assert (await south.get(f"{here}/verantwoording")).status_code == 404
    assert (await person("wethouder").get(f"{here}/verantwoording")).status_code == 403


async def test_a_family_is_forgotten_and_the_books_still_add_up(
    person: PeopleMaker, north: Person, town: Town, engine: AsyncEngine, gemeente: str
) -> None:
    privacy = person("privacy")
    (member,) = town.family["leden"]
    here = f"/v1/gezinnen/{town.family['id']}"
    known = {
        "persoon": member["persoon"],
        "bsn": "999990019",
        "geboortedatum": "1982-03-03",
        "geslacht": "2",
        "achternaam": "Berg",
    }
    await privacy.done("/v1/personen", {"personen": [known]})
    await north.done(town.draws, town.draw("40.00"))
    (term,) = (await privacy.seen("/v1/bewaartermijnen"))["resultaten"]
    assert (term["gezin"], term["verlopen"]) == (town.family["id"], False)
    order = {"besluit": "B&W 2026-114", "grond": "verzoek-wmo"}
    tried = await privacy.post(f"{here}/vernietigingen", order, dry_run=True)
    assert tried.status_code == 200, tried.text
    done = await privacy.post(f"{here}/vernietigingen", order, key="een")
    assert (done.status_code, done.json()["besluit"]) == (201, "B&W 2026-114")
    again = await privacy.post(f"{here}/vernietigingen", order, key="een")
    assert again.json() == done.json()
    twice = await privacy.post(f"{here}/vernietigingen", order, key="twee")
    assert twice.json()["code"] == "gezin-al-vergeten"
    assert (await privacy.seen("/v1/bewaartermijnen"))["resultaten"] == []
    assert (await north.seen(here))["id"] == town.family["id"]
    async with db.transaction(engine, gemeente) as connection:
        books = await check(connection, gemeente=gemeente, progress=None)
        report = await checks.check(connection, gemeente=gemeente)
    assert (books.findings, report.findings) == ((), ())


async def test_an_alderman_sees_no_amount_of_few_families(
    person: PeopleMaker, north: Person, town: Town
) -> None:
    advance = town.draw("10.00", soort="ggz-behandeling-volwassene", betaling="verplichting")
    await north.done(town.draws, advance)
    alderman, finance = person("wethouder"), person("financieel")
    figures = "/v1/rapporten/openstaande-betalers"
    (whole,) = (await finance.seen("/v1/wijkbudgetten"))["resultaten"]
    (hidden,) = (await alderman.seen("/v1/wijkbudgetten"))["resultaten"]
    assert whole["totaal"] is not None
    assert (hidden["totaal"], hidden["middelen"]) == (None, [])
    known, told = await finance.seen(figures), await alderman.seen(figures)
    assert known["bedrag"]["waarde"] == "10.00"
    amounts = [told["bedrag"], told["teLaatBedrag"]]
    amounts += [each["bedrag"] for each in (*told["ouderdom"], *told["perBetaler"])]
    assert amounts == [None] * len(amounts)
    per_district = await alderman.get("/v1/rapporten/uitputting", per="wijk")
    assert per_district.status_code == 403
