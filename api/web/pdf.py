"""A page as tagged PDF (PDF/UA-1, ISO 14289): its headings, sentences and tables, and no more.

It is made from the page itself, so that both say the same. What is not for paper stays away:
menus, forms, and small pictures, whose words stand beside them. A figure is drawn, with what it
shows in words. A document has no time of its making, so the same page gives the same bytes.
"""

import asyncio
import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import lxml.etree
import lxml.html
import msgspec
import typst
from litestar import Response
from litestar.response import Template
from lxml.html import HtmlElement

from api.web.language import DUTCH, gettext
from api.web.visitors import Visit

MEDIA_TYPE: Final = "application/pdf"

_TEMPLATE: Final = Path(__file__).parent / "documents" / "document.typ"
_SKIPPED: Final = frozenset({"nav", "form", "svg", "script", "button", "figcaption"})
_NOT_PRINTED: Final = frozenset({"niet-afdrukken", "verborgen"})
_STYLE: Final = "svg { font-size: 13px } " + " ".join(
    re.findall(
        r"^\.(?:stroom|staaf)[-\d]* {.*",
        (Path(__file__).parent / "assets" / "ontschot.css").read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )
)
"""The colours of a figure are those of the page."""
_HEADINGS: Final = {"h2": 1, "h3": 2, "summary": 2}
_SPACE: Final = re.compile(r"[ \t\r\n]+")
"""Not the no-break space, which holds an amount together."""
_MOST_UPRIGHT: Final = 6
"""So many columns fit on a page that stands upright."""


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column of a table; amounts stand to the right."""

    name: str
    is_amount: bool


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A heading, a sentence, an item of a list, or a table or figure with its caption as text."""

    kind: str
    text: str
    level: int = 0
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    picture: str = ""
    """The figure itself (SVG)."""
    description: str = ""
    """What is to be seen in it, for who does not see it."""


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on the pages; ``footer`` says on each of them what it is, page so many ``of``."""

    title: str
    footer: str
    language: str
    of: str
    is_wide: bool
    blocks: tuple[Block, ...]


async def pdf_answer(request: Visit, page: Template, *, name: str) -> Response[bytes]:
    """Answer with a page as a file."""
    engine = request.app.template_engine
    if engine is None or page.template_name is None:
        raise ValueError(page)
    shown: str = engine.get_template(page.template_name).render(
        **page.create_template_context(request)
    )
    content = await asyncio.to_thread(pdf_of, document_of(shown, footer=request.user.gemeente))
    headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"'}
    return Response(content, media_type=MEDIA_TYPE, headers=headers)


def pdf_of(document: Document) -> bytes:
    """Write a document as tagged PDF."""
    written: bytes = typst.compile(
        _TEMPLATE,
        format="pdf",
        sys_inputs={"data": msgspec.json.encode(document).decode()},
        pdf_standards=["ua-1"],
        ignore_system_fonts=True,  # Its own fonts travel with it, on every machine the same.
    )
    return written


def document_of(page: str, *, footer: str) -> Document:
    """Read a page as a document: what stands in its ``main``."""
    whole = lxml.html.fromstring(page)
    main, language = whole.find(".//main"), whole.get("lang", DUTCH)
    if main is None:
        raise ValueError(page)
    title = main.find(".//h1")
    named = "" if title is None else _text(title)
    blocks = tuple(_blocks(main))
    widest = max((len(each.columns) for each in blocks), default=0)
    return Document(
        title=named,
        footer=f"{named} – {footer}",
        language=language,
        of=gettext("van"),
        is_wide=widest > _MOST_UPRIGHT,
        blocks=blocks,
    )


def _blocks(element: HtmlElement) -> Iterator[Block]:
    """Give what stands in an element, in order."""
    for child in element.iterchildren():
        if not isinstance(child.tag, str) or not _is_printed(child) or child.tag == "h1":
            continue
        if child.tag in _HEADINGS:
            yield Block(kind="heading", text=_text(child), level=_HEADINGS[child.tag])
        elif child.tag == "p":
            yield Block(kind="sentence", text=_text(child))
        elif child.tag == "li":
            yield Block(kind="item", text=_text(child))
        elif child.tag == "dl":
            yield from _pairs(child)
        elif child.tag == "table":
            yield _table(child)
        elif child.tag == "figure":
            yield _figure(child)
        else:
            yield from _blocks(child)


def _pairs(element: HtmlElement) -> Iterator[Block]:
    """Give terms with what is said of each."""
    terms = element.iter("dt")
    for term, said in zip(terms, element.iter("dd"), strict=True):
        yield Block(kind="item", text=f"{_text(term)}: {_text(said)}")


def _table(element: HtmlElement) -> Block:
    """Read a table; a column that has no name to see is for the screen only."""
    heads = element.findall("./thead/tr/th")
    shown = [place for place, head in enumerate(heads) if _text(head)]
    rows = [_cells(row) for row in (*element.findall("./tbody/tr"), *element.findall("./tfoot/tr"))]
    caption = element.find("./caption")
    return Block(
        kind="table",
        text="" if caption is None else _text(caption),
        columns=tuple(
            Column(
                name=_text(heads[place]),
                is_amount="bedrag" in heads[place].get("class", "").split(),
            )
            for place in shown
        ),
        rows=tuple(tuple(row[place] for place in shown) for row in rows),
    )


def _figure(element: HtmlElement) -> Block:
    """Read a drawn figure: its title, explanation and the title of every part are its words."""
    drawn, caption = element.find(".//svg"), element.find("./figcaption")
    if drawn is None or caption is None:
        raise ValueError(element)
    words = [_SPACE.sub(" ", each.text or "").strip() for each in drawn.iter("title", "desc")]
    root = copy.deepcopy(drawn)
    root.tail = None
    root.set("xmlns", "http://www.w3.org/2000/svg")
    root.set("viewBox", root.attrib.pop("viewbox"))  # In HTML the name has no capitals.
    style = root.makeelement("style")
    style.text = _STYLE
    root.insert(0, style)
    return Block(
        kind="figure",
        text=_SPACE.sub(" ", caption.text_content()).strip(),
        picture=lxml.etree.tostring(root, encoding="unicode"),
        description=". ".join(each.rstrip(".") for each in words),
    )


def _cells(row: HtmlElement) -> list[str]:
    found: list[str] = []
    for cell in row.iterchildren("th", "td"):
        found += [_text(cell), *[""] * (int(cell.get("colspan", "1")) - 1)]
    return found


def _text(element: HtmlElement) -> str:
    return _SPACE.sub(" ", "".join(_words(element))).strip()


def _words(element: Any) -> Iterator[str]:
    yield element.text or ""
    for child in element.iterchildren():
        if isinstance(child.tag, str) and _is_printed(child):
            yield " " if child.tag == "br" else ""
            yield from _words(child)
        yield child.tail or ""


def _is_printed(element: HtmlElement) -> bool:
    return element.tag not in _SKIPPED and not _NOT_PRINTED & set(element.get("class", "").split())
