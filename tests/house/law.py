"""Writes ``docs/law.md``: each rule with its article, and the tests that show what it does.

``python -m tests.house.law --schrijf`` writes the file; without the option it is printed.
"""

import re
import sys
from datetime import timedelta
from typing import Final

from domains.eligibility.catalogue import RULE_BASE
from domains.eligibility.model import Rule
from tests.house.sources import ROOT, files, name_of

FILE: Final = ROOT / "docs" / "law.md"

_HEAD: Final = """\
# Law

Which rule rests on which article, and where it is tested. The rules are data:
[rechtsregels.csv](../domains/data/rechtsregels.csv), with conditions, ages and an explanation in
Dutch; what they come to is decided in [rules.py](../domains/eligibility/rules.py). How outcomes and
hardness read: [glossary](glossary.md). Where the texts come from, and of which year they are:
[SOURCES.md](../domains/data/SOURCES.md). Made by `python -m tests.house.law --schrijf`.

| rule | source | outcome | hardness | article | days | tests |
|---|---|---|---|---|---|---|
"""


def tests_of(rule_id: str) -> tuple[str, ...]:
    """Give the test files that name a rule."""
    form = re.compile(rf"\b{rule_id}\b")
    return tuple(
        name_of(path)
        for path in files(".py", under=("tests/domains/eligibility",))
        if form.search(path.read_text(encoding="utf-8"))
    )


def text() -> str:
    """Write the whole document."""
    return _HEAD + "".join(f"{_row(rule)}\n" for rule in RULE_BASE.rules)


def _row(rule: Rule) -> str:
    sources = (" > " if rule.sources_in_order else ", ").join(rule.sources)
    last = "" if rule.valid_until is None else f"{rule.valid_until - timedelta(days=1)}"
    tests = ", ".join(
        f"[{name.rsplit('/', 1)[1].removesuffix('.py')}](../{name})"
        for name in tests_of(rule.rule_id)
    )
    cells = (
        rule.rule_id,
        sources,
        rule.outcome.value,
        rule.hardness.value,
        rule.legal_basis,
        f"{rule.valid_from} – {last}".strip(),
        tests,
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    if "--schrijf" in sys.argv[1:]:
        FILE.write_text(text(), encoding="utf-8")
    else:
        sys.stdout.write(text())
