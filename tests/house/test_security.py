"""What the security documents say that a test proves, a test proves."""

import re

from tests.house.sources import ROOT, files


def test_every_test_that_the_list_of_requirements_names_is_there() -> None:
    text = (ROOT / "docs" / "beveiliging" / "asvs.md").read_text(encoding="utf-8")
    tests = "\n".join(path.read_text(encoding="utf-8") for path in files(".py", under=("tests",)))
    names = re.findall(r"::(test_\w+)", text)
    assert names
    assert [name for name in names if f"def {name}(" not in tests] == []
    for path in re.findall(r"`((?:tests/|web/|http/)?\w*[\w/]*test_\w+\.py)", text):
        assert (ROOT / path).is_file() or (ROOT / "tests" / "api" / path).is_file(), path
