"""Reading messages: what is valid is read whole, what is not is refused with its line."""

import io
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from domains.messages.contents import REMARK, passes_eleven_check
from domains.messages.model import Allocation as AllocationMessage
from domains.messages.model import (
    AnsweredLine,
    AnswerHead,
    ChangeRequest,
    CheckedDeclaration,
    DeclaredLine,
    Reply,
    Start,
    Stop,
)
from domains.messages.reading import check_declaration, declared_lines, read_message, type_of
from domains.messages.refusals import (
    DoctypeForbidden,
    EncodingNotUtf8,
    MessageInvalid,
    MessageTooLarge,
    MessageUnreadable,
    NoMessage,
    OtherKindOfMessage,
    TotalDiffers,
)
from domains.messages.scanning import BLOCK
from domains.messages.schema import load_schema, schema_file
from domains.messages.standard import Kind, Law, MessageType
from domains.messages.writing import allocation, answer, reply
from ledger.refusals import Refusal
from tests.support.messages import ANNA, TOM, Declaration, credit, declared

NAME: Final = "bericht.xml"
VALID: Final = Declaration(lines=(declared(1), declared(2, bsn=ANNA), declared(3, bsn=ANNA))).xml()


def checked(content: bytes, schemas: Path | None = None) -> CheckedDeclaration:
    return check_declaration(io.BytesIO(content), file_name=NAME, schemas=schemas)


def lines_of(content: bytes) -> list[DeclaredLine]:
    return list(declared_lines(io.BytesIO(content), file_name=NAME))


def plain(lines: list[DeclaredLine]) -> list[DeclaredLine]:
    """Leave out where each line stands in the file."""
    return [replace(line, row=0) for line in lines]


def refusal_of(content: bytes, schemas: Path | None = None) -> Refusal:
    with pytest.raises(Refusal) as refused:
        checked(content, schemas)
    return refused.value


@pytest.fixture
def schemas(testdata: Path) -> Path:
    return testdata / "ijw_iwmo"


@pytest.mark.parametrize("own_model_only", [True, False])
@pytest.mark.parametrize(
    ("sample", "law", "lines", "cents"),
    [
        ("voorbeeld_JW323.xml", Law.YOUTH, 5, 790_00),
        ("iwmo/voorbeeld_WMO323.xml", Law.SUPPORT, 4, 580_00),
    ],
)
def test_a_sample_declaration_is_read_whole(
    sample: str, law: Law, lines: int, cents: int, schemas: Path, *, own_model_only: bool
) -> None:
    content = (schemas / sample).read_bytes()
    found = checked(content, None if own_model_only else schemas)
    assert found.head.header.message.law is law
    assert (found.lines, found.head.total_cents) == (lines, cents)
    assert sum(line.amount_cents for line in lines_of(content)) == cents


@pytest.mark.parametrize("own_model_only", [True, False])
@pytest.mark.parametrize(
    ("sample", "kind"),
    [
        ("voorbeeld_JW301.xml", AllocationMessage),
        ("voorbeeld_JW305.xml", Start),
        ("voorbeeld_JW307.xml", Stop),
        ("voorbeeld_JW317.xml", ChangeRequest),
        ("voorbeeld_JW319.xml", Reply),
    ],
)
def test_a_sample_about_one_person_is_read(
    sample: str, kind: type, schemas: Path, *, own_model_only: bool
) -> None:
    with (schemas / sample).open("rb") as file:
        found = read_message(file, file_name=sample, schemas=None if own_model_only else schemas)
    assert type(found) is kind


@pytest.mark.parametrize("own_model_only", [True, False])
def test_a_day_that_does_not_exist_is_refused_with_its_line(
    schemas: Path, *, own_model_only: bool
) -> None:
    with (schemas / "voorbeeld_JW315.xml").open("rb") as file, pytest.raises(MessageInvalid) as no:
        read_message(file, file_name=NAME, schemas=None if own_model_only else schemas)
    assert (no.value.line, no.value.element) == (44, "ToewijzingEinddatum")


@pytest.mark.parametrize("own_model_only", [True, False])
def test_a_day_that_has_no_day_after_it_is_refused_with_its_line(
    schemas: Path, *, own_model_only: bool
) -> None:
    content = VALID.replace(b"2026-04-30", b"9999-12-31", 1)
    with pytest.raises(MessageInvalid) as no:
        checked(content, None if own_model_only else schemas)
    assert no.value.element == "Einddatum"
    assert no.value.line == content[: content.index(b"9999-12-31")].count(b"\n") + 1


@pytest.mark.parametrize(
    ("sample", "first", "last"),
    [
        ("301", "Ingangsdatum", "Einddatum"),
        ("307", "Begindatum", "Einddatum"),
    ],
)
def test_a_product_that_ends_before_it_begins_is_refused_with_its_days(
    sample: str, first: str, last: str, schemas: Path
) -> None:
    content = (schemas / f"voorbeeld_JW{sample}.xml").read_bytes()
    tag = f"jw{sample}:{last}>".encode()
    before, _, after = content.partition(b"<" + tag)
    since = before.rpartition(f"jw{sample}:{first}>".encode() + b"\n")[0]
    assert since
    reversed_ = before + b"<" + tag + b"2019-01-31" + after[10:]
    with pytest.raises(MessageInvalid) as no:
        read_message(io.BytesIO(reversed_), file_name=NAME, schemas=schemas)
    assert no.value.element == last
    assert f"31-01-2019 ligt voor {first} " in no.value.reason


def test_what_we_write_our_reader_and_the_schema_accept(schemas: Path) -> None:
    for sample, write in (("voorbeeld_JW301.xml", allocation), ("voorbeeld_JW319.xml", reply)):
        with (schemas / sample).open("rb") as file:
            told = read_message(file, file_name=sample, schemas=schemas)
        written = write(told)  # type: ignore[arg-type] # Each writer with its own message.
        again = read_message(io.BytesIO(written), file_name=NAME, schemas=schemas)
        assert again == told


@given(
    st.lists(
        st.tuples(st.integers(0, 99_999_999), st.sampled_from([TOM, ANNA]), st.booleans()),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(Law),
)
def test_lines_come_out_as_they_went_in(given_lines: list[tuple[int, str, bool]], law: Law) -> None:
    category = "45" if law is Law.YOUTH else "02"
    lines = tuple(
        credit(line, reference=f"C{place}") if is_credit else line
        for place, (cents, bsn, is_credit) in enumerate(given_lines, 1)
        for line in (declared(place, bsn=bsn, amount_cents=cents, category=category),)
    )
    content = Declaration(lines=lines, law=law).xml()
    assert plain(lines_of(content)) == list(lines)
    assert checked(content).head.total_cents == sum(line.amount_cents for line in lines)


@pytest.mark.parametrize("law", Law)
@pytest.mark.parametrize("count", [0, 1, 3])
def test_an_answer_fits_its_schema(law: Law, count: int, schemas: Path) -> None:
    category = "45" if law is Law.YOUTH else "02"
    lines = tuple(declared(place, category=category) for place in (1, 2, 3))
    head = checked(Declaration(lines=lines, law=law).xml()).head
    out = io.BytesIO()
    told = AnswerHead(
        law=law,
        gemeente="0344",
        provider="65656055",
        identification="1",
        dated=date(2026, 5, 7),
        declaration=head,
        granted_cents=50_00 * (3 - count),
        codes=("0200",),
    )
    with answer(out, told) as write:
        for line in lines[:count]:
            write([AnsweredLine(line=line, codes=("0611", "9346"))])
    written = etree.fromstring(out.getvalue())
    file = schema_file(schemas, MessageType(law=law, kind=Kind.ANSWER))
    if file is not None:
        load_schema(file).assertValid(written)
    own = {"{*}Prestatie": count, "{*}Client": count}
    assert {name: len(written.findall(f".//{name}")) for name in own} == own


BROKEN: Final = {
    "negative volume": (b"<jw323:GeleverdVolume>4", b"<jw323:GeleverdVolume>-4"),
    "euros with a comma": (b"<ijw:Bedrag>5000", b"<ijw:Bedrag>50,00"),
    "euros with a point": (b"<ijw:Bedrag>5000", b"<ijw:Bedrag>50.00"),
    "amount above the most": (b"<ijw:Bedrag>5000", b"<ijw:Bedrag>100000000"),
    "unknown unit": (b"<jw323:Eenheid>04", b"<jw323:Eenheid>99"),
    "category of the other law": (b"<jw323:ProductCategorie>45", b"<jw323:ProductCategorie>02"),
    "code of six signs": (b"<jw323:ProductCode>45A03", b"<jw323:ProductCode>45A031"),
    "a day with a time zone": (b"<ijw:Einddatum>2026-04-30", b"<ijw:Einddatum>2026-04-30Z"),
    "a day that is none": (b"<ijw:Einddatum>2026-04-30", b"<ijw:Einddatum>2026-04-31"),
    "11-check": (b"<jw323:Bsn>999900006", b"<jw323:Bsn>999900007"),
    "eight digits": (b"<jw323:Bsn>999900006", b"<jw323:Bsn>99990000"),
    "no reference": (b"<ijw:ReferentieNummer>RN000001</ijw:ReferentieNummer>", b""),
    "wrong code": (b"<jw323:BerichtCode>490", b"<jw323:BerichtCode>484"),
    "older minor version": (b"<jw323:BerichtSubversie>2", b"<jw323:BerichtSubversie>1"),
    "element twice": (
        b"<jw323:Eenheid>04</jw323:Eenheid>",
        b"<jw323:Eenheid>04</jw323:Eenheid><jw323:Eenheid>04</jw323:Eenheid>",
    ),
    "element of another family": (
        b"<jw323:Eenheid>04</jw323:Eenheid>",
        b"<ijw:Eenheid>04</ijw:Eenheid>",
    ),
    "beside the lines": (b"</jw323:Prestaties>", b"<jw323:Bsn/></jw323:Prestaties>"),
    "no lines at all": (b"<jw323:Prestaties>", b"<jw323:Prestaties/><jw323:Anders>"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_what_is_wrong_is_refused_with_its_line_and_without_its_value(fault: str) -> None:
    old, new = BROKEN[fault]
    assert old in VALID
    broken = VALID.replace(old, new, 1)
    if fault == "no lines at all":
        broken = broken.replace(b"</jw323:Prestaties>", b"</jw323:Anders>", 1)
    refusal = refusal_of(broken)
    assert isinstance(refusal, MessageInvalid)
    assert refusal.line > 2
    assert "99990000" not in repr(refusal) + refusal.message()


def test_the_schema_refuses_what_our_model_refuses(schemas: Path) -> None:
    file = schema_file(schemas, MessageType(law=Law.YOUTH, kind=Kind.DECLARATION))
    assert file is not None
    schema = load_schema(file)
    assert schema.validate(etree.fromstring(VALID))
    for fault, (old, new) in BROKEN.items():
        if fault not in {"11-check", "no lines at all"}:  # The 11-check is no part of the schema.
            assert not schema.validate(etree.fromstring(VALID.replace(old, new, 1))), fault


CUTS: Final = {
    "above the root": VALID.index(b"<jw323:Bericht"),
    "in the tag of the root": VALID.index(b"<jw323:Bericht") + 20,
    "in a tag": VALID.index(b"<jw323:Eenheid") + 5,
    "in a text": VALID.index(b"RN000002") + 3,
    "between elements": VALID.index(b"<jw323:Eenheid"),
    "between lines": VALID.index(b"</jw323:Prestatie>") + len(b"</jw323:Prestatie>"),
    "after the last line": VALID.rindex(b"</jw323:Prestatie>") + len(b"</jw323:Prestatie>"),
    "after the last client": VALID.rindex(b"</jw323:Clienten>"),
    "after the body": VALID.index(b"</jw323:Bericht>"),
    "in the last tag": VALID.rindex(b">"),
}


@pytest.mark.parametrize("own_model_only", [True, False])
@pytest.mark.parametrize("where", CUTS)
def test_a_file_that_was_cut_off_is_refused_with_its_place(
    where: str, schemas: Path, *, own_model_only: bool
) -> None:
    refusal = refusal_of(VALID[: CUTS[where]], None if own_model_only else schemas)
    assert isinstance(refusal, MessageUnreadable)
    assert "afgebroken" in refusal.reason
    begun = VALID[: CUTS[where]].count(b"\n") + 1
    assert begun - 1 <= refusal.line <= begun
    assert refusal.column > 0


@pytest.mark.parametrize("own_model_only", [True, False])
def test_a_large_file_without_its_closing_tags_is_refused(
    schemas: Path, *, own_model_only: bool
) -> None:
    lines = tuple(declared(place) for place in range(1, 2_501))
    content = Declaration(lines=lines).xml()
    cut = content[: content.index(b"</jw323:Prestaties>")]
    assert isinstance(refusal_of(cut, None if own_model_only else schemas), MessageUnreadable)


BOMB: Final = (
    b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)
OUTSIDE: Final = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
EMPTY_DOCTYPE: Final = b"<!DOCTYPE x>"


@pytest.mark.parametrize("doctype", [BOMB, OUTSIDE, EMPTY_DOCTYPE])
def test_a_document_type_is_refused_before_anything_is_read(doctype: bytes) -> None:
    start = VALID.index(b"<jw323:Bericht")
    with_entity = VALID[start:].replace(b"45A03", b"&a;", 1)
    assert isinstance(refusal_of(VALID[:start] + doctype + with_entity), DoctypeForbidden)


OPENED: Final = b"<jw323:Header"
FLOODS: Final = {
    "attributes": OPENED + b"".join(b' a%d="1"' % each for each in range(1_000)),
    "one long tag": OPENED + b" " * 200_000,
    "prefixes": OPENED + b"".join(b' xmlns:p%d="u"' % each for each in range(1_000)),
    "names": b"".join(b"<a%d/>" % each for each in range(1_000)) + OPENED,
    "depth": b"<jw323:Client>" * 1_000 + OPENED,
    "instructions": b"".join(b"<?a%d?>" % each for each in range(1_000)) + OPENED,
    "remarks": b"<!--" + b" " * 200_000 + b"-->" + OPENED,
}


@pytest.mark.parametrize("flood", FLOODS)
def test_what_would_fill_the_memory_is_refused_before_a_tree_is_made(flood: str) -> None:
    class Watched(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            assert size is not None
            assert 0 < size <= BLOCK
            return super().read(size)

    broken = VALID.replace(OPENED, FLOODS[flood], 1)
    # A parser of trees would only come after the end of this, and of all that was read of it.
    endless = Watched(broken.partition(b"</jw323:Header>")[0] + b"<jw323:Bsn/>" * 1_000_000)
    with pytest.raises((MessageInvalid, MessageUnreadable)):
        check_declaration(endless, file_name=NAME, schemas=None)
    assert endless.tell() < 1_000_000


def test_where_a_schema_may_be_found_is_no_reason_to_refuse(schemas: Path) -> None:
    told = (
        b'<jw323:Bericht xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        b' xsi:schemaLocation="http://www.istandaarden.nl/ijw/3_2/jw323/schema JW323.xsd"'
    )
    assert checked(VALID.replace(b"<jw323:Bericht", told, 1), schemas).lines == 3


def test_a_text_without_end_is_told_as_such() -> None:
    refusal = refusal_of(VALID.replace(b"RN000002", b"R" * 10_000_001, 1))
    assert isinstance(refusal, MessageUnreadable)
    assert "langer is dan een bericht heeft" in refusal.message()
    assert refusal.line > 0


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "iso-8859-1"])
def test_another_encoding_is_refused(encoding: str) -> None:
    text = VALID.decode().replace("UTF-8", encoding)
    assert isinstance(refusal_of(text.encode(encoding)), EncodingNotUtf8)


def test_bytes_that_are_no_utf_8_are_refused_with_their_line() -> None:
    refusal = refusal_of(VALID.replace(b"RN000002", b"RN\xe9002", 1))
    assert isinstance(refusal, MessageUnreadable)
    assert refusal.line > 40
    assert "UTF-8" in refusal.reason


@pytest.mark.parametrize("sign", ["\u202e", "\u2066", "\x85", "\u2028", "\t", "\n"])
def test_a_reference_with_a_sign_that_nobody_sees_is_refused(sign: str) -> None:
    refusal = refusal_of(VALID.replace(b"RN000002", f"RN{sign}2".encode(), 1))
    assert isinstance(refusal, MessageInvalid)
    assert refusal.element == "ReferentieNummer"


def test_a_remark_may_have_lines() -> None:
    assert REMARK.read("een\r\ntwee\tdrie")
    with pytest.raises(ValueError, match=r"^$"):
        REMARK.read("een\u202etwee")


def test_a_file_of_two_gigabytes_is_refused_unread(tmp_path: Path) -> None:
    huge = tmp_path / "groot.xml"
    with huge.open("wb") as file:
        file.truncate(2 * 1024**3)
    with huge.open("rb") as file, pytest.raises(MessageTooLarge):
        type_of(file, file_name=huge.name)


@pytest.mark.parametrize(
    "content",
    [
        VALID.replace(b"/3_2/jw323", b"/3_1/jw323"),
        b"<Bericht/>",
        b'<x:Andere xmlns:x="http://www.istandaarden.nl/ijw/3_2/jw323/schema"/>',
    ],
)
def test_another_version_or_another_document_is_refused(content: bytes) -> None:
    assert isinstance(refusal_of(content), NoMessage)


def test_a_message_of_another_kind_is_refused(schemas: Path) -> None:
    assert isinstance(
        refusal_of((schemas / "voorbeeld_JW305.xml").read_bytes()), OtherKindOfMessage
    )


def test_a_total_that_differs_from_its_lines_is_refused() -> None:
    assert isinstance(
        refusal_of(Declaration(lines=(declared(1),), total_cents=49_99).xml()), TotalDiffers
    )


@pytest.mark.parametrize(
    ("bsn", "passes"),
    [(TOM, True), (ANNA, True), ("999900007", False), ("000000000", False), ("12345678", False)],
)
def test_the_eleven_check(bsn: str, *, passes: bool) -> None:
    assert passes_eleven_check(bsn) is passes
