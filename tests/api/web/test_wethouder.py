"""The alderman's pages say what the report says, to the euro, and show nothing that it hides."""

import re
from datetime import date
from fractions import Fraction
from itertools import pairwise

import pytest

from api.web import benefit_words as words
from api.web import wethouder_wat_als
from api.web.pages import euros
from api.web.sankey import sankey_of
from api.web.wethouder_wat_als import expectation
from domains.benefits.report.model import Report
from tests.api.web.conftest import Browser
from tests.domains.benefits.test_report_rules import example, report


def test_a_flow_picture_is_as_broad_as_its_amounts() -> None:
    amounts = {("a", "b"): 300, ("a", "c"): 100, ("d", "b"): 200, ("d", "c"): -50}
    found = sankey_of(amounts, name=str, shown=str)
    assert found is not None
    assert [(each.payer, each.receiver, each.cents) for each in found.flows] == [
        ("a", "b", 300),
        ("a", "c", 100),
        ("d", "b", 200),
    ]
    heights = [bar.height for bar in found.bars]
    assert heights[0] == pytest.approx(2 * heights[1], abs=0.2)
    assert sum(heights[:2]) == pytest.approx(sum(heights[2:]), abs=0.3)


def test_nothing_saved_is_no_picture() -> None:
    assert sankey_of({("a", "b"): -1}, name=str, shown=str) is None


def test_periods_are_whole_quarters_that_follow_each_other() -> None:
    found = words.periods(date(2026, 5, 1))
    assert found[0].from_date is None
    quarters = [each for each in found if "-" in each.code]
    assert [each.code for each in quarters][:3] == ["2026-2", "2026-1", "2025-4"]
    for later, earlier in pairwise(quarters):
        assert earlier.until_date == later.from_date


def test_the_matrix_of_the_page_is_that_of_the_report() -> None:
    found = report(example()[0])
    receivers, squares = words.matrix(found, step=1)
    for line in squares[:-1]:
        assert sum(each.cents or 0 for each in line[:-1]) == line[-1].cents
    assert [each.cents for each in squares[-1]][: len(receivers)] == [
        sum(line[place].cents or 0 for line in squares[:-1]) for place in range(len(receivers))
    ]
    story = words.story_of(found, "schulden", step=1)
    assert story is not None
    assert (story.created_cents, story.received_cents, story.net_cents) == (377_200, 0, 377_200)


def test_what_is_hidden_has_no_amount_in_the_matrix() -> None:
    found = report(example()[0])
    place = next(iter(found.cells))
    hidden = words.matrix(
        type(found)(
            **{name: getattr(found, name) for name in found.__slots__}
            | {"hidden": (place,), "cells": {k: v for k, v in found.cells.items() if k != place}}
        ),
        step=1,
    )[1]
    (square,) = [each for line in hidden for each in line if (each.payer, each.receiver) == place]
    assert square.is_hidden
    assert square.cents is None


@pytest.mark.parametrize(
    ("ratio", "said"), [(0.88, "12% lager"), (1.1, "10% hoger"), (1.001, "gelijk")]
)
def test_a_ratio_in_words(ratio: float, said: str) -> None:
    assert words.change(ratio) == said


def test_estimates_are_shown_in_whole_euros() -> None:
    assert euros(123_450) == "€\N{NO-BREAK SPACE}1.235"
    assert euros(-50_049) == "€\N{NO-BREAK SPACE}-500"


@pytest.mark.postgres
@pytest.mark.parametrize(
    "path", ["/wethouder", "/wethouder?periode=2026-1", "/wethouder/ontwikkeling"]
)
async def test_a_municipality_without_benefits_has_empty_pages(
    browser: Browser, gemeente: str, path: str
) -> None:
    await browser.sign_in("wethouder", gemeente)
    answer = await browser.get(path)
    assert answer.status_code == 200, answer.text
    assert "<h1>" in answer.text
    assert not re.search(r'style="|<script>|onclick', answer.text)


@pytest.mark.postgres
async def test_a_period_or_figure_that_is_not_there_is_not_found(
    browser: Browser, gemeente: str
) -> None:
    await browser.sign_in("wethouder", gemeente)
    for path in ("/wethouder?periode=1850", "/wethouder/cel/jeugd/schulden"):
        assert (await browser.get(path)).status_code == 404


@pytest.mark.postgres
@pytest.mark.parametrize(("form", "begins"), [("csv", b"betaler;"), ("json", b"{")])
async def test_the_report_leaves_as_a_file(
    browser: Browser, gemeente: str, form: str, begins: bytes
) -> None:
    await browser.sign_in("wethouder", gemeente)
    answer = await browser.get("/wethouder/bestand", params={"formaat": form})
    assert answer.status_code == 200
    assert answer.content.startswith(begins)


@pytest.mark.postgres
async def test_the_wijkteam_does_not_read_the_report(browser: Browser, gemeente: str) -> None:
    await browser.sign_in("wijkteamlid", gemeente)
    assert (await browser.get("/wethouder")).status_code == 403


def test_what_more_may_do_follows_from_what_the_report_shows() -> None:
    found = report(example()[0])
    shown = next(each for each in found.domains if each.domain == "schulden")
    spent = (shown.spent_cents or 0) + (shown.observed_cents or 0)
    expected = expectation(found, "schulden", extra_cents=spent, kept=Fraction(1), step=1)
    if not spent:
        assert expected is None
        return
    assert expected is not None
    measured = {
        receiver: cell.figure.known_cents
        for (payer, receiver), cell in found.cells.items()
        if payer == "schulden" != receiver
    }
    assert {each.receiver for each in expected.rows} == measured.keys()
    for each in expected.rows:
        cents = measured[each.receiver]
        assert each.cents == round(cents * (1 - each.optimism if cents > 0 else 1))
        assert each.low_cents <= each.cents <= each.high_cents


def test_nothing_is_expected_of_a_domain_that_the_report_does_not_know() -> None:
    found = report(example()[0])
    assert expectation(found, "geen", extra_cents=1, kept=Fraction(1), step=1) is None


@pytest.mark.postgres
async def test_more_than_was_ever_spent_lies_outside_what_was_measured(
    browser: Browser, gemeente: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = report(example()[0])
    spent = words.story_of(found, "schulden", step=1)
    assert spent is not None
    assert spent.spent_cents is not None

    async def known(*_: object) -> Report:
        return found

    monkeypatch.setattr(wethouder_wat_als, "report_of", known)
    await browser.sign_in("wethouder", gemeente)
    asked = "/wethouder/wat-als?domein=schulden&bedrag={}"
    far = await browser.get(asked.format(spent.spent_cents // 100 * 10))
    near = await browser.get(asked.format(spent.spent_cents // 100 // 10))
    warned = ["buiten wat is gemeten" in each.text for each in (far, near)]
    assert warned == [True, False]
    assert "verwachting en geen meting" in near.text
