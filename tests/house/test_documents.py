"""The documents: made from the code where that can be, complete, and with links that work."""

import re
from itertools import groupby
from pathlib import Path
from types import ModuleType

import pytest

from domains.eligibility.catalogue import RULE_BASE
from ledger.refusals import Refusal
from tests.house import commands, law, refusals
from tests.house.sources import ROOT, files, name_of

REFUSALS = refusals.all_refusals()
MARKDOWN = tuple(files(".md"))


@pytest.mark.parametrize("document", [commands, law, refusals], ids=lambda each: each.FILE.name)
def test_a_document_is_as_the_code_says(document: ModuleType) -> None:
    assert document.FILE.read_text(encoding="utf-8") == document.text(), (
        "run: python -m tests.house"
    )


def test_every_code_belongs_to_one_refusal() -> None:
    by_code = groupby(sorted(REFUSALS, key=lambda each: each.code), key=lambda each: each.code)
    twice = {
        code: names for code, group in by_code if len(names := [c.__name__ for c in group]) > 1
    }
    assert twice == {}


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda each: each.code)
def test_a_refusal_says_what_where_and_what_to_do(refusal: type[Refusal]) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", refusal.code), refusal.code
    assert refusal.__doc__, refusal.__name__
    message = refusals.example(refusal).message()
    assert "None" not in message
    assert "{" not in message
    assert message == message.strip()


def test_a_refusal_stands_in_the_package_that_may_know_it() -> None:
    for refusal in REFUSALS:
        assert not refusal.__module__.endswith(("tables", "queries")), refusal


@pytest.mark.parametrize("rule_id", sorted({rule.rule_id for rule in RULE_BASE.rules}))
def test_a_rule_of_law_has_an_article_and_a_test(rule_id: str) -> None:
    assert all(rule.legal_basis for rule in RULE_BASE.rules if rule.rule_id == rule_id)
    assert law.tests_of(rule_id), f"no test under tests/domains/eligibility names {rule_id}"


def headings_of(path: Path) -> set[str]:
    """Give the anchors of a Markdown file."""
    found = re.findall(r"^#+ +(.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in found}


@pytest.mark.parametrize("path", MARKDOWN, ids=name_of)
def test_links_lead_somewhere(path: Path) -> None:
    text = re.sub(r"```.*?```|`[^`]*`", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        aim = (path.parent / file).resolve() if file else path
        assert aim.exists(), target
        if anchor:
            assert anchor in headings_of(aim), target


@pytest.mark.parametrize("path", MARKDOWN, ids=name_of)
def test_files_named_in_documents_are_there(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for name in re.findall(r"`((?:api|domains|ledger|migrations|tests|docs)/[\w./-]+)`", text):
        assert (ROOT / name).exists(), name


def test_decisions_are_numbered_short_and_whole() -> None:
    found = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [path.name[:2] for path in found] == [f"{n:02}" for n in range(1, len(found) + 1)]
    for path in found:
        text = path.read_text(encoding="utf-8")
        for heading in ("**Context.**", "**Decision.**", "**Consequence.**"):
            assert heading in text, name_of(path)
        assert len(text.splitlines()) <= 20, name_of(path)
