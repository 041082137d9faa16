"""Brings the catalogues of the pages' texts up to date: `make teksten` runs it.

Templates and code hold the Dutch texts; ``ontschot.pot`` lists them, and each ``.po`` holds what
a translator made of them. What is not translated yet is shown in Dutch. `make setup` compiles them.
"""

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

WEB = Path(__file__).resolve().parent.parent / "api" / "web"
TEXTS = WEB / "texts"
TEMPLATE = TEXTS / "ontschot.pot"
LANGUAGES = ("en",)
_FIXED = datetime(2026, 1, 1, tzinfo=UTC)
"""A header wants moments; a real one would change the files without a change of text."""
_METHODS = [("templates/**.html", "jinja2"), ("*.py", "python")]
_OPTIONS = {
    "trimmed": "false",
    "trim_blocks": "true",
    "lstrip_blocks": "true",
    "newstyle_gettext": "true",
}
_KEYWORDS = {**DEFAULT_KEYWORDS, "marked": None}


def extracted() -> Catalog:
    """List the texts of every template, and those that the code of the pages marks."""
    found = _empty(None)
    for name, line, message, comments, context in extract_from_dir(
        WEB, method_map=_METHODS, options_map={"templates/**.html": _OPTIONS}, keywords=_KEYWORDS
    ):
        found.add(message, None, [(name, line)], auto_comments=comments, context=context)
    return found


def written(catalog: Catalog) -> bytes:
    """Write a catalogue without what changes from day to day: line numbers and moments."""
    content = io.BytesIO()
    write_po(content, catalog, width=100, no_location=True, sort_output=True)
    return content.getvalue()


def catalogue(language: str) -> Path:
    """Give the file of a language."""
    return TEXTS / language / "LC_MESSAGES" / "ontschot.po"


def update() -> None:
    """Write the list of texts, and bring each catalogue up to date with it."""
    found = extracted()
    TEMPLATE.parent.mkdir(exist_ok=True)
    TEMPLATE.write_bytes(written(found))
    for language in LANGUAGES:
        known = read(language)
        known.update(found, no_fuzzy_matching=True, update_creation_date=False)
        known.obsolete.clear()
        catalogue(language).parent.mkdir(parents=True, exist_ok=True)
        catalogue(language).write_bytes(written(known))


def read(language: str) -> Catalog:
    """Read the catalogue of a language; empty where nobody began one."""
    file = catalogue(language)
    if not file.is_file():
        return _empty(language)
    with file.open("rb") as content:
        return read_po(content, locale=language)


def _empty(language: str | None) -> Catalog:
    return Catalog(
        locale=language,
        project="Ontschot",
        charset="utf-8",
        header_comment="# Texts of the pages.",
        creation_date=_FIXED,
        revision_date=_FIXED,
        fuzzy=False,
    )


def compile_all() -> None:
    """Write what the program reads."""
    for language in LANGUAGES:
        with catalogue(language).with_suffix(".mo").open("wb") as content:
            write_mo(content, read(language))


if __name__ == "__main__":
    if "--bijwerken" in sys.argv[1:]:
        update()
    compile_all()
