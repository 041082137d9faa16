"""The shape of each message: which elements it has, in which order, and what they may hold.

One description serves both ways: what is read is held against it, and what is written follows it.
It says the same as the XSD of iJw and iWmo 3.2, so that a file is checked as strictly where an
installation has no copy of those.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from domains.messages.contents import (
    AGB,
    BSN,
    CATEGORIES,
    CENTS,
    CODE,
    COUNT,
    DATE,
    DELIVERY_STATUS,
    END_REASONS,
    GEMEENTE,
    INITIALS,
    LINE_REFERENCE,
    NUMBER_9,
    PREFIX,
    REFERENCE,
    REMARK,
    RETURN_CODE,
    SIDE,
    SURNAME,
    TIME_OF_DAY,
    TOTAL,
    UNIT,
    VERSION,
    YES_NO,
    Content,
    fitting,
    one_of,
    whole,
    words,
)
from domains.messages.standard import Kind, Law, MessageType


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """An element by its name without namespace: with text, with fields, or left to the reader."""

    name: str
    content: Content | None = None
    fields: tuple["Field", ...] = ()
    is_basic: bool = False
    """It belongs to the elements that all messages share (basisschema)."""
    is_required: bool = True
    is_repeated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A field with the full name that it has in one message."""

    tag: str
    field: Field
    shapes: tuple["Shape", ...]


def _field(name: str, content: Content) -> Field:
    return Field(name=name, content=content)


def _group(name: str, *fields: Field) -> Field:
    return Field(name=name, fields=fields)


def _shared(name: str, *fields: Field) -> Field:
    """Give an element whose parts come from the basisschema."""
    return Field(name=name, fields=tuple(_as_basic(field) for field in fields))


def _as_basic(field: Field) -> Field:
    return Field(
        name=field.name,
        content=field.content,
        fields=tuple(_as_basic(each) for each in field.fields),
        is_basic=True,
        is_required=field.is_required,
        is_repeated=field.is_repeated,
    )


def _maybe(field: Field) -> Field:
    return Field(
        name=field.name,
        content=field.content,
        fields=field.fields,
        is_basic=field.is_basic,
        is_required=False,
        is_repeated=field.is_repeated,
    )


def _many(field: Field) -> Field:
    return Field(
        name=field.name,
        content=field.content,
        fields=field.fields,
        is_basic=field.is_basic,
        is_required=field.is_required,
        is_repeated=True,
    )


def _header(message: MessageType) -> Field:
    from_gemeente = message.kind in {Kind.ALLOCATION, Kind.REPLY, Kind.ANSWER}
    sender, receiver = (GEMEENTE, AGB) if from_gemeente else (AGB, GEMEENTE)
    return _group(
        "Header",
        _field("BerichtCode", one_of(message.code)),
        _field("BerichtVersie", one_of("3")),
        _field("BerichtSubversie", one_of("2")),
        _field("Afzender", sender),
        _field("Ontvanger", receiver),
        _identification("BerichtIdentificatie"),
        _versions("XsdVersie"),
        *(
            (
                _identification("DeclaratieIdentificatie"),
                _maybe(_field("XsltVersie", VERSION)),
                _versions("XsdVersieDeclaratie"),
                RETURN_CODES,
            )
            if message.kind is Kind.ANSWER
            else ()
        ),
    )


def _identification(name: str) -> Field:
    return _shared(name, _field("Identificatie", words(12)), _field("Dagtekening", DATE))


def _versions(name: str) -> Field:
    return _shared(
        name, _field("BasisschemaXsdVersie", VERSION), _field("BerichtXsdVersie", VERSION)
    )


RETURN_CODES: Final = _group("RetourCodes", _many(_field("RetourCode", RETURN_CODE)))
_CLOSED_DAYS: Final = (_field("Begindatum", DATE), _field("Einddatum", DATE))
_TOTAL_AMOUNT: Final = (_field("TotaalBedrag", TOTAL), _field("DebetCredit", SIDE))
_SURNAME: Final = (
    _field("Achternaam", SURNAME),
    _maybe(_field("Voorvoegsel", PREFIX)),
)
_SHORT_NAME: Final = _shared(
    "Naam",
    _group("Geslachtsnaam", *_SURNAME),
    _maybe(_field("Voornamen", words(200))),
    _maybe(_field("Voorletters", INITIALS)),
)
_FULL_NAME: Final = _shared(
    "Naam",
    _group("Geslachtsnaam", *_SURNAME),
    _maybe(_group("Partnernaam", *_SURNAME)),
    _maybe(_field("Voornamen", words(200))),
    _maybe(_field("Voorletters", INITIALS)),
    _field("NaamGebruik", one_of(*"123456")),
)
_BIRTH: Final = (
    _shared("Geboortedatum", _field("Datum", DATE), _maybe(_field("DatumGebruik", one_of(*"123")))),
    _field("Geslacht", one_of("0", "1", "2")),
)
_EXTENT: Final = _maybe(
    _shared(
        "Omvang",
        _field("Volume", COUNT),
        _field("Eenheid", UNIT),
        _field("Frequentie", one_of("1", "2", "4", "6")),
    )
)
_BUDGET: Final = _maybe(_field("Budget", CENTS))
_PHONE: Final = (
    _field("Telefoonnummer", fitting("[0-9]{1,15}", "1 tot en met 15 cijfers")),
    _field("Landnummer", words(4)),
)
_CONTACT: Final = _group(
    "Contact",
    _field("Soort", one_of("01", "02", "03", "04")),
    _maybe(
        _shared(
            "Adres",
            _maybe(
                _group(
                    "Huis",
                    _field("Huisnummer", whole(99_999)),
                    _maybe(_field("Huisletter", words(1))),
                    _maybe(_field("HuisnummerToevoeging", words(4))),
                    _maybe(_field("AanduidingWoonadres", one_of("AB", "BY", "TO", "WW"))),
                )
            ),
            _maybe(_field("Postcode", words(8))),
            _maybe(_field("Straatnaam", words(24))),
            _maybe(_field("Plaatsnaam", words(80))),
            _maybe(_field("LandCode", fitting("[A-Z]{2}", "een landcode van twee letters"))),
        )
    ),
    _maybe(_field("Organisatie", words(35))),
    _maybe(
        _shared("Telefoon", _group("Telefoon01", *_PHONE), _maybe(_group("Telefoon02", *_PHONE)))
    ),
    _maybe(_field("Emailadres", words(80))),
    _maybe(
        _shared("Periode", _maybe(_field("Begindatum", DATE)), _maybe(_field("Einddatum", DATE)))
    ),
)


def _product(law: Law) -> Field:
    return _maybe(
        _shared("Product", _field("Categorie", CATEGORIES[law]), _maybe(_field("Code", CODE)))
    )


def line_shape(law: Law) -> tuple[Field, ...]:
    """Give the fields of a declared line, which a 323 and a 325 share."""
    return (
        _shared(
            "ProductReferentie",
            _field("ReferentieNummer", LINE_REFERENCE),
            _maybe(_field("VorigReferentieNummer", LINE_REFERENCE)),
        ),
        _field("ToewijzingNummer", NUMBER_9),
        _field("ProductCategorie", CATEGORIES[law]),
        _field("ProductCode", CODE),
        _shared("ProductPeriode", *_CLOSED_DAYS),
        _field("GeleverdVolume", COUNT),
        _field("Eenheid", UNIT),
        _maybe(_field("ProductTarief", CENTS)),
        _shared("IngediendBedrag", _field("Bedrag", CENTS), _field("DebetCredit", SIDE)),
    )


def _allocation(law: Law) -> tuple[Field, ...]:
    relation = _group(
        "Relatie",
        _field("Nummer", words(20)),
        _maybe(_field("Volgorde", whole(99))),
        _field("Soort", one_of(*(f"{code:02d}" for code in range(3, 26)))),
        *(_maybe(field) for field in _BIRTH),
        _FULL_NAME,
        _CONTACT,
    )
    return (
        _group(
            "Client",
            _field("Bsn", BSN),
            *_BIRTH,
            _FULL_NAME,
            _maybe(
                _shared(
                    "Communicatie",
                    _field("Vorm", one_of("1", "2", "3")),
                    _maybe(_field("Taal", words(25))),
                )
            ),
            _maybe(_field("JuridischeStatus", one_of("01", "02", "03", "04", "05", "11", "12"))),
            _maybe(_field("WettelijkeVertegenwoordiging", one_of("06", "07", "08", "09", "10"))),
            _maybe(_field("Commentaar", REMARK)),
            _maybe(_group("Relaties", _many(relation))),
            _group("Contactgegevens", _many(_CONTACT)),
            _group(
                "ToegewezenProducten",
                _many(
                    _group(
                        "ToegewezenProduct",
                        _field("ToewijzingNummer", NUMBER_9),
                        _maybe(_field("ReferentieAanbieder", REFERENCE)),
                        _product(law),
                        _field("Toewijzingsdatum", DATE),
                        _field("Toewijzingstijd", TIME_OF_DAY),
                        _field("Ingangsdatum", DATE),
                        _maybe(_field("Einddatum", DATE)),
                        _maybe(
                            _field(
                                "RedenWijziging",
                                one_of(*(f"{code:02d}" for code in range(1, 15))),
                            )
                        ),
                        _EXTENT,
                        _BUDGET,
                        _maybe(_field("Commentaar", REMARK)),
                    )
                ),
            ),
        ),
    )


def _moved(law: Law, *, verb: str, reason: tuple[Field, ...]) -> tuple[Field, ...]:
    return (
        _group(
            "Client",
            _field("Bsn", BSN),
            *_BIRTH,
            _SHORT_NAME,
            _group(
                f"{verb}Producten",
                _many(
                    _group(
                        f"{verb}Product",
                        _maybe(_field("ToewijzingNummer", NUMBER_9)),
                        _product(law),
                        _maybe(_field("ToewijzingIngangsdatum", DATE)),
                        _field("Begindatum", DATE),
                        *reason,
                        _field("StatusAanlevering", DELIVERY_STATUS),
                    )
                ),
            ),
        ),
    )


def _request(law: Law) -> tuple[Field, ...]:
    return (
        _group(
            "Client",
            _field("Bsn", BSN),
            *_BIRTH,
            _SHORT_NAME,
            *((_maybe(_field("GezagsdragerBekend", YES_NO)),) if law is Law.YOUTH else ()),
            _maybe(_field("Commentaar", REMARK)),
            _group(
                "AangevraagdeProducten",
                _many(
                    _group(
                        "AangevraagdProduct",
                        _field("ReferentieAanbieder", REFERENCE),
                        _maybe(_field("BeschikkingNummer", NUMBER_9)),
                        _product(law),
                        _maybe(_field("BeschikkingIngangsdatum", DATE)),
                        _field("ToewijzingIngangsdatum", DATE),
                        _maybe(_field("ToewijzingEinddatum", DATE)),
                        _EXTENT,
                        _BUDGET,
                        _shared(
                            "Verwijzer",
                            _field("Type", one_of("01", "02", "03", "04", "05", "06", "08")),
                            _maybe(_field("Naam", words(64))),
                            _maybe(_field("ZorgverlenerCode", AGB)),
                        ),
                        _maybe(_field("Raamcontract", YES_NO)),
                        _maybe(_field("Commentaar", REMARK)),
                    )
                ),
            ),
        ),
    )


def _change_request(law: Law) -> tuple[Field, ...]:
    wanted = (
        _field("GewensteIngangsdatum", DATE),
        _maybe(_field("Einddatum", DATE)),
        _EXTENT,
        _BUDGET,
    )
    number = _field("ToewijzingNummer", NUMBER_9)
    return (
        _group(
            "Client",
            _field("Bsn", BSN),
            _group(
                "Verzoek",
                _field("ReferentieAanbieder", REFERENCE),
                _field("RedenVerzoek", one_of("1", "2")),
                _maybe(
                    _group("OngewijzigdeProducten", _many(_group("OngewijzigdProduct", number)))
                ),
                _maybe(
                    _group(
                        "TeWijzigenProducten", _many(_group("TeWijzigenProduct", number, *wanted))
                    )
                ),
                _maybe(
                    _group("NieuweProducten", _many(_group("NieuwProduct", _product(law), *wanted)))
                ),
            ),
        ),
    )


def _reply(_: Law) -> tuple[Field, ...]:
    return (
        _group(
            "Antwoord",
            _field("ReferentieAanbieder", REFERENCE),
            _field("VerzoekAntwoord", one_of("1", "2")),
            _maybe(_field("RedenAfwijzingVerzoek", one_of(*"123456789"))),
            _maybe(_group("Woonplaatsbeginsel", _field("Gemeente", GEMEENTE))),
        ),
    )


def _declaration(law: Law) -> tuple[Field, ...]:
    line = _group("Prestatie", *line_shape(law))
    return (
        _group(
            "Declaratie",
            _field(
                "DeclaratieNummer",
                fitting("[a-zA-Z0-9]{1,12}", "1 tot 12 letters of cijfers"),
            ),
            _shared("DeclaratiePeriode", *_CLOSED_DAYS),
            _field("DeclaratieDagtekening", DATE),
            _shared("TotaalIngediendBedrag", *_TOTAL_AMOUNT),
            _group(
                "Clienten",
                _many(_group("Client", _field("Bsn", BSN), _group("Prestaties", _many(line)))),
            ),
        ),
    )


def _answer(law: Law) -> tuple[Field, ...]:
    line = _group("Prestatie", *line_shape(law), RETURN_CODES)
    return (
        _maybe(
            _group(
                "DeclaratieAntwoord",
                _field("DeclaratieNummer", fitting(".{1,12}", "1 tot en met 12 tekens")),
                _shared("TotaalIngediendBedrag", *_TOTAL_AMOUNT),
                _shared("TotaalToegekendBedrag", *_TOTAL_AMOUNT),
                _maybe(
                    _group(
                        "Clienten",
                        _many(
                            _group(
                                "Client",
                                _field("Bsn", BSN),
                                _group("Prestaties", _many(line)),
                                RETURN_CODES,
                            )
                        ),
                    )
                ),
                RETURN_CODES,
            )
        ),
    )


def _start(law: Law) -> tuple[Field, ...]:
    return _moved(law, verb="Start", reason=())


def _stop(law: Law) -> tuple[Field, ...]:
    reason = (_field("RedenBeeindiging", END_REASONS[law]), _field("Einddatum", DATE))
    return _moved(law, verb="Stop", reason=reason)


_BODIES: Final[dict[Kind, Callable[[Law], tuple[Field, ...]]]] = {
    Kind.ALLOCATION: _allocation,
    Kind.START: _start,
    Kind.STOP: _stop,
    Kind.REQUEST: _request,
    Kind.CHANGE_REQUEST: _change_request,
    Kind.REPLY: _reply,
    Kind.DECLARATION: _declaration,
    Kind.ANSWER: _answer,
}


@lru_cache
def shape_of(message: MessageType) -> Shape:
    """Give the shape of a whole message, with the full names of its elements."""
    return _named(_group("Bericht", _header(message), *_BODIES[message.kind](message.law)), message)


def _named(field: Field, message: MessageType) -> Shape:
    namespace = message.basic_namespace if field.is_basic else message.namespace
    return Shape(
        tag=f"{{{namespace}}}{field.name}",
        field=field,
        shapes=tuple(_named(each, message) for each in field.fields),
    )
