"""Every word that leaves the building, and every column of the database, is explained."""

import ast
import importlib
import re

import msgspec
import pytest

from tests.house.sources import ROOT, dotted, files, name_of, nodes_of

GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")

_PLAIN_WORDS = """
bron code description id jaar line_number month name naam number omschrijving reden status totaal
valuta year from_date until_date from until eerste_jaar laatste_jaar sha256 wet aantal actief cursor
file_sha256 tot_en_met day title detail nul accounts entries periods requests
"""
PLAIN = frozenset(_PLAIN_WORDS.split())
"""Fields and columns that need no explanation."""

_UNITS = re.compile(r"_(cents|id|number|at|on|sha256)$")


def plain(word: str) -> str:
    """Write a word without what differs between code, table and wire."""
    return re.sub(r"[^a-z0-9]", "", word.lower())


def explained() -> frozenset[str]:
    """Give every word in the first two columns of the glossary."""
    words = set()
    for line in GLOSSARY.splitlines():
        if line.startswith("|") and not line.startswith("|---"):
            cells = line.strip("|").split("|")
            for cell in cells[: max(1, len(cells) - 1)]:
                without_aside = re.sub(r"\([^)]*\)", "", cell)
                words |= {plain(word) for word in re.split(r"[,:]", without_aside)}
            words |= {plain(word) for word in re.findall(r"`([^`]+)`", cells[-1])}
    return frozenset(words)


WORDS = explained()


def is_known(word: str) -> bool:
    """Tell whether a word is plain or explained, also as a plural or with its unit."""
    base = _UNITS.sub("", word)
    forms = {plain(each) for each in (word, base)}
    for form in tuple(forms):
        for ending in ("en", "n", "s"):
            singular = form.removesuffix(ending)
            forms |= {singular, re.sub(r"(.)\1$", r"\1", singular)}
    return bool(forms & WORDS) or {word, base} & PLAIN != set()


def wire_fields() -> list[str]:
    """Give the name on the wire of every field of the shapes in ``api/http``."""
    found: set[str] = set()
    for path in files(".py", under=("api/http",)):
        module = importlib.import_module(name_of(path).removesuffix(".py").replace("/", "."))
        for value in vars(module).values():
            if not (isinstance(value, type) and issubclass(value, msgspec.Struct)):
                continue
            if value.__module__.startswith(("api.http", "api.problems")):
                found |= set(value.__struct_encode_fields__)
    return sorted(re.sub(r"([A-Z])", lambda cap: f"_{cap[0].lower()}", each) for each in found)


def wire_values() -> list[str]:
    """Give every value of an enumeration of the product; sentences speak for themselves."""
    found: set[str] = set()
    for path in files(".py", under=("ledger", "domains", "api/http")):
        for node in nodes_of(path):
            if isinstance(node, ast.ClassDef) and "StrEnum" in map(dotted, node.bases):
                found |= {
                    str(ast.literal_eval(line.value))
                    for line in node.body
                    if isinstance(line, ast.Assign)
                }
    return sorted(value for value in found if " " not in value)


def entry_kinds() -> list[str]:
    """Give every kind of entry that an operation books."""
    return sorted(
        {
            str(node.value.value)
            for path in files(".py", under=("domains",))
            for node in nodes_of(path)
            if isinstance(node, ast.keyword)
            and node.arg == "kind"
            and isinstance(node.value, ast.Constant)
        }
    )


def columns() -> list[str]:
    """Give every column of the database's tables."""
    found: set[str] = set()
    for path in files(".sql", under=("migrations",)):
        text = path.read_text(encoding="utf-8")
        for table in re.findall(r"CREATE TABLE [\w.]+ \((.*?)\n\)", text, re.DOTALL):
            found |= set(re.findall(r"^    ([a-z_0-9]+) +[a-z]", table, re.MULTILINE))
    return sorted(found)


def tables() -> list[str]:
    """Give every table of the database."""
    return sorted(
        name
        for path in files(".sql", under=("migrations",))
        for name in re.findall(r"CREATE TABLE \w+\.(\w+)", path.read_text(encoding="utf-8"))
    )


@pytest.mark.parametrize("words", [wire_fields, wire_values, entry_kinds, columns, tables])
def test_every_word_is_explained_or_plain(words: object) -> None:
    assert callable(words)
    found = words()
    assert found, "nothing was read"
    assert [word for word in found if not is_known(word)] == [], "see docs/glossary.md"


LAW = "gemeente wijk wijkteam wethouder gezin taakveld beschikking Jeugdwet GGZ Wmo Iv3 BBV SiSa"


@pytest.mark.parametrize("word", LAW.split())
def test_words_of_the_law_are_explained(word: str) -> None:
    assert f"\n| {word} | " in GLOSSARY


def test_each_meaning_is_one_line() -> None:
    for line in GLOSSARY.splitlines():
        if line.startswith("| ") and "|---" not in line:
            assert line.count("|") in {3, 4}, line
            assert line.rstrip("| ").rsplit("|", 1)[1].strip(), line
