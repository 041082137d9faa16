"""Recording the big five of a youngster on a page: what is left out is told at its field."""

from collections.abc import Callable

import pytest

from tests.api.http.conftest import Person
from tests.api.http.town import make_town
from tests.api.web.conftest import Browser

pytestmark = pytest.mark.postgres


async def test_the_big_five_are_recorded_with_what_they_need(
    browser: Browser, gemeente: str, person: Callable[..., Person]
) -> None:
    lead = person("budgethouder")
    town = await make_town(person("financieel"), lead, gemeente)
    joined = {"geboortedatum": "2009-03-03", "van": "2026-02-01"}
    found = await lead.done(f"/v1/gezinnen/{town.family['id']}/leden", joined)
    (youngster,) = (
        each["persoon"] for each in found["leden"] if each["geboortedatum"] == "2009-03-03"
    )
    await browser.sign_in("budgethouder", gemeente)
    family = f"/wijkteam/gezinnen/{town.family['id']}"
    path = f"{family}/grote-vijf/{youngster}"
    nothing = await browser.fill_in(path)
    assert "er is niets veranderd" in nothing.text
    for faulty, wrong in (
        ({"wonen": "niet-van-toepassing"}, "wonen-reden"),
        ({"wonen-reden": "Woont nog thuis"}, "wonen"),
        ({"wonen": "geregeld", "wonen-reden": "t" * 501}, "wonen-reden"),
    ):
        answer = await browser.fill_in(path, **faulty)
        assert (answer.status_code, f'id="{wrong}-fout"' in answer.text) == (200, True), faulty
    adult = f"{family}/grote-vijf/{town.family['leden'][0]['persoon']}"
    refused = (await browser.fill_in(adult, wonen="geregeld")).text
    assert "Iemand van 44 jaar (geboren 3-3-1982) is geen jongere" in refused
    made = await browser.fill_in(path, wonen="niet-van-toepassing", **{"wonen-reden": "Thuis"})
    assert (made.status_code, made.headers["location"]) == (303, family)
    assert 'value="Thuis"' in (await browser.get(path)).text
