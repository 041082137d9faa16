"""A page and its document say the same; the document is tagged."""

import io
import re
from typing import Any

import pypdf
import pytest

from api.web.pages import amount
from api.web.pdf import document_of, pdf_of
from tests.api.http.test_payers import finance, item
from tests.api.web.conftest import Browser

__all__ = ["finance", "item"]

AMOUNT = re.compile(r"€\s-?[\d.]+(?:,\d\d)?")
PAGE = """
<html><head><title>x</title></head><body><nav>weg</nav><main>
  <h1>De titel</h1>
  <p class="niet-afdrukken">weg</p>
  <p>Een zin met <strong>€\N{NO-BREAK SPACE}1.250,00</strong> en &lt;b&gt;.</p>
  <form><p>weg</p></form>
  <h2>Een deel</h2>
  <dl><div><dt>Over</dt><dd>€\N{NO-BREAK SPACE}3</dd></div></dl>
  <div><table><caption>Een tabel</caption>
    <thead><tr><th>Wie</th><th class="bedrag">Bedrag</th><th><span class="verborgen">Uitleg</span>
      </th></tr></thead>
    <tbody><tr><th>A #let</th><td>€\N{NO-BREAK SPACE}7 <svg><text>weg</text></svg></td>
      <td><a>weg</a></td></tr></tbody>
    <tfoot><tr><th colspan="2">Samen</th><td></td></tr></tfoot>
  </table></div>
</main></body></html>
"""


def tagged(reader: pypdf.PdfReader, kind: str) -> list[Any]:
    """Give every element of a kind in the tree of tags."""
    waiting: list[Any] = [reader.trailer["/Root"]["/StructTreeRoot"]]  # type: ignore[index]  # A dictionary.
    found = []
    while waiting:
        each = waiting.pop().get_object()
        if isinstance(each, list):
            waiting += each
        elif isinstance(each, dict):
            found += [each] if each.get("/S") == kind else []
            waiting += [each["/K"]] if "/K" in each else []
    return found


def words(content: bytes) -> str:
    """Give all text of a PDF."""
    return "\n".join(each.extract_text() for each in pypdf.PdfReader(io.BytesIO(content)).pages)


def amounts(text: str) -> set[str]:
    """Give the amounts in a text, however they are spaced."""
    return {re.sub(r"\s", " ", found) for found in AMOUNT.findall(text)}


def test_a_document_holds_what_is_on_the_page_and_nothing_else() -> None:
    found = document_of(PAGE, footer="GM0001")
    assert found.title == "De titel"
    assert [(each.kind, each.text) for each in found.blocks] == [
        ("sentence", "Een zin met €\N{NO-BREAK SPACE}1.250,00 en <b>."),
        ("heading", "Een deel"),
        ("item", "Over: €\N{NO-BREAK SPACE}3"),
        ("table", "Een tabel"),
    ]
    table = found.blocks[-1]
    assert [(each.name, each.is_amount) for each in table.columns] == [
        ("Wie", False),
        ("Bedrag", True),
    ]
    assert table.rows == (("A #let", "€\N{NO-BREAK SPACE}7"), ("Samen", ""))


def test_a_document_is_tagged_titled_and_the_same_each_time() -> None:
    document = document_of(PAGE, footer="GM0001")
    content = pdf_of(document)
    assert content == pdf_of(document)
    root: Any = pypdf.PdfReader(io.BytesIO(content)).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "nl-NL"
    assert "/StructTreeRoot" in root
    assert b"pdfuaid:part" in root["/Metadata"].get_data(), "it says that it is PDF/UA"
    assert "weg" not in words(content)
    assert amounts(words(content)) == {"€ 1.250,00", "€ 3", "€ 7"}


@pytest.mark.postgres
def test_a_figure_is_drawn_and_told_in_words() -> None:
    drawn = """<html><body><main><h1>Titel</h1><figure><div><svg viewBox="0 0 90 40" role="img">
      <title>Wie voor wie</title><desc>Links wie betaalde.</desc>
      <path class="stroom stroom-0" d="M0 0H40V9H0Z"><title>Jeugd → Wmo: € 7</title></path>
      <rect class="staaf" x="60" y="0" width="9" height="9"/><text x="1" y="30">Jeugd</text>
      </svg></div><figcaption>Een plaat.</figcaption></figure></main></body></html>"""
    found = document_of(drawn, footer="GM0001")
    (figure,) = found.blocks
    assert (figure.kind, figure.text) == ("figure", "Een plaat.")
    assert figure.description == "Wie voor wie. Links wie betaalde. Jeugd → Wmo: € 7"
    assert 'viewBox="0 0 90 40"' in figure.picture
    assert ".stroom-0 { fill: #154273; }" in figure.picture, "in the colours of the page"
    reader = pypdf.PdfReader(io.BytesIO(pdf_of(found)))
    told = [each.get("/Alt") for each in tagged(reader, "/Figure")]
    assert told == [figure.description]


async def test_the_alderman_takes_the_same_figures_home(
    browser: Browser, gemeente: str, item: dict[str, Any]
) -> None:
    await browser.sign_in("wethouder", gemeente)
    page = (await browser.get("/wethouder")).text
    answer = await browser.get("/wethouder/pdf")
    assert answer.headers["content-type"] == "application/pdf"
    shown = re.sub(r"<form.*?</form>|<svg.*?</svg>", "", page, flags=re.DOTALL)
    assert amounts(words(answer.content)) == amounts(shown)


@pytest.mark.postgres
async def test_a_family_gets_a_statement_without_who_pays(
    browser: Browser, gemeente: str, item: dict[str, Any]
) -> None:
    await browser.sign_in("budgethouder", gemeente)
    path = f"/wijkteam/gezinnen/{item['gezin']}/overzicht"
    page = (await browser.get(path)).text
    assert amount(90_000) in page
    assert "toegekend" in page
    assert "WMO" not in page.partition("<main")[2]
    answer = await browser.get(f"{path}/pdf?jaar=2026")
    assert amounts(words(answer.content)) == amounts(page.partition("<main")[2])
    await browser.sign_in("privacy", gemeente)
    assert "Hulp aan een gezin toekennen en volgen" in (await browser.get(path)).text


@pytest.mark.postgres
async def test_a_family_of_another_team_has_no_statement(
    browser: Browser, gemeente: str, item: dict[str, Any]
) -> None:
    await browser.sign_in("wijkteamlid", f"{gemeente} wijkteam zuid")
    path = f"/wijkteam/gezinnen/{item['gezin']}/overzicht"
    assert (await browser.get(path)).status_code == 404
    assert (await browser.get(f"{path}/pdf")).status_code == 404


@pytest.mark.postgres
async def test_what_if_says_nothing_of_what_was_not_measured(
    browser: Browser, gemeente: str, item: dict[str, Any]
) -> None:
    await browser.sign_in("wethouder", gemeente)
    answer = await browser.get("/wethouder/wat-als?domein=wmo&bedrag=100.000")
    assert answer.status_code == 200, answer.text
    assert 'class="leeg"' in answer.text
    faulty = await browser.get("/wethouder/wat-als?domein=wmo&bedrag=12.50")
    assert 'id="bedrag-fout"' in faulty.text
