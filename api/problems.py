"""How a no reads on the wire: one table from refusal to HTTP status, and RFC 9457 around it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal

import msgspec

from api.fact_names import FACT_NAMES
from api.statuses import CONTENT, STATUSES
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
    line: int | None
    column: int | None
    """Where it stops being JSON, both from 1; nothing where that is not known."""

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        place = "" if self.line is None else f" (regel {self.line}, teken {self.column})"
        remedy = "Controleer haakjes, komma's en tekens."
        return f"De inhoud is geen geldige JSON in UTF-8{place}. {remedy}"


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
class ForeignForm(Refusal):
    """A form is not of this session, or was sent by another site."""

    code: ClassVar[str] = "formulier-niet-van-u"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return "Dit formulier hoort niet bij uw aanmelding. Laad de pagina opnieuw en probeer het."


@dataclass(kw_only=True, unsafe_hash=True)
class FormAlreadySent(Refusal):
    """A form of our pages comes back with something else in it after it was carried out."""

    code: ClassVar[str] = "formulier-al-verstuurd"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            "Dit formulier is al eens verstuurd en toen uitgevoerd; wat er nu anders in staat, is"
            " niet geboekt. Open het formulier opnieuw vanuit het menu als u nog iets wilt vragen."
        )


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
class UnknownCostImport(Refusal):
    """There is no such file of observed costs in this gemeente."""

    code: ClassVar[str] = "kostenhistorie-niet-gevonden"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return "Deze kostenhistorie bestaat niet in uw gemeente. Zie /v1/kostenhistories."


@dataclass(kw_only=True, unsafe_hash=True)
class UnknownStudyJob(Refusal):
    """No study was asked for under this number, or not since the program started."""

    code: ClassVar[str] = "studieopdracht-niet-gevonden"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            "Deze studieopdracht is hier niet bekend; na een herstart worden opdrachten vergeten."
            " Zie /v1/effectstudies voor wat er uitkwam, of vraag de studie opnieuw aan."
        )


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
        return (
            "Het antwoord is er niet in de vorm die u vraagt: /v1 geeft application/json, een"
            " pagina text/html. Pas de kopregel Accept aan."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class Changed(Refusal):
    """What is to be changed is not any more as the caller saw it (``If-Match``)."""

    code: ClassVar[str] = "intussen-gewijzigd"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            "Dit is intussen anders dan u zag; er is niets gedaan. Haal het opnieuw op en stuur"
            " de nieuwe ETag mee in If-Match."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class BodyTooLarge(Refusal):
    """The body is larger than we read."""

    code: ClassVar[str] = "inhoud-te-groot"
    limit_bytes: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De inhoud is te groot: hier hooguit {self.limit_bytes // 1_000_000} MB. Splits haar"
            " op."
        )


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
class TooManyRequests(Refusal):
    """Somebody asks more often than one caller may."""

    code: ClassVar[str] = "te-veel-verzoeken"
    seconds: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"U vraagt te vaak. Probeer het over {self.seconds} seconden opnieuw."


@dataclass(kw_only=True, unsafe_hash=True)
class TooSlow(Refusal):
    """A request did not arrive in time."""

    code: ClassVar[str] = "verzoek-te-traag"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return "Uw verzoek kwam niet binnen een minuut aan. Stuur het opnieuw, of in delen."


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
    places = places_of(refusal)
    if places:
        found["plaatsen"] = places
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


def places_of(refusal: Refusal) -> list[dict[str, Any]]:
    """Give every spot in a file that a refusal names, by the names on the wire."""
    return [
        {
            "regel": place.line,
            "kolom": place.column,
            "waarde": place.value,
            "reden": place.reason,
        }
        for place in getattr(refusal, "places", ())
    ]


def wire_name(name: str) -> str:
    """Give the name on the wire of a fact."""
    return FACT_NAMES.get(name) or re.sub(r"_(\w)", lambda found: found[1].upper(), name)


def all_refusals(base: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    """Walk every refusal class that is loaded."""
    for kind in base.__subclasses__():
        yield kind
        yield from all_refusals(kind)
