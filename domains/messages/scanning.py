"""Looking a file over before a tree is made of it.

What makes trees keeps every name that it ever saw, and with an XSD it takes a file that was cut off
for whole. This keeps nothing: it goes through the file block by block, and refuses a file that ends
early and whatever no message has - a document type, attributes, names from elsewhere, endless tags.
"""

import hashlib
from collections.abc import Collection
from typing import BinaryIO, Final
from xml.parsers import expat

from domains.messages.refusals import DoctypeForbidden, MessageInvalid, MessageUnreadable
from domains.messages.shapes import Shape

BLOCK: Final = 64 * 1024
"""How much is read at a time, and longer than any tag of a message."""
_DEEPEST: Final = 32
_MOST_NAMES: Final = 16
"""How many prefixes and processing instructions a file may bring; a message has two prefixes."""
_LONGEST_NAME: Final = 80
_AT_ROOT: Final = frozenset(
    f"http://www.w3.org/2001/XMLSchema-instance}}{name}"
    for name in ("schemaLocation", "noNamespaceSchemaLocation")
)
_CUT_OFF: Final = frozenset(
    expat.errors.codes[each]
    for each in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
)


class _RootFoundError(Exception):
    """Nothing after the root needs to be looked at."""


def root_of(file: BinaryIO, *, file_name: str) -> tuple[str, str]:
    """Give the namespace and the name of the root, which is as far as the file is looked at.

    :raises Refusal: there is none, or something that may not be above it.
    """
    scan = _Scan(file, file_name=file_name, names=None)
    try:
        scan.run()
    except _RootFoundError:
        namespace, _, name = scan.root.rpartition("}")
        return namespace, name
    raise AssertionError


def look_over(file: BinaryIO, *, file_name: str, shape: Shape) -> str:
    """Go through a whole file and give its SHA-256.

    :raises Refusal: the first thing that no message of this shape has.
    """
    return _Scan(file, file_name=file_name, names=_names(shape)).run()


def _names(shape: Shape) -> frozenset[str]:
    """Give the full name of every element, as this parser writes them."""
    return frozenset({shape.tag[1:]}).union(*map(_names, shape.shapes))


class _Scan:
    def __init__(self, file: BinaryIO, *, file_name: str, names: Collection[str] | None) -> None:
        self.root = ""
        self._file, self._file_name, self._names = file, file_name, names
        self._depth = 0
        self._brought: set[str] = set()
        self._parser = parser = expat.ParserCreate("utf-8", "}")
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartNamespaceDeclHandler = self._bring
        parser.ProcessingInstructionHandler = self._bring
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end

    def run(self) -> str:
        digest = hashlib.sha256()
        parser = self._parser
        self._file.seek(0)
        fed = reached = 0
        try:
            while block := self._file.read(BLOCK):
                digest.update(block)
                fed += len(block)
                parser.Parse(block, False)
                reached = max(reached, parser.CurrentByteIndex)
                if fed - reached > BLOCK:
                    raise self._unreadable(
                        "hier begint een tag die langer is dan een bericht heeft"
                    )
            parser.Parse(b"", True)
        except expat.ExpatError as problem:
            raise self._unreadable(self._why(problem)) from None
        return digest.hexdigest()

    def _why(self, problem: expat.ExpatError) -> str:
        if problem.code in _CUT_OFF:
            return "hier houdt het bestand op voor het bericht compleet is; het is afgebroken"
        self._file.seek(max(self._parser.ErrorByteIndex, 0))
        try:
            self._file.read(4).decode()
        except UnicodeDecodeError as wrong:
            # What comes after the first character may have been cut by us.
            if wrong.start == 0:
                return "hier staat een teken dat geen UTF-8 is; een bericht is UTF-8"
        return "dit is geen leesbare XML; het bestand is beschadigd"

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._names is None:
            self.root = name
            raise _RootFoundError
        if name not in self._names:
            raise self._invalid(name, "dit element hoort hier niet")
        if attributes and (self._depth or not attributes.keys() <= _AT_ROOT):
            raise self._invalid(name, "een element van een bericht heeft geen attributen")
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._invalid(name, "dit element staat dieper dan in een bericht kan")

    def _end(self, _name: str) -> None:
        self._depth -= 1

    def _bring(self, name: str | None, _: str | None) -> None:
        self._brought.add(name or "")
        if len(self._brought) > _MOST_NAMES:
            raise self._unreadable("hier staan meer namen dan een bericht heeft")

    def _doctype(self, *_: object) -> None:
        raise DoctypeForbidden(file_name=self._file_name)

    def _unreadable(self, reason: str) -> MessageUnreadable:
        return MessageUnreadable(
            file_name=self._file_name,
            line=self._parser.CurrentLineNumber,
            column=self._parser.CurrentColumnNumber + 1,
            reason=reason,
        )

    def _invalid(self, name: str, reason: str) -> MessageInvalid:
        return MessageInvalid(
            file_name=self._file_name,
            line=self._parser.CurrentLineNumber,
            element=name.rpartition("}")[2][:_LONGEST_NAME],
            reason=reason,
        )
