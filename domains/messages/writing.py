"""Writing messages: the 301, the 319 and the 325, in the order and form of their shapes."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date, time
from itertools import groupby
from typing import Any, BinaryIO, Final

from lxml import etree

from domains.messages import model
from domains.messages.shapes import Shape, shape_of
from domains.messages.standard import Kind, MessageType

_XSD_VERSIONS: Final = {"BasisschemaXsdVersie": "0.1.0", "BerichtXsdVersie": "0.1.0"}
"""The versions in the schema files of release 3.2 by which we write."""

ACCEPTED: Final = "0200"
ALL_GRANTED: Final = "8001"


def document(message: MessageType, told: Mapping[str, Any]) -> bytes:
    """Write a whole message from its fields by name; the header's codes are filled in.

    :raises ValueError: a field is missing or does not fit its shape.
    """
    root = _build(shape_of(message), {**told, "Header": _codes(message) | told["Header"]}, message)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return written


def allocation(asked: model.Allocation) -> bytes:
    """Write a 301."""
    person = asked.person
    return document(
        asked.header.message,
        {
            "Header": _header(asked.header),
            "Client": {
                "Bsn": person.bsn,
                "Geboortedatum": {"Datum": person.birth_date},
                "Geslacht": person.sex,
                "Naam": {
                    "Geslachtsnaam": {
                        "Achternaam": person.surname,
                        "Voorvoegsel": person.prefix or None,
                    },
                    "Voorletters": person.initials or None,
                    "NaamGebruik": "1",
                },
                # Only the kind is required: an address is not ours to keep.
                "Contactgegevens": {"Contact": [{"Soort": "01"}]},
                "ToegewezenProducten": {
                    "ToegewezenProduct": [_allocated(each) for each in asked.products]
                },
            },
        },
    )


def reply(asked: model.Reply) -> bytes:
    """Write a 319."""
    return document(
        asked.header.message,
        {
            "Header": _header(asked.header),
            "Antwoord": {
                "ReferentieAanbieder": asked.reference,
                "VerzoekAntwoord": asked.answer,
                "RedenAfwijzingVerzoek": asked.reason or None,
            },
        },
    )


@contextmanager
def answer(
    file: BinaryIO, head: model.AnswerHead
) -> Iterator[Callable[[Iterable[model.AnsweredLine]], None]]:
    """Write a 325 as a stream; gives what writes lines that were not granted, in their order.

    Lines that were granted are not in it (IV087).
    """
    message = MessageType(law=head.law, kind=Kind.ANSWER)
    shape = shape_of(message)
    header, body = shape.shapes
    above, clients, below = body.shapes[:-2], body.shapes[-2], body.shapes[-1]
    told = {
        "DeclaratieNummer": head.declaration.number,
        "TotaalIngediendBedrag": _total(head.declaration.total_cents),
        "TotaalToegekendBedrag": _total(head.granted_cents),
        "RetourCodes": {"RetourCode": head.codes},
    }
    with etree.xmlfile(file, encoding="UTF-8") as out:
        out.write_declaration()
        with out.element(shape.tag, nsmap=_prefixes(message)):
            out.write(_build(header, _codes(message) | _answer_header(head), message))
            with out.element(body.tag):
                for each in above:
                    out.write(_build(each, told[each.field.name], message))
                with ExitStack() as around:

                    def write(lines: Iterable[model.AnsweredLine]) -> None:
                        for bsn, own in groupby(lines, key=lambda each: each.line.bsn):
                            # No element around clients where there is none.
                            if not started:
                                started.append(around.enter_context(out.element(clients.tag)))
                            out.write(_build(clients.shapes[0], _client(bsn, own), message))

                    started: list[object] = []
                    yield write
                out.write(_build(below, told["RetourCodes"], message))


def _client(bsn: str, own: Iterable[model.AnsweredLine]) -> dict[str, Any]:
    return {
        "Bsn": bsn,
        "Prestaties": {"Prestatie": [_answered(each) for each in own]},
        "RetourCodes": {"RetourCode": [ACCEPTED]},
    }


def line_fields(line: model.DeclaredLine) -> dict[str, Any]:
    """Give the fields of a declared line by name, as they stand in a 323 and in a 325."""
    return {
        "ProductReferentie": {
            "ReferentieNummer": line.reference,
            "VorigReferentieNummer": line.previous or None,
        },
        "ToewijzingNummer": line.allocation,
        "ProductCategorie": line.category,
        "ProductCode": line.code,
        "ProductPeriode": {"Begindatum": line.from_date, "Einddatum": line.last_date},
        "GeleverdVolume": line.volume,
        "Eenheid": line.unit,
        "ProductTarief": line.tariff_cents,
        "IngediendBedrag": {
            "Bedrag": abs(line.amount_cents),
            "DebetCredit": "C" if line.is_credit else "D",
        },
    }


def _answered(each: model.AnsweredLine) -> dict[str, Any]:
    return line_fields(each.line) | {"RetourCodes": {"RetourCode": each.codes}}


def _answer_header(head: model.AnswerHead) -> dict[str, Any]:
    declared = head.declaration
    return {
        "Afzender": head.gemeente,
        "Ontvanger": head.provider,
        "BerichtIdentificatie": {
            "Identificatie": head.identification,
            "Dagtekening": head.dated,
        },
        "XsdVersie": _XSD_VERSIONS,
        "DeclaratieIdentificatie": {
            "Identificatie": declared.header.identification,
            "Dagtekening": declared.header.dated,
        },
        "XsdVersieDeclaratie": {
            "BasisschemaXsdVersie": declared.basic_version,
            "BerichtXsdVersie": declared.version,
        },
        "RetourCodes": {"RetourCode": [ACCEPTED]},
    }


def _header(header: model.Header) -> dict[str, Any]:
    return {
        "Afzender": header.sender,
        "Ontvanger": header.receiver,
        "BerichtIdentificatie": {
            "Identificatie": header.identification,
            "Dagtekening": header.dated,
        },
        "XsdVersie": _XSD_VERSIONS,
    }


def _codes(message: MessageType) -> dict[str, Any]:
    return {"BerichtCode": message.code, "BerichtVersie": "3", "BerichtSubversie": "2"}


def _allocated(product: model.AllocatedProduct) -> dict[str, Any]:
    extent = product.extent
    return {
        "ToewijzingNummer": product.number,
        "ReferentieAanbieder": product.provider_reference or None,
        "Product": {"Categorie": product.category, "Code": product.code or None}
        if product.category
        else None,
        "Toewijzingsdatum": product.allocated_on,
        "Toewijzingstijd": product.allocated_time,
        "Ingangsdatum": product.from_date,
        "Einddatum": product.last_date,
        "RedenWijziging": product.change_reason or None,
        "Omvang": extent
        and {
            "Volume": extent.volume,
            "Eenheid": extent.unit,
            "Frequentie": extent.frequency,
        },
        "Budget": product.budget_cents,
    }


def _total(cents: int) -> dict[str, Any]:
    return {"TotaalBedrag": abs(cents), "DebetCredit": "C" if cents < 0 else "D"}


def _prefixes(message: MessageType) -> dict[str, str]:
    return {message.prefix: message.namespace, message.basic_prefix: message.basic_namespace}


def _build(shape: Shape, told: Any, message: MessageType) -> etree._Element:
    """Make an element by its shape.

    :raises ValueError: a field is missing or does not fit.
    """
    element = etree.Element(shape.tag, nsmap=_prefixes(message))
    field = shape.field
    if field.content is not None:
        element.text = _as_text(told)
        field.content.read(element.text)
        return element
    for each in shape.shapes:
        own = each.field
        given = told.get(own.name)
        values: Sequence[Any] = () if given is None else given if own.is_repeated else (given,)
        if own.is_required and not values:
            raise ValueError(own.name)
        element.extend([_build(each, value, message) for value in values])
    return element


def _as_text(value: Any) -> str:
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)
