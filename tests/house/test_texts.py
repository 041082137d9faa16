"""The catalogues hold every text of the pages, and a translation says what the text says."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
PLACE = re.compile(r"%\(\w+\)s")


@pytest.fixture(scope="module")
def texts() -> ModuleType:
    """Give the script that makes the catalogues."""
    spec = importlib.util.spec_from_file_location("texts", ROOT / ".ci" / "texts.py")
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def test_the_list_of_texts_is_that_of_the_templates(texts: ModuleType) -> None:
    assert texts.TEMPLATE.read_bytes() == texts.written(texts.extracted()), "run make teksten"


def test_each_catalogue_has_every_text_and_keeps_what_is_filled_in(texts: ModuleType) -> None:
    wanted = {each.id for each in texts.extracted()}
    for language in texts.LANGUAGES:
        known = texts.read(language)
        assert {each.id for each in known} == wanted, "run make teksten"
        for each in known:
            asked = each.id if isinstance(each.id, tuple) else (each.id,)
            given = each.string if isinstance(each.string, tuple) else (each.string,)
            for text, translation in zip(asked, given, strict=True):
                if each.id and translation:
                    assert set(PLACE.findall(translation)) == set(PLACE.findall(text)), text


def test_what_is_counted_has_a_plural(texts: ModuleType) -> None:
    lonely = [
        each.id
        for each in texts.extracted()
        if isinstance(each.id, str) and ("%(count)s" in each.id or "%(told)s" in each.id)
    ]
    assert lonely == []
