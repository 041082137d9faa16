"""What people type in a form is an amount or a day, or it is told at its field; never a fault."""

from datetime import date

import pytest

from api.web.forms import Form
from tests.api.web.conftest import Browser


@pytest.mark.parametrize(
    ("text", "cents"),
    [("1.250,00", 125_000), ("€ 12", 1_200), ("-1250,50", -125_050), ("1.000.000", 100_000_000)],
)
def test_an_amount_is_read_as_people_write_it(text: str, cents: int) -> None:
    form = Form.of(bedrag=text)
    assert (form.change_cents("bedrag"), form.errors) == (cents, {})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        *((each, "komma") for each in ("sNaN", "1e999999", "1e9", "1_000", "١٢", "1.25", "12,5")),
        ("0", "boven nul"),
        ("99.999.999.999.999,99", "ten hoogste € 10.000.000.000.000,00"),
        ("9" * 5000, "onder 500"),
    ],
)
def test_another_amount_is_refused_at_its_field(text: str, told: str) -> None:
    form = Form.of(bedrag=text)
    assert form.cents("bedrag") == 0
    assert told in form.errors["bedrag"]


@pytest.mark.parametrize("text", ["9999-12-31", "31-12-9999", "1899-12-31", "2200-01-01"])
def test_days_that_no_administration_knows_are_refused(text: str) -> None:
    form = Form.of(van="2026-01-01", tot=text)
    assert form.days("van", "tot")[0] == date(2026, 1, 1)
    assert "van 1900 tot en met 2199" in form.errors["tot"]


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("persona", "path"),
    [
        ("wijkteamlid", f"/wijkteam?pagina={'9' * 5000}"),
        ("financieel", "/financien/journaal?zoek=%00&middel=%00"),
        ("financieel", f"/financien/wijzigingen/nieuw?jaar=2026&aantal={'9' * 5000}"),
    ],
)
async def test_nonsense_in_an_address_is_no_fault(
    browser: Browser, gemeente: str, persona: str, path: str
) -> None:
    await browser.sign_in(persona, gemeente)
    assert (await browser.get(path)).status_code == 200


async def test_the_methods_of_a_page_are_told_to_whoever_asks(browser: Browser) -> None:
    own = str(browser.base_url).rstrip("/")
    answer = await browser.options("/wijkteam", headers={"Origin": own})
    assert (answer.status_code, "GET" in answer.headers["allow"]) == (204, True)
