"""What becomes of families and their budgets, over HTTP."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import pytest

from tests.api.http.conftest import Person
from tests.api.http.town import Town, euro, make_town

pytestmark = pytest.mark.postgres

_NOBODY = UUID(int=7)


async def refused(who: Person, path: str, body: Any) -> tuple[int, str]:
    """Ask what must be refused; gives status and code."""
    answer = await who.post(path, body)
    return answer.status_code, answer.json()["code"]


async def begin(person: Callable[..., Person], gemeente: str) -> tuple[Town, Person, Person]:
    """Make a town with a family, a member of its team and a budget holder."""
    team = person("wijkteam", teams=("noord",))
    town = await make_town(person("financieel"), team, gemeente)
    return town, team, person("budgethouder")


async def test_members_come_and_go(person: Callable[..., Person], gemeente: str) -> None:
    town, team, _ = await begin(person, gemeente)
    here = f"/v1/gezinnen/{town.family['id']}"
    grown = await team.done(f"{here}/leden", {"geboortedatum": "2009-05-15", "van": "2026-02-01"})
    (youngster,) = [
        each for each in grown["leden"] if each["persoon"] != town.family["leden"][0]["persoon"]
    ]
    assert (youngster["van"], youngster["totEnMet"]) == ("2026-02-01", None)
    order = {"persoon": youngster["persoon"], "van": "2026-03-01"}
    gone = await team.done(f"{here}/uittredingen", order)
    assert [each["totEnMet"] for each in gone["leden"]] == [None, "2026-02-28"]
    again = await team.done(f"{here}/leden", order)
    assert len(again["leden"]) == 3
    for body, code in (
        ({"persoon": str(_NOBODY)}, "persoon-onbekend"),
        (order, "persoon-in-ander-gezin"),
        ({"geboortedatum": "2009-05-15", "van": "2027-01-01"}, "dag-in-toekomst"),
        ({}, "invoer-ongeldig"),
        ({"geboortedatum": "2009-05-15", **order}, "invoer-ongeldig"),
    ):
        assert (await refused(team, f"{here}/leden", body))[1] == code
    assert await refused(team, f"{here}/uittredingen", {"persoon": str(_NOBODY)}) == (
        422,
        "geen-lid-van-gezin",
    )


async def test_the_regie_is_handed_over_with_its_team(
    person: Callable[..., Person], gemeente: str
) -> None:
    town, team, _ = await begin(person, gemeente)
    south = person("wijkteam", teams=("zuid",))
    here = f"/v1/gezinnen/{town.family['id']}"
    first = await team.done(f"{here}/regisseurs", {"naam": "m.jansen", "van": "2026-01-05"})
    assert (first["regisseur"], first["team"]) == ("m.jansen", "noord")
    tried = await team.post(
        f"{here}/regisseurs", {"naam": "s.de-boer", "team": "zuid"}, dry_run=True
    )
    assert tried.json()["regisseur"] == "s.de-boer"
    assert (await south.get(here)).status_code == 404
    await team.done(f"{here}/regisseurs", {"naam": "s.de-boer", "team": "zuid"})
    assert (await team.get(here)).status_code == 404
    assert [
        (each["naam"], each["totEnMet"]) for each in (await south.seen(here))["regisseurs"]
    ] == [("m.jansen", "2026-08-31"), ("s.de-boer", None)]
    order = {"naam": "a.yilmaz", "van": "2026-01-05"}
    assert await refused(south, f"{here}/regisseurs", order) == (422, "dag-niet-na-begin")


async def test_a_family_moves_and_its_wijk_follows(
    person: Callable[..., Person], gemeente: str
) -> None:
    town, team, _ = await begin(person, gemeente)
    south = f"{town.wijk[:-2]}02"
    await person("beheerder").done("/v1/wijken", {"wijken": [{"code": south, "naam": "Wijk 02"}]})
    here = f"/v1/gezinnen/{town.family['id']}"
    moved = await team.done(f"{here}/verhuizingen", {"wijk": south, "van": "2026-12-01"})
    # The move is known ahead and counts from its day on.
    assert (moved["wijk"], moved["woonwijken"][1]) == (
        town.wijk,
        {"wijk": south, "van": "2026-12-01"},
    )
    budget = f"/v1/gezinsbudgetten/{town.budget['id']}"
    assert (await team.seen(budget))["wijk"] == town.wijk
    moved = await team.done(f"{here}/verhuizingen", {"wijk": south, "van": "2027-01-01"})
    assert await refused(team, f"{here}/verhuizingen", {"wijk": "WK999999"}) == (
        422,
        "wijk-onbekend",
    )


async def test_the_big_five_open_the_way_to_closing(
    person: Callable[..., Person], gemeente: str
) -> None:
    town, team, holder = await begin(person, gemeente)
    here = f"/v1/gezinnen/{town.family['id']}"
    budget = f"/v1/gezinsbudgetten/{town.budget['id']}"
    grown = await team.done(f"{here}/leden", {"geboortedatum": "2009-05-15", "van": "2026-02-01"})
    parent, youngster = (each["persoon"] for each in grown["leden"])
    assert await team.seen(f"{here}/grote-vijf") == {
        "resultaten": [{"persoon": youngster, "onderdelen": [], "geregeld": False}]
    }
    assert await refused(team, f"{budget}/sluitingen", {}) == (409, "grote-vijf-niet-geregeld")
    proposed = await team.done(f"{budget}/sluitingen", {"reden": "verhuisd"})
    assert (proposed["stand"], proposed["voorstel"]) == ("open", 2)
    assert await refused(team, f"{budget}/akkoorden", {"voorstel": 2}) == (403, "eigen-voorstel")
    parts = [
        {"onderdeel": part, "stand": "geregeld"}
        for part in ("steun", "wonen", "school-en-werk", "welzijn")
    ]
    path = f"{here}/grote-vijf"
    assert await refused(team, path, {"persoon": parent, "onderdelen": parts}) == (
        422,
        "geen-jongere",
    )
    unreasoned = [{"onderdeel": "inkomen", "stand": "niet-van-toepassing"}]
    assert await refused(team, path, {"persoon": youngster, "onderdelen": unreasoned}) == (
        422,
        "reden-ontbreekt",
    )
    nonsense = [{"onderdeel": "vakantie", "stand": "geregeld"}]
    assert await refused(team, path, {"persoon": youngster, "onderdelen": nonsense}) == (
        400,
        "invoer-ongeldig",
    )
    reasoned = [{**unreasoned[0], "reden": "zit op school"}]
    (five,) = (await team.done(path, {"persoon": youngster, "onderdelen": parts + reasoned}))[
        "resultaten"
    ]
    assert (five["geregeld"], len(five["onderdelen"])) == (True, 5)
    closed = await team.done(f"{budget}/sluitingen", {})
    assert (closed["stand"], closed["ruimte"]) == ("gesloten", euro("0.00"))
    assert await refused(team, f"{budget}/aanvullingen", {"bedrag": euro("1.00")}) == (
        409,
        "gezinsbudget-niet-open",
    )
    assert await refused(holder, f"{budget}/akkoorden", {"voorstel": 2}) == (409, "geen-voorstel")
    assert await refused(team, f"{budget}/heropeningen", {}) == (400, "invoer-ongeldig")
    reopened = await team.done(f"{budget}/heropeningen", {"reden": "terug"})
    assert [each["soort"] for each in reopened["stappen"]] == [
        *("opening", "sluitingsvoorstel", "sluiting", "heropening")
    ]
    assert await refused(team, f"{budget}/heropeningen", {"reden": "x"}) == (
        409,
        "gezinsbudget-niet-gesloten",
    )
    assert (await person("financieel").get(path)).status_code == 403


async def test_an_amount_outside_the_band_takes_two(
    person: Callable[..., Person], gemeente: str
) -> None:
    town, team, holder = await begin(person, gemeente)
    order = {"gezin": town.family["id"], "jaar": 2027, "bedrag": euro("25000.00"), "reden": "veel"}
    proposed = await team.done("/v1/gezinsbudgetten", order)
    assert (proposed["stand"], proposed["voorstel"], proposed["vastBedrag"]) == (
        "voorgesteld",
        1,
        euro("0.00"),
    )
    budget = f"/v1/gezinsbudgetten/{proposed['id']}"
    opened = await holder.post(f"{budget}/akkoorden", {"voorstel": 1}, key="akkoord")
    assert opened.json()["stand"] == "open"
    assert [each["code"] for each in opened.json()["signalen"]] == [
        "boven-bandbreedte",
        "minder-gevuld",
    ]
    more = await team.done(f"{budget}/aanvullingen", {"bedrag": euro("10.00"), "reden": "fiets"})
    assert more["vastBedrag"] == euro("25010.00")
    # The answer is the one of its own moment.
    again = await holder.post(f"{budget}/akkoorden", {"voorstel": 1}, key="akkoord")
    assert again.json() == opened.json()


async def test_a_family_splits_and_merges_again(
    person: Callable[..., Person], gemeente: str
) -> None:
    town, team, _ = await begin(person, gemeente)
    here = f"/v1/gezinnen/{town.family['id']}"
    grown = await team.done(f"{here}/leden", {"geboortedatum": "2009-05-15", "van": "2026-02-01"})
    youngster = grown["leden"][1]["persoon"]
    order = {"personen": [youngster], "van": "2026-08-01"}
    assert await refused(team, f"{here}/splitsingen", {**order, "team": "zuid"}) == (
        403,
        "team-niet-van-u",
    )
    by_hand = [{"middel": "JW-2026", "bedrag": euro("99999.00")}]
    assert await refused(team, f"{here}/splitsingen", {**order, "middelen": by_hand}) == (
        409,
        "te-weinig-ruimte",
    )
    new = await team.done(f"{here}/splitsingen", order)
    assert [each["persoon"] for each in new["leden"]] == [youngster]
    rooms = {
        each["gezin"]: each["ruimte"]
        for each in (await team.seen("/v1/gezinsbudgetten"))["resultaten"]
    }
    assert rooms == {town.family["id"]: euro("4500.00"), new["id"]: euro("4500.00")}
    assert await refused(team, f"{here}/splitsingen", order) == (422, "geen-lid-van-gezin")
    south = person("wijkteam", teams=("zuid",))
    back = {"gezin": new["id"]}
    assert await refused(south, f"{here}/samenvoegingen", back) == (404, "gezin-onbekend")
    merged = await team.done(f"{here}/samenvoegingen", back)
    assert len(merged["leden"]) == 3
    assert (await team.seen(f"/v1/gezinsbudgetten/{town.budget['id']}"))["ruimte"] == euro(
        "9000.00"
    )
    assert await refused(team, f"{here}/samenvoegingen", {"gezin": town.family["id"]}) == (
        422,
        "zelfde-gezin",
    )


async def test_a_band_changes_from_a_day_on(person: Callable[..., Person], gemeente: str) -> None:
    await begin(person, gemeente)
    finance = person("beheerder")
    kind = {
        "code": "standaard",
        "naam": "Standaard",
        "minimum": euro("1000.00"),
        "norm": euro("9500.00"),
        "maximum": euro("20000.00"),
    }
    assert await refused(finance, "/v1/gezinstypen", {"gezinstypen": [kind]}) == (
        409,
        "gezinstype-staat-vast",
    )
    await finance.done("/v1/gezinstypen", {"van": "2027-01-01", "gezinstypen": [kind]})
    norms = [
        (await finance.seen("/v1/gezinstypen", peilDatum=day))["resultaten"][0]["norm"]
        for day in ("2026-12-31", "2027-01-01")
    ]
    assert norms == [euro("9000.00"), euro("9500.00")]


@pytest.mark.parametrize(
    "what",
    [
        *("gezinnen/{}/leden", "gezinnen/{}/uittredingen", "gezinnen/{}/regisseurs"),
        *("gezinnen/{}/verhuizingen", "gezinnen/{}/grote-vijf", "gezinnen/{}/splitsingen"),
        *("gezinnen/{}/samenvoegingen", "gezinsbudgetten/{}/aanvullingen"),
        *("gezinsbudgetten/{}/akkoorden", "gezinsbudgetten/{}/sluitingen"),
        "gezinsbudgetten/{}/heropeningen",
    ],
)
async def test_a_team_changes_nothing_of_another_team(
    person: Callable[..., Person], gemeente: str, what: str
) -> None:
    town, _, _ = await begin(person, gemeente)
    south = person("wijkteam", teams=("zuid",))
    whose = town.family if what.startswith("gezinnen") else town.budget
    bodies: dict[str, dict[str, Any]] = {
        "leden": {"geboortedatum": "2009-05-15"},
        "uittredingen": {"persoon": str(_NOBODY)},
        "regisseurs": {"naam": "x"},
        "verhuizingen": {"wijk": town.wijk},
        "grote-vijf": {
            "persoon": str(_NOBODY),
            "onderdelen": [{"onderdeel": "wonen", "stand": "geregeld"}],
        },
        "splitsingen": {"personen": [str(_NOBODY)]},
        "samenvoegingen": {"gezin": str(_NOBODY)},
        "aanvullingen": {"bedrag": euro("1.00")},
        "akkoorden": {"voorstel": 1},
        "sluitingen": {"reden": "x"},
        "heropeningen": {"reden": "x"},
    }
    body = bodies[what.rpartition("/")[2]]
    status, code = await refused(south, f"/v1/{what.format(whose['id'])}", body)
    assert (status, code.endswith("onbekend")) == (404, True)


async def test_families_and_budgets_come_in_pages_of_ones_own_team(
    person: Callable[..., Person], gemeente: str
) -> None:
    town, team, holder = await begin(person, gemeente)
    order = {
        "wijk": town.wijk,
        "gezinstype": "standaard",
        "leden": [{"geboortedatum": "1982-03-03"}],
    }
    for name, day in (("zuid", "2026-01-01"), ("zuid", "2026-02-01"), ("noord", "2026-01-15")):
        family = await holder.done("/v1/gezinnen", {**order, "team": name, "van": day})
        await holder.done("/v1/gezinsbudgetten", {"gezin": family["id"], "jaar": 2027})
    first = (await holder.seen("/v1/gezinnen"))["resultaten"]
    away = next(each["id"] for each in first if each["geopendOp"] == "2026-02-01")
    await holder.done(f"/v1/gezinnen/{away}/regisseurs", {"naam": "m.jansen", "team": "noord"})
    for path in ("/v1/gezinnen", "/v1/gezinsbudgetten"):
        for who, number in ((team, 3), (person("wijkteam", teams=("zuid",)), 1), (holder, 4)):
            whole = (await who.seen(path))["resultaten"]
            assert len(whole) == number
            pages, query = [], {"limit": "1"}
            while query:
                answer = await who.get(path, **query)
                (one,) = answer.json()["resultaten"]
                pages.append(one)
                following = answer.headers.get("link", "").partition(">")[0]
                query = dict(parse_qsl(following.partition("?")[2]))
            assert pages == whole
