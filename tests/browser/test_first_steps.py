"""A new municipality begins: from nothing to its first family, in the browser alone."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from api.web import begin_bestanden
from domains.readers import registry
from tests.api.http.test_budget_file import fresh_utrecht
from tests.browser.conftest import visitor_with

__all__ = ["fresh_utrecht"]

BUDGET = """programma;taakveld;naam;baten_eur;lasten_eur
P6;6.3;Inkomen;100;200000
P6;6.711;Hulp;0;50000
P1;0.1;Bestuur;0;7000
"""


_OFFERS = """
    addEventListener('DOMContentLoaded', () =>
        document.querySelector('#plaats')?.add(new Option('nieuw', '%s')))
"""
"""Who signs in for development chooses a municipality with books; this one has none yet."""


@pytest.mark.parametrize(
    "checked", [{"Wat buiten blijft"}, pytest.param(None, marks=pytest.mark.bewijs)]
)
async def test_a_municipality_begins(
    fresh_utrecht: str,
    here: str,
    chromium: Browser,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    checked: set[str] | None,
) -> None:
    """Check every page on the way in the long proofs, and otherwise the fullest one."""
    monkeypatch.setattr(begin_bestanden, "municipality_of", vars(registry)["municipality_of"])
    file = tmp_path / "begroting.csv"
    file.write_text(BUDGET, encoding="utf-8")
    visitor = await visitor_with(chromium, here)
    page = visitor.page
    await page.add_init_script(_OFFERS % fresh_utrecht)
    await visitor.sign_in("beheerder", fresh_utrecht)

    async def begun(*, after: str) -> None:
        await page.click("button[value=controleren]")
        await expect(page.locator(".voorbeeld")).to_contain_text(after)
        if checked is None or after in checked:
            await visitor.check()
        await page.click("button[value=bevestigen]")
        await visitor.go("/begin")

    async def follow(title: str) -> None:
        await page.click(f"main a.utrecht-button:has-text('{title}')")

    await visitor.go("/begin")
    await follow("Open het boekjaar")
    await page.fill("#reden", "eerste jaar")
    await page.click("button[value=controleren]")
    await page.click("button[value=bevestigen]")
    await visitor.go("/begin")
    await follow("Lees de begroting in")
    await page.set_input_files("#bestand", file)
    await page.fill("#jaar", "2026")
    await page.select_option("#eenheid", "euro")
    await begun(after="Wat buiten blijft")
    await follow("Maak de wijken bekend")
    await page.select_option("#hoe", "een")
    await begun(after=f"WK{fresh_utrecht[2:]}00")
    await follow("Vul de wijkbudgetten")
    await page.select_option("#middel", "WMO-2026")
    await page.fill("#bedrag", "10.000")
    await begun(after="10.000,00")
    await follow("Leg een gezinstype")
    for name, amount in (("minimum", "1.000"), ("norm", "2.000"), ("maximum", "4.000")):
        await page.fill(f"#{name}", amount)
    await begun(after="2.000,00")
    await follow("Registreer het eerste gezin")
    await page.select_option("#wijk", index=1)
    await page.select_option("#type", "standaard")
    await page.fill("#nieuw-team", "noord")
    await page.fill("#geboren-1", "1985-03-02")
    await begun(after="2 maart 1985")
    await expect(page.locator("main")).to_contain_text("6 van de 7 stappen zijn gedaan")
