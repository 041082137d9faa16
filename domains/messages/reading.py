"""Reading messages from files that anybody may have made: hardened, in one stream, in flat memory.

No document type, so no entities and no references outside; no network; sizes and depths that the
parser refuses to pass. A file is looked over to its end before a tree is made of any of it. What is
read is held against its shape, and against the XSD where there is one. The first thing that does
not fit is refused with its line.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

from lxml import etree

from domains.messages import model
from domains.messages.contents import DATE
from domains.messages.refusals import (
    EncodingNotUtf8,
    MessageInvalid,
    MessageTooLarge,
    MessageUnreadable,
    NoMessage,
    OtherKindOfMessage,
    TotalDiffers,
)
from domains.messages.scanning import look_over, root_of
from domains.messages.schema import load_schema, schema_file
from domains.messages.shapes import Shape, shape_of
from domains.messages.standard import TYPES, Kind, MessageType
from domains.messages.values import header_of, line_of, message_of, signed

MOST_BYTES: Final = 512 * 1024**2
"""A 323 of a hundred thousand lines is some 80 MB."""
MOST_BYTES_OF_ONE_PERSON: Final = 8 * 1024**2
"""The other messages are about one person."""

_FIRST_DAYS: Final = {Kind.ALLOCATION: "Ingangsdatum", Kind.STOP: "Begindatum"}
"""What the first day of a product is called where its last day must not lie before it."""

_ENCODING: Final = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([^"']*)""")
_MARKS: Final = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
    (b"<\x00", "UTF-16"),
    (b"\x00<", "UTF-16"),
)


def type_of(file: BinaryIO, *, file_name: str) -> MessageType:
    """Say which message a file holds, by its root alone.

    :raises MessageTooLarge: it is larger than any message.
    :raises EncodingNotUtf8: it is written otherwise.
    :raises MessageUnreadable: it is no XML.
    :raises DoctypeForbidden: it has a document type.
    :raises NoMessage: it is something else, or of another version.
    """
    size = file.seek(0, 2)
    file.seek(0)
    if size > MOST_BYTES:
        raise MessageTooLarge(file_name=file_name, limit_bytes=MOST_BYTES)
    _check_encoding(file.read(1024), file_name=file_name)
    namespace, name = root_of(file, file_name=file_name)
    found = TYPES.get(namespace)
    if found is None or name != "Bericht":
        whole = f"{{{namespace}}}{name}" if namespace else name
        raise NoMessage(file_name=file_name, found=whole[:200])
    if found.kind is not Kind.DECLARATION and size > MOST_BYTES_OF_ONE_PERSON:
        raise MessageTooLarge(file_name=file_name, limit_bytes=MOST_BYTES_OF_ONE_PERSON)
    return found


def read_message(file: BinaryIO, *, file_name: str, schemas: Path | None) -> model.Message:
    """Read a message about one person; ``schemas`` is the folder with XSD files, if there is one.

    :raises Refusal: the first thing that does not fit; see :mod:`domains.messages.refusals`.
    """
    message = type_of(file, file_name=file_name)
    if message.kind in {Kind.DECLARATION, Kind.ANSWER}:
        raise OtherKindOfMessage(
            file_name=file_name, found=message.name, wanted="een bericht over één persoon"
        )
    shape = shape_of(message)
    look_over(file, file_name=file_name, shape=shape)
    root = list(_events(file, file_name=file_name))[-1]
    reader = _Reader(file_name)
    told = reader.take(root, shape)
    if message.kind is Kind.ALLOCATION:
        _check_numbers(root, reader)
    _check_days(root, reader, message)
    found = schema_file(schemas, message)
    if found is not None:
        schema = load_schema(found)
        if not schema.validate(root.getroottree()):
            raise _as_schema_says(schema.error_log, file_name=file_name, line=0)
    return message_of(header_of(message, told["Header"]), told)


def check_declaration(
    file: BinaryIO, *, file_name: str, schemas: Path | None
) -> model.CheckedDeclaration:
    """Read a 323 to its end and book nothing: the first pass.

    :raises Refusal: the first thing that does not fit; see :mod:`domains.messages.refusals`.
    """
    stream = _Declaration(file, file_name=file_name, schemas=schemas)
    sha256 = look_over(file, file_name=file_name, shape=shape_of(stream.message))
    count = total = 0
    for line in stream.lines():
        count += 1
        total += line.amount_cents
    if total != stream.head.total_cents:
        raise TotalDiffers(
            file_name=file_name, told_cents=stream.head.total_cents, found_cents=total
        )
    return model.CheckedDeclaration(head=stream.head, lines=count, sha256=sha256)


def declared_lines(file: BinaryIO, *, file_name: str) -> Iterator[model.DeclaredLine]:
    """Give the lines of a 323 that was checked before, one by one."""
    return _Declaration(file, file_name=file_name, schemas=None).lines()


class _Reader:
    """Takes elements apart by their shape."""

    def __init__(self, file_name: str) -> None:
        self.file_name = file_name

    def take(self, element: etree._Element, shape: Shape, *, leave: str = "") -> Any:
        """Give the content of an element: its value, or its fields by name.

        A field called ``leave`` may hold anything: it was, or will be, read by itself.

        :raises MessageInvalid: something is missing, superfluous or wrong.
        """
        field = shape.field
        if field.content is not None:
            if len(element):
                raise self.wrong(element, "hier staat een element in plaats van een tekst")
            try:
                return field.content.read(element.text or "")
            except ValueError:
                raise self.wrong(element, f"verwacht is {field.content.told}") from None
        found: dict[str, Any] = {}
        children = iter(element)
        child = next(children, None)
        for each in shape.shapes:
            own = each.field
            name = own.name
            if own.is_repeated:
                values: list[Any] = []
                while child is not None and child.tag == each.tag:
                    values.append(None if name == leave else self.take(child, each))
                    child = next(children, None)
                found[name] = values
                is_missing = not values
            elif child is not None and child.tag == each.tag:
                found[name] = None if name == leave else self.take(child, each)
                child = next(children, None)
                is_missing = False
            else:
                is_missing = True
            if is_missing and own.is_required:
                at = element if child is None else child
                raise self.wrong(at, f"hier ontbreekt {name}")
        if child is not None:
            raise self.wrong(child, "dit element hoort hier niet of staat er dubbel")
        return found

    def wrong(self, element: etree._Element, reason: str) -> MessageInvalid:
        """Make the refusal of an element; what it holds is never told, for it may be a BSN."""
        return MessageInvalid(
            file_name=self.file_name,
            line=element.sourceline or 0,
            element=etree.QName(element).localname,
            reason=reason,
        )


def _check_numbers(root: etree._Element, reader: _Reader) -> None:
    """Refuse a 301 that gives out two products by one number: a number is of one allocation.

    :raises MessageInvalid: it does.
    """
    numbers: set[int] = set()
    for element in root.iterfind(".//{*}ToewijzingNummer"):
        number = int(element.text or "")
        if number in numbers:
            raise reader.wrong(element, "dit nummer staat al bij een ander product in dit bericht")
        numbers.add(number)


def _check_days(root: etree._Element, reader: _Reader, message: MessageType) -> None:
    """Refuse a product that ends before it begins.

    :raises MessageInvalid: it does.
    """
    name = _FIRST_DAYS.get(message.kind)
    if name is None:
        return
    for since in root.iter(f"{{{message.namespace}}}{name}"):
        until = next(since.itersiblings(f"{{{message.namespace}}}Einddatum"), None)
        if until is None:
            continue
        first, last = DATE.read(since.text or ""), DATE.read(until.text or "")
        if last < first:
            raise reader.wrong(until, f"{last:%d-%m-%Y} ligt voor {name} {first:%d-%m-%Y}")


class _Declaration:
    """A 323 as a stream: the head is known as soon as the first line is."""

    def __init__(self, file: BinaryIO, *, file_name: str, schemas: Path | None) -> None:
        self.message = type_of(file, file_name=file_name)
        if self.message.kind is not Kind.DECLARATION:
            raise OtherKindOfMessage(
                file_name=file_name, found=self.message.name, wanted="een declaratie (323)"
            )
        self._reader = _Reader(file_name)
        self._file = file
        self._schemas = schemas
        root = shape_of(self.message)
        self._root = root
        self._header, self._body = root.shapes
        self._client = self._body.shapes[-1].shapes[0]
        self._bsn, self._lines = self._client.shapes
        self._line = self._lines.shapes[0]
        self._found: model.DeclarationHead | None = None

    @property
    def head(self) -> model.DeclarationHead:
        """Return the head; only after the first line was read."""
        if self._found is None:
            raise AssertionError
        return self._found

    def lines(self) -> Iterator[model.DeclaredLine]:
        """Give each line and forget it.

        :raises Refusal: the first thing that does not fit.
        """
        tags = (self._line.tag, self._client.tag, self._body.tag, self._root.tag)
        place = of_client = 0
        client, bsn = None, ""
        for element in _events(
            self._file,
            file_name=self._reader.file_name,
            message=self.message,
            schemas=self._schemas,
            tags=tags,
        ):
            if element.tag == self._line.tag:
                parent = element.getparent()
                owner = None if parent is None else parent.getparent()
                if parent is None or owner is None or owner.tag != self._client.tag:
                    raise self._reader.wrong(element, "een Prestatie hoort bij een Client")
                if owner is not client:
                    client, bsn, of_client = owner, self._bsn_of(owner), 0
                if self._found is None:
                    self._found = self._head_above(owner)
                place += 1
                of_client += 1
                yield line_of(self._reader.take(element, self._line), element, place=place, bsn=bsn)
                self._forget(element, self._line.tag)
            elif element.tag == self._client.tag:
                if element is not client or not of_client:
                    raise self._reader.wrong(element, "deze Client heeft geen Prestatie")
                self._reader.take(element, self._client, leave="Prestaties")
                (*_, lines) = element
                if any(child.tag != self._line.tag for child in lines):
                    raise self._reader.wrong(element, "naast Prestatie staat een ander element")
                client = None
                self._forget(element, self._client.tag)
            elif element.tag == self._body.tag:
                self._reader.take(element, self._body, leave="Clienten")
                if self._found is None:
                    raise self._reader.wrong(element, "de declaratie heeft geen Prestatie")
            elif element.tag == self._root.tag:
                self._reader.take(element, self._root, leave=self._body.field.name)

    def _bsn_of(self, client: etree._Element) -> str:
        first = client[0]
        if first.tag != self._bsn.tag:
            raise self._reader.wrong(client, "hier ontbreekt Bsn")
        bsn: str = self._reader.take(first, self._bsn)
        return bsn

    def _head_above(self, client: etree._Element) -> model.DeclarationHead:
        """Read what stands above the first client."""
        clients = client.getparent()
        body = None if clients is None else clients.getparent()
        root = None if body is None else body.getparent()
        if body is None or root is None or root[0].tag != self._header.tag:
            raise self._reader.wrong(client, "hierboven ontbreken Header en Declaratie")
        header = self._reader.take(root[0], self._header)
        told = self._reader.take(body, self._body, leave="Clienten")
        period, total = told["DeclaratiePeriode"], told["TotaalIngediendBedrag"]
        return model.DeclarationHead(
            header=header_of(self.message, header),
            basic_version=header["XsdVersie"]["BasisschemaXsdVersie"],
            version=header["XsdVersie"]["BerichtXsdVersie"],
            number=told["DeclaratieNummer"],
            from_date=period["Begindatum"],
            last_date=period["Einddatum"],
            dated=told["DeclaratieDagtekening"],
            total_cents=signed(total["TotaalBedrag"], total["DebetCredit"]),
        )

    def _forget(self, element: etree._Element, tag: str) -> None:
        """Let go of an element that was read, and of those like it before it."""
        element.clear(keep_tail=False)
        parent = element.getparent()
        while parent is not None and (before := element.getprevious()) is not None:
            if before.tag != tag:
                raise self._reader.wrong(before, "dit element hoort hier niet")
            parent.remove(before)


def _events(
    file: BinaryIO,
    *,
    file_name: str,
    tags: Sequence[str] | None = None,
    message: MessageType | None = None,
    schemas: Path | None = None,
) -> Iterator[etree._Element]:
    """Parse a file as a stream, with everything off that reaches outside it.

    :raises MessageUnreadable: it is no well-formed XML.
    :raises MessageInvalid: it is not as its schema says.
    """
    file.seek(0)
    found = None if message is None else schema_file(schemas, message)
    parser = etree.iterparse(
        file,
        tag=tags,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        collect_ids=False,
        remove_comments=True,
        remove_pis=True,
        schema=None if found is None else load_schema(found),
    )
    reached = 0
    try:
        for _, element in parser:
            reached = element.sourceline or reached
            yield element
    except etree.XMLSyntaxError as problem:
        log = [each for each in parser.error_log if each.domain_name == "SCHEMASV"]
        if log:
            raise _as_schema_says(log, file_name=file_name, line=reached) from None
        line, column = problem.position
        too_long = problem.code == etree.ErrorTypes.ERR_RESOURCE_LIMIT
        raise MessageUnreadable(
            file_name=file_name,
            line=line or reached,
            column=column,
            reason="hier staat een tekst die langer is dan een bericht heeft"
            if too_long
            else "dit is geen leesbare XML; het bestand is beschadigd",
        ) from None


def _as_schema_says(
    log: Sequence[etree._LogEntry] | etree._ListErrorLog, *, file_name: str, line: int
) -> MessageInvalid:
    """Turn the first thing that a schema says into a refusal, without any value from the file.

    ``line`` is how far the reading got; of a stream the schema itself does not know.
    """
    first = log[0]
    found = re.search(r"Element '(?:\{[^}]*\})?([^']{1,80})'", first.message)
    return MessageInvalid(
        file_name=file_name,
        line=first.line or line,
        element=found[1] if found else "Bericht",
        reason="niet zoals het XSD van de standaard voorschrijft",
    )


def _check_encoding(head: bytes, *, file_name: str) -> None:
    """Refuse what says that it is written in something else than UTF-8.

    :raises EncodingNotUtf8: it does.
    """
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            raise EncodingNotUtf8(file_name=file_name, encoding=encoding)
    declared = _ENCODING.search(head)
    if declared is not None and declared[1].upper() not in {b"UTF-8", b"UTF8", b"US-ASCII"}:
        raise EncodingNotUtf8(
            file_name=file_name, encoding=declared[1][:40].decode("ascii", "replace")
        )
