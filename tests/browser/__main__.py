"""Writes docs/schermen: a picture of each page of the demo, on a phone and on a desk.

``make schermen`` runs it. It shows the demo of a folder of its own, or one that runs (``--adres``).
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import httpx
from playwright.sync_api import Page, sync_playwright

FOLDER: Final = Path(__file__).parents[2] / "docs" / "schermen"
WIDTHS: Final = {"telefoon": 375, "bureau": 1200}
PAGES: Final = {
    "teamleider": ("/wijkteam", "/wijkteam/akkoord", "/begin/gezin"),
    "wethouder": ("/wethouder", "/wethouder/ontwikkeling", "/wethouder/wat-als?domein=schulden"),
    "financieel": (
        "/financien",
        "/financien/schuiven",
        "/financien/betalers",
        "/financien/overlopend",
        "/financien/verrekeningen",
        "/financien/verrekeningen/nieuw",
        "/financien/wijzigingen",
        "/financien/wijzigingen/nieuw",
        "/financien/berichten",
        "/financien/journaal",
        "/financien/afsluiten",
        "/financien/afsluiten/dagen",
        "/financien/afsluiten/jaar",
        "/begin",
        "/begin/begroting",
        "/begin/wijken",
        "/begin/wijkgeld",
        "/begin/gezinstype",
        "/begin/gebruikers",
    ),
    "controller": (
        "/controle",
        "/controle/rechtmatigheid",
        "/controle/uitzonderingen",
        "/controle/controlepunten",
        "/controle/auditlog",
    ),
    "privacy": ("/privacy",),
}
_PORT: Final = 8939
_TALLEST: Final = 1800
_PATIENCE_SECONDS: Final = 600
_FAMILY: Final = ".kaart h2 a"
_LINKED: Final = {
    "teamleider": (
        ("wijkteam-gezin", "/wijkteam", [_FAMILY]),
        ("wijkteam-overzicht", "/wijkteam", [_FAMILY, "main a[href$='/overzicht']"]),
        ("wijkteam-hulp-vragen", "/wijkteam", [_FAMILY, "main a.utrecht-button"]),
        ("wijkteam-hulp", "/wijkteam/akkoord", [".kaart a"]),
    ),
    "wethouder": (("wethouder-bedrag", "/wethouder", ["a[href*='/cel/']"]),),
    "financieel": (
        ("financien-boeking", "/financien/journaal", ["tbody a"]),
        ("financien-betaler", "/financien/betalers", ["tbody a"]),
    ),
    "controller": (("controle-aanvraag", "/controle", ["tbody a[href*='/aanvragen/']"]),),
}
"""Pages that links lead to: what their picture is called, where one begins, and what one clicks."""


def main() -> None:
    """Take every picture."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--adres")
    asked = parser.parse_args().adres
    if asked:
        take(asked)
        return
    with demo() as here:
        take(here)


@contextmanager
def demo() -> Iterator[str]:
    """Run the demo in a folder that goes away."""
    here = f"http://127.0.0.1:{_PORT}"
    with TemporaryDirectory(prefix="schermen-", dir="/tmp") as folder:
        Path(folder).chmod(0o711)
        command = [str(Path(sys.executable).parent / "ontschot"), "demo"]
        running = subprocess.Popen(
            [*command, "--map", f"{folder}/demo", "--poort", str(_PORT)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if "ONTSCHOT" not in name},
        )
        try:
            for _ in range(_PATIENCE_SECONDS):
                time.sleep(1)
                if answers(here) or running.poll() is not None:
                    break
            yield here
        finally:
            running.terminate()
            running.wait()


def answers(here: str) -> bool:
    """Tell whether the server is there."""
    try:
        return httpx.get(f"{here}/gezondheid/leeft").is_success
    except httpx.HTTPError:
        return False


def take(here: str) -> None:
    """Visit every page as whoever works with it."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for size, width in WIDTHS.items():
            for persona, paths in PAGES.items():
                page = browser.new_context(
                    viewport={"width": width, "height": 800}, locale="nl-NL"
                ).new_page()
                page.goto(f"{here}/inloggen")
                page.click(f'button[value="{persona}"]')
                page.wait_for_url(lambda url: "aanmelden" not in url and "inloggen" not in url)
                for path in paths:
                    page.goto(f"{here}{path}")
                    keep(page, path.partition("?")[0].strip("/").replace("/", "-"), size)
                for name, path, links in _LINKED.get(persona, ()):
                    page.goto(f"{here}{path}")
                    for link in links:
                        page.locator(link).first.click()
                        page.wait_for_timeout(500)  # A click answers before the page has changed.
                    keep(page, name, size)
        browser.close()


def keep(page: Page, name: str, size: str) -> None:
    """Write one picture; a very long page is shown from its top."""
    page.wait_for_load_state("load")
    height = page.evaluate("document.documentElement.scrollHeight")
    page.screenshot(
        path=FOLDER / f"{name}-{size}.png",
        full_page=True,
        clip={"x": 0, "y": 0, "width": WIDTHS[size], "height": min(height, _TALLEST)},
    )


if __name__ == "__main__":
    main()
