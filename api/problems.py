"""How a no reads on the wire: one table from refusal to HTTP status, and RFC 9457 around it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal

import msgspec

from api.fact_names import FACT_NAMES
from domains.rule_base.rules import UnlawfulLine
from ledger import money
from ledger.refusals import Refusal

MEDIA_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:ontschot:probleem:"

_UNLAWFUL: Final = "OS010"
"""What the database answers to a line whose rule does not let its fund pay."""


class InvalidField(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One field of a request that is wrong, by its name on the wire."""

    naam: str
    bron: Literal["body", "query", "header", "pad"]
    """Where the field stands."""
    code: str
    reden: str


@dataclass(kw_only=True, unsafe_hash=True)
class InvalidInput(Refusal):
    """Fields of the request are missing, unknown or of the wrong form."""

    code: ClassVar[str] = "invoer-ongeldig"
    fields: tuple[InvalidField, ...]

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        if len(self.fields) == 1:
            return f"{self.fields[0].naam}: {self.fields[0].reden}"
        named = ", ".join(dict.fromkeys(field.naam for field in self.fields))
        return f"{len(self.fields)} velden kloppen niet: {named}. Zie 'ongeldigeVelden'."

    def facts(self) -> dict[str, str | int | None]:
        """Return nothing: the fields have a place of their own in the answer."""
        return {}


@dataclass(kw_only=True, unsafe_hash=True)
class UnreadableJson(Refusal):
    """The body is no JSON."""

    code: ClassVar[str] = "json-onleesbaar"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return "De inhoud is geen geldige JSON in UTF-8. Controleer haakjes, komma's en tekens."


@dataclass(kw_only=True, unsafe_hash=True)
class KeyMissing(Refusal):
    """A request that moves money has no idempotency key."""

    code: ClassVar[str] = "idempotentiesleutel-ontbreekt"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            "De kopregel Idempotency-Key ontbreekt of is ongeldig. Stuur 1 tot 200 zichtbare"
            " ASCII-tekens mee, een nieuwe voor elke nieuwe opdracht; dan wordt niets dubbel"
            " geboekt als u het opnieuw probeert."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NotAllowed(Refusal):
    """The role of whoever asks does not allow this."""

    code: ClassVar[str] = "geen-recht"
    needed: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"Uw rol mag dit niet; het mag met: {self.needed}. Vraag een collega met die rol."


@dataclass(kw_only=True, unsafe_hash=True)
class NotYourTeam(Refusal):
    """A member of a wijkteam registers a family for another team."""

    code: ClassVar[str] = "team-niet-van-u"
    team: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"U zit niet in team '{self.team}'. Kies uw eigen team."


@dataclass(kw_only=True, unsafe_hash=True)
class NotFound(Refusal):
    """There is nothing at this address."""

    code: ClassVar[str] = "niet-gevonden"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            "Op dit adres is niets. Zie /v1/openapi.json voor de adressen, zonder schuine streep"
            " aan het eind."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class UnknownBooking(Refusal):
    """There is no such entry in this gemeente."""

    code: ClassVar[str] = "boeking-niet-gevonden"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return "Deze boeking bestaat niet in uw gemeente. Controleer het nummer."


@dataclass(kw_only=True, unsafe_hash=True)
class UnknownLedgerAccount(Refusal):
    """There is no such account in this gemeente."""

    code: ClassVar[str] = "rekening-niet-gevonden"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return "Deze rekening bestaat niet in uw gemeente. Zoek haar op via /v1/rekeningen."


@dataclass(kw_only=True, unsafe_hash=True)
class UnknownBudgetImport(Refusal):
    """There is no such imported budget in this gemeente."""

    code: ClassVar[str] = "begroting-niet-gevonden"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return "Deze begroting bestaat niet in uw gemeente. Zie /v1/begrotingen."


@dataclass(kw_only=True, unsafe_hash=True)
class MethodNotAllowed(Refusal):
    """This address knows other methods."""

    code: ClassVar[str] = "methode-niet-toegestaan"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return "Dit adres kent deze methode niet. De kopregel Allow noemt welke wel."


@dataclass(kw_only=True, unsafe_hash=True)
class NotAcceptable(Refusal):
    """The client wants an answer in a form that we do not give."""

    code: ClassVar[str] = "antwoordvorm-onbekend"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return "Het antwoord is alleen te krijgen als application/json. Pas de kopregel Accept aan."


@dataclass(kw_only=True, unsafe_hash=True)
class BodyTooLarge(Refusal):
    """The body is larger than we read."""

    code: ClassVar[str] = "inhoud-te-groot"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return "De inhoud is te groot: hooguit 1 MB aan JSON of 50 MB aan bestand. Splits haar op."


@dataclass(kw_only=True, unsafe_hash=True)
class WrongMediaType(Refusal):
    """The body comes in a form that this address does not read."""

    code: ClassVar[str] = "inhoudsvorm-onbekend"
    wanted: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"Stuur de inhoud als {self.wanted}, met die waarde in de kopregel Content-Type."


@dataclass(kw_only=True, unsafe_hash=True)
class InvalidCursor(Refusal):
    """A cursor is not one that we gave."""

    code: ClassVar[str] = "cursor-ongeldig"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return "Deze cursor is niet van ons. Begin zonder cursor en volg de kopregel Link."


@dataclass(kw_only=True, unsafe_hash=True)
class NotKnownYet(Refusal):
    """A standing is asked for a chain number that does not exist yet."""

    code: ClassVar[str] = "stand-nog-onbekend"
    known_up_to: int
    last: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"standPer {self.known_up_to} is er nog niet; het laatste nummer is {self.last}."
            " Kies dat, of laat standPer weg."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class AccountNotOpenable(Refusal):
    """A plain entry names an account that only an order of its own may open."""

    code: ClassVar[str] = "rekening-niet-vrij-te-openen"
    book: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Een rekening in boek {self.book} ontstaat door een begroting, wijkbudget of"
            " gezinsbudget. Noem hier het nummer van een bestaande rekening (/v1/rekeningen)."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class TryAgain(Refusal):
    """The program or its database is stopping or out of reach."""

    code: ClassVar[str] = "even-niet-bereikbaar"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            "De administratie is even niet bereikbaar. Probeer het opnieuw met dezelfde"
            " Idempotency-Key; er wordt niets dubbel geboekt."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class InternalFault(Refusal):
    """Something is wrong in the program itself."""

    code: ClassVar[str] = "interne-fout"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            "Er ging iets mis in het programma; er is niets geboekt dat u niet terugziet."
            " Geef de beheerder het kenmerk in 'instance'."
        )


BAD_INPUT: Final = 400
NOT_FOUND: Final = 404
STATE: Final = 409
CONTENT: Final = 422

STATUSES: Final[Mapping[str, int]] = {
    # The form of the request.
    "invoer-ongeldig": BAD_INPUT,
    "json-onleesbaar": BAD_INPUT,
    "idempotentiesleutel-ontbreekt": BAD_INPUT,
    "cursor-ongeldig": BAD_INPUT,
    "stand-nog-onbekend": BAD_INPUT,
    "bedrag-ongeldig": BAD_INPUT,
    "tekst-ongeldig": BAD_INPUT,
    "niet-aangemeld": 401,
    "geen-recht": 403,
    "eigen-voorstel": 403,
    "team-niet-van-u": 403,
    "eigen-trekking": 403,
    "mandaat-te-laag": 403,
    "niet-gevonden": NOT_FOUND,
    "methode-niet-toegestaan": 405,
    "antwoordvorm-onbekend": 406,
    "inhoud-te-groot": 413,
    "bericht-te-groot": 413,
    "inhoudsvorm-onbekend": 415,
    "interne-fout": 500,
    "berichtschema-onleesbaar": 500,
    "map-onbruikbaar": 500,
    "sleutel-onbruikbaar": 500,
    "even-niet-bereikbaar": 503,
    # What is asked for is not there.
    "aanbieder-onbekend": NOT_FOUND,
    "analyseplan-onbekend": NOT_FOUND,
    "begroting-niet-gevonden": NOT_FOUND,
    "begrotingswijziging-onbekend": NOT_FOUND,
    "boeking-niet-gevonden": NOT_FOUND,
    "boeking-onbekend": NOT_FOUND,
    "contract-onbekend": NOT_FOUND,
    "gebeurtenis-niet-gevonden": NOT_FOUND,
    "gezin-onbekend": NOT_FOUND,
    "gezinsbudget-onbekend": NOT_FOUND,
    "rekening-niet-gevonden": NOT_FOUND,
    "openstaande-betaler-niet-gevonden": NOT_FOUND,
    "trekking-niet-gevonden": NOT_FOUND,
    "verrekening-niet-gevonden": NOT_FOUND,
    # The books or the registers stand in the way as they are now.
    "aanbieder-bestaat-al": STATE,
    "al-teruggeboekt": STATE,
    "analyseplan-ingetrokken": STATE,
    "analyseplannen-overlappen": STATE,
    "soort-hulp-elders-ingedeeld": STATE,
    "contract-bestaat-al": STATE,
    "begroting-bestaat-al": STATE,
    "begrotingswijziging-al-vastgesteld": STATE,
    "begrotingswijziging-verouderd": STATE,
    "geen-raadsbesluit-nodig": STATE,
    "betaler-andere-toestand": STATE,
    "betaler-sindsdien-verder": STATE,
    "gebeurtenis-al-ingetrokken": STATE,
    "gebeurtenis-al-uitgevoerd": STATE,
    "gebeurtenis-dubbel": STATE,
    "geen-voorstel": STATE,
    "gezinsbudget-bestaat-al": STATE,
    "gezinsbudget-niet-gesloten": STATE,
    "gezinsbudget-niet-open": STATE,
    "gezinstype-staat-vast": STATE,
    "grote-vijf-niet-geregeld": STATE,
    "hulp-dubbel": STATE,
    "jaar-nog-open": STATE,
    "jaar-van-de-kosten-gesloten": STATE,
    "keten-leeg": STATE,
    "levering-wacht-niet": STATE,
    "meer-dan-openstaat": STATE,
    "meer-dan-verplicht": STATE,
    "niets-verplicht": STATE,
    "nog-niet-geleverd": STATE,
    "ondergrens-wijkt-af": STATE,
    "stop-voor-levering": STATE,
    "trekking-sindsdien-gebruikt": STATE,
    "trekking-wacht-niet": STATE,
    "periode-gesloten": STATE,
    "periode-onbekend": STATE,
    "periode-voor-oudste-open-jaar": STATE,
    "persoon-in-ander-gezin": STATE,
    "verhoging-wacht": STATE,
    "verplichtingen-lopen": STATE,
    "saldo-ontoereikend": STATE,
    "te-weinig-ruimte": STATE,
    "vrijval-te-groot": STATE,
    # The content cannot be done, whatever the books say.
    "bericht-ander-soort": CONTENT,
    "bericht-codering": CONTENT,
    "bericht-met-doctype": CONTENT,
    "bericht-onbekend": CONTENT,
    "bericht-ongeldig": CONTENT,
    "bericht-onleesbaar": CONTENT,
    "declaratietotaal-wijkt-af": CONTENT,
    "aanbieder-uitgesloten": CONTENT,
    "aandeel-onjuist": CONTENT,
    "aandelen-niet-samen-een": CONTENT,
    "aanhalingstekens-onjuist": CONTENT,
    "alleen-kopregel": CONTENT,
    "bandbreedte-onjuist": CONTENT,
    "bedrag-niet-positief": CONTENT,
    "bedrag-nul": CONTENT,
    "bedrag-onleesbaar": CONTENT,
    "bedrag-te-groot": CONTENT,
    "bedrag-wijkt-af-van-regels": CONTENT,
    "begroting-ander-jaar": CONTENT,
    "begroting-zonder-bron": CONTENT,
    "begrotingswijziging-niet-sluitend": CONTENT,
    "begrotingswijziging-te-laat": CONTENT,
    "besluit-nog-niet-genomen": CONTENT,
    "gesloten-middel-verschoven": CONTENT,
    "levering-buiten-periode": CONTENT,
    "levering-zonder-bedrag": CONTENT,
    "mutatie-ongeldig": CONTENT,
    "begroting-zonder-cijfers": CONTENT,
    "besluit-ontbreekt": CONTENT,
    "bestand-geen-tekst": CONTENT,
    "bestand-geen-utf8": CONTENT,
    "bestand-leeg": CONTENT,
    "bestand-onjuist": CONTENT,
    "bestand-te-groot": 413,
    "betaler-mag-niet": CONTENT,
    "betaler-eigen-gemeente": CONTENT,
    "betaler-onbekend": CONTENT,
    "betwisting-zonder-reden": CONTENT,
    "bron-niet-gemeentelijk": CONTENT,
    "bron-onbekend": CONTENT,
    "bron-zonder-begroting": CONTENT,
    "bron-zonder-budget": CONTENT,
    "buiten-bandbreedte": CONTENT,
    "dagen-buiten-post": CONTENT,
    "discontovoet-onbekend": CONTENT,
    "contract-zonder-dagen": CONTENT,
    "dag-in-toekomst": CONTENT,
    "dag-niet-na-begin": CONTENT,
    "eenheid-onwaarschijnlijk": CONTENT,
    "eenheid-tegenstrijdig": CONTENT,
    "feit-nog-onbekend": CONTENT,
    "feit-onbekend": CONTENT,
    "geboortedatum-onmogelijk": CONTENT,
    "geen-cijfer-in-eigen-bestand": CONTENT,
    "geen-kosten-vooraf": CONTENT,
    "gemeente-is-landelijk-totaal": CONTENT,
    "gemeente-niet-in-bestand": CONTENT,
    "gemeente-onbekend": CONTENT,
    "geen-jongere": CONTENT,
    "geen-lid-van-gezin": CONTENT,
    "gezin-zonder-leden": CONTENT,
    "gezinnen-niet-vergelijkbaar": CONTENT,
    "gezinstype-onbekend": CONTENT,
    "analyseplan-maanden-ongeldig": CONTENT,
    "code-onbekend": CONTENT,
    "datum-onleesbaar": CONTENT,
    "domein-gesplitst": CONTENT,
    "domein-onbekend": CONTENT,
    "hulp-niet-gemeten": CONTENT,
    "interventie-onbekend": CONTENT,
    "pseudoniem-onleesbaar": CONTENT,
    "zwaarte-onleesbaar": CONTENT,
    "hulp-zonder-betaler": CONTENT,
    "hoeveelheid-ongeldig": CONTENT,
    "indeling-onbekend": CONTENT,
    "instelling-ongeldig": CONTENT,
    "instelling-werkt-terug": CONTENT,
    "kolom-dubbel": CONTENT,
    "kolommen-ontbreken": CONTENT,
    "kolommen-verschoven": CONTENT,
    "meer-dan-een-boek": CONTENT,
    "middel-niet-te-bundelen": CONTENT,
    "middel-niet-te-verschuiven": CONTENT,
    "niet-in-evenwicht": CONTENT,
    "periode-leeg": CONTENT,
    "periode-te-lang": CONTENT,
    "periode-te-ver-vooruit": CONTENT,
    "persoon-niet-in-gezin": CONTENT,
    "persoon-niet-in-verplichting": CONTENT,
    "persoon-onbekend": CONTENT,
    "pgb-niet-in-geld": CONTENT,
    "prestatieperiode-ongeldig": CONTENT,
    "raadsbesluit-nodig": CONTENT,
    "regel-buiten-periode": CONTENT,
    "regel-dubbel": CONTENT,
    "regel-kiezen": CONTENT,
    "regelbedrag-nul": CONTENT,
    "regels-te-groot": CONTENT,
    "rekening-niet-vrij": CONTENT,
    "rekening-niet-vrij-te-openen": CONTENT,
    "rekening-onbekend": CONTENT,
    "scheidingsteken-onjuist": CONTENT,
    "sleutel-hergebruikt": CONTENT,
    "sleutel-zonder-cijfers": CONTENT,
    "soort-hulp-onbekend": CONTENT,
    "stand-zonder-reden": CONTENT,
    "splitsing-zonder-blijvers": CONTENT,
    "stop-buiten-periode": CONTENT,
    "taakveld-bestaat-niet": CONTENT,
    "tarief-onbekend": CONTENT,
    "te-veel-interventies": CONTENT,
    "te-weinig-gezinnen-met-hulp": CONTENT,
    "tarief-buiten-contract": CONTENT,
    "tarief-in-ander-contract": CONTENT,
    "tarief-nul": CONTENT,
    "te-weinig-regels": CONTENT,
    "te-weinig-vergelijking": CONTENT,
    "tegenboeking-wijkt-af": CONTENT,
    "toewijzing-onbekend-taakveld": CONTENT,
    "regel-beperkt-wet": CONTENT,
    "regel-geldt-nooit": CONTENT,
    "regel-is-wet": CONTENT,
    "regel-niet-enger": CONTENT,
    "regel-niet-gemeentelijk": CONTENT,
    "regel-niet-te-beperken": CONTENT,
    "regel-nummer-ongeldig": CONTENT,
    "regel-onbekend": CONTENT,
    "regel-past-niet": CONTENT,
    "regel-verruimt-wet": CONTENT,
    "regel-werkt-terug": CONTENT,
    "regel-zonder-besluit": CONTENT,
    "regel-zonder-soort-hulp": CONTENT,
    "reden-ontbreekt": CONTENT,
    "trekking-niet-positief": CONTENT,
    "personen-ongeldig": CONTENT,
    "afkeurreden-ongeldig": CONTENT,
    "tweede-aanbieder-zonder-reden": CONTENT,
    "tweede-oordeel-niet-aanwezig": CONTENT,
    "veld-leeg": CONTENT,
    "verdeling-zonder-gewicht": CONTENT,
    "verhoging-buiten-periode": CONTENT,
    "verhouding-onbepaald": CONTENT,
    "vertrek-naar-eigen-gemeente": CONTENT,
    "volume-nul": CONTENT,
    "voorwaarde-naam-ongeldig": CONTENT,
    "wijk-dubbel": CONTENT,
    "wijk-onbekend": CONTENT,
    "wijk-van-andere-gemeente": CONTENT,
    "wijkcode-onjuist": CONTENT,
    "zelfde-gezin": CONTENT,
    "zelfde-middel": CONTENT,
}
"""The HTTP status of each refusal, by its code; those of the command line have none."""


def status_of(refusal: type[Refusal] | Refusal) -> int:
    """Give the HTTP status of a refusal."""
    return STATUSES.get(refusal.code, CONTENT)


def title_of(code: str) -> str:
    """Give the Dutch heading of a refusal: its code, written as words."""
    return code.replace("-", " ").capitalize().replace("Json", "JSON")


_ADDRESSES: Final[Mapping[str, str]] = {
    "periode-onbekend": "Dat kan met POST /v1/boekingsperioden.",
}
"""Where the remedy of a refusal is on the wire; the books themselves know no addresses."""


def detail_of(refusal: Refusal) -> str:
    """Say what a refusal says, and at which address the remedy is."""
    return " ".join(filter(None, (refusal.message(), _ADDRESSES.get(refusal.code))))


def problem(refusal: Refusal, *, trace: str) -> dict[str, Any]:
    """Write a refusal as a problem (RFC 9457); ``trace`` names this case in the log too."""
    found: dict[str, Any] = {
        "type": f"{TYPE_PREFIX}{refusal.code}",
        "title": title_of(refusal.code),
        "status": status_of(refusal),
        "detail": detail_of(refusal),
        "instance": f"urn:uuid:{trace}",
        "code": refusal.code,
        "traceId": trace,
    }
    if isinstance(refusal, InvalidInput):
        found["ongeldigeVelden"] = list(refusal.fields)
    facts = facts_of(refusal)
    if facts:
        found["feiten"] = facts
    places = getattr(refusal, "places", ())
    if places:
        found["plaatsen"] = [
            {
                "regel": place.line,
                "kolom": place.column,
                "waarde": place.value,
                "reden": place.reason,
            }
            for place in places
        ]
    return found


def told_by_database(error: Exception) -> Refusal | None:
    """Find the refusal in an error of the database, where it said no in words of our own."""
    original = getattr(error, "orig", None)
    if getattr(original, "sqlstate", None) != _UNLAWFUL:
        return None
    diagnosis = getattr(original, "diag", None)
    return UnlawfulLine(found=str(getattr(diagnosis, "message_primary", "") or ""))


def facts_of(refusal: Refusal) -> dict[str, Any]:
    """Give the facts of a refusal by their names on the wire; cents become amounts."""
    facts: dict[str, Any] = {}
    for name, value in refusal.facts().items():
        if name.endswith("_cents") and isinstance(value, int):
            facts[wire_name(name)] = {"waarde": money.write(value), "valuta": "EUR"}
        else:
            facts[wire_name(name)] = value
    return facts


def wire_name(name: str) -> str:
    """Give the name on the wire of a fact."""
    return FACT_NAMES.get(name) or re.sub(r"_(\w)", lambda found: found[1].upper(), name)


def all_refusals(base: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    """Walk every refusal class that is loaded."""
    for kind in base.__subclasses__():
        yield kind
        yield from all_refusals(kind)
