"""The catalogues hold every text of the pages, and a translation says what the text says."""

import ast
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages import Catalog
from jinja2 import Environment, nodes

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


@pytest.fixture(scope="module")
def extracted(texts: ModuleType) -> Catalog:
    """Give every text of the pages."""
    found: Catalog = texts.extracted()
    return found


def test_the_list_of_texts_is_that_of_the_pages(texts: ModuleType, extracted: Catalog) -> None:
    assert texts.TEMPLATE.read_bytes() == texts.written(extracted), "run make teksten"


def test_each_catalogue_has_every_text_and_keeps_what_is_filled_in(
    texts: ModuleType, extracted: Catalog
) -> None:
    wanted = {each.id for each in extracted}
    for language in texts.LANGUAGES:
        known = texts.read(language)
        assert {each.id for each in known} == wanted, "run make teksten"
        for each in known:
            asked = each.id if isinstance(each.id, tuple) else (each.id,)
            given = each.string if isinstance(each.string, tuple) else (each.string,)
            for text, translation in zip(asked, given, strict=True):
                if each.id and translation:
                    assert set(PLACE.findall(translation)) == set(PLACE.findall(text)), text


def test_what_is_counted_has_a_plural(extracted: Catalog) -> None:
    lonely = [
        each.id
        for each in extracted
        if isinstance(each.id, str) and ("%(count)s" in each.id or "%(told)s" in each.id)
    ]
    assert lonely == []


SENTENCE = re.compile(r"[a-zé,;:.] [a-zé]|^[A-Z][a-zé]+(…|\.)?$")
"""Words with a space between them, or one with a capital, as people write."""
STATEMENT = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE)\b")
NO_TEXT = {
    "Location",
    "Told",
    "Value",
    "Form",
    "openid profile",
    "d MMMM y 'om' HH:mm",
    "text/css; charset=utf-8",
    'attachment; filename="',
}
"""What is for machines: headers, names of types, a scope, a pattern."""
STORED = {"Waarvoor in ", " een raadsbesluit nodig is", "Wijkbudgetten uit ", "Standaard"}
"""What a page writes into the books is of the municipality, and stays in its language."""
NOT_TRANSLATED = {"development.py"}
"""The sign-in for development, which nobody meets who works with it."""
NAMES = {"PDF", "XLSX", "CSV", "JSON", "SHA-256", "Ontschot", "Nederlands", "English"}
"""What is called the same in every language."""
SAYING = {"gettext", "ngettext", "marked", "_"}
WEB = ROOT / "api" / "web"


def unmarked_in(tree: ast.AST) -> set[str]:
    """Give the texts of a program that look like a sentence and are for no catalogue."""
    silent = {
        id(each)
        for node in ast.walk(tree)
        for each in (
            [node.value]
            if isinstance(node, ast.Expr)
            else node.args
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in SAYING
            else []
        )
    }
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value not in NAMES
        and id(node) not in silent
        and SENTENCE.search(node.value)
        and not STATEMENT.search(node.value)
    }


def test_every_sentence_in_the_code_of_a_page_is_marked() -> None:
    found = {
        (file.name, text)
        for file in WEB.glob("*.py")
        if file.name not in NOT_TRANSLATED
        for text in unmarked_in(ast.parse(file.read_text(encoding="utf-8")))
        if text not in NO_TEXT | STORED
    }
    assert found == set()


def unmarked_of(source: str) -> set[str]:
    """Give the words of a template that stand outside what a catalogue translates."""
    template = Environment(extensions=["jinja2.ext.i18n"], autoescape=True).parse(source)
    said = {
        id(each)
        for call in template.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in SAYING
        for each in call.find_all(nodes.Const)
    }
    values = {
        str(each.value)
        for each in template.find_all(nodes.Const)
        if id(each) not in said and isinstance(each.value, str) and SENTENCE.search(each.value)
    }
    bare = re.sub(r"{% trans\b.*?{% endtrans \+?%}|{[%{#].*?[%}#]}", "", source, flags=re.DOTALL)
    bare = re.sub(r'(class="(?:code|code klein)">)[^<]*', r"\1", bare)  # For machines.
    told = re.findall(r'(?:aria-label|title|alt|placeholder)="([^"]+)"', bare)
    loose = {
        text
        for text in re.split(r"<[^>]*>", bare)
        if re.search(r"[A-Za-zé]{2}", text) and '="' not in text
    }
    return values | {text for each in loose for text in [each.strip(" \n–")]} - NAMES | set(told)


def test_every_word_of_a_template_is_marked() -> None:
    found = {
        (file.name, text)
        for file in (WEB / "templates").rglob("*.html")
        for text in unmarked_of(file.read_text(encoding="utf-8"))
    }
    assert found == set()
