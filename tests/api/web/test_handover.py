"""Handing a family over on a page: a typing error in the name of a team does not lose it."""

from collections.abc import Callable

import pytest

from tests.api.http.conftest import Person
from tests.api.http.town import make_town
from tests.api.web.conftest import Browser

pytestmark = pytest.mark.postgres


async def test_a_family_goes_to_a_team_without_families_only_after_it_was_said(
    browser: Browser, gemeente: str, person: Callable[..., Person]
) -> None:
    lead = person("budgethouder")
    town = await make_town(person("financieel"), lead, gemeente)
    await browser.sign_in("wijkteamlid", f"{gemeente} noord")
    family = f"/gezinnen/{town.family['id']}"
    path = f"/wijkteam{family}/overdracht"
    beyond = (await browser.get("/wijkteam?pagina=99")).text
    assert f'href="/wijkteam{family}"' in beyond, "beyond the last page stands the last"
    assert '<option value="noord" selected>' in (await browser.get(path)).text
    for faulty in ({"team": "nord"}, {"team": ""}, {"team": "noord", "nieuw-team": "nord"}):
        answer = await browser.fill_in(path, naam="Wim", **faulty)
        assert 'value="bevestigen"' not in answer.text, faulty
        assert "-fout" in answer.text, faulty
    known = await browser.fill_in(path, naam="Wim", team="noord")
    assert "Nog geen gezin heeft dit team" not in known.text
    new = await browser.fill_in(path, **{"naam": "Wim", "nieuw-team": "zuid"})
    assert "Nog geen gezin heeft dit team" in new.text
    assert (await lead.seen(f"/v1{family}"))["team"] == "noord"
    assert (await browser.confirm(new)).headers["location"] == "/wijkteam"
    assert (await lead.seen(f"/v1{family}"))["team"] == "zuid"
