"""Reading a delivery of debt help (DDAS 1.0, JSON): by our own model, and by its schema.

The schema of VNG has no stated licence, so the installation names the folder that holds it; our own
model always looks, and refuses every unknown field. What is told about a fault is its place and its
kind, never its content: there stand names and numbers of people.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, Literal

import jsonschema_rs
import msgspec

from domains.debt_help.model import DebtHelpFile, Start, Trajectory
from domains.debt_help.refusals import DebtHelpInvalid, DebtHelpUnreadable

SCHEMA_FILE: Final = "json_schema_Uitwisselmodel.json"

MOST_FAULTS: Final = 100
"""Places that are looked for where a file is wrong."""

_REASONS: Final = {
    "type": "staat een waarde van het verkeerde soort",
    "enum": "staat een waarde die DDAS niet kent",
    "required": "ontbreekt een verplicht veld",
    "additionalProperties": "staat een veld dat DDAS niet kent",
    "format": "staat geen geldige datum of geen geldig tijdstip",
    "minItems": "staan te weinig onderdelen",
    "maxItems": "staan te veel onderdelen",
}
_OTHER: Final = "staat iets dat niet past"
_ORDER: Final = "ligt de einddatum voor de startdatum"
_END: Final = "/einddatumLevering"
_TOO_LATE: Final = "staat een datum na 2199"
_LAST_DAY: Final = date(2199, 12, 31)
"""No day that is kept lies after it."""
_NO_END: Final = date.max
"""What other systems write for help that goes on; no day comes after it."""
_OWN: Final = (
    ("missing required field", "required"),
    ("contains unknown field", "additionalProperties"),
    ("Invalid enum", "enum"),
    ("Invalid RFC3339", "format"),
    ("Invalid ISO8601", "format"),
    (" of length >=", "minItems"),
    (" of length <=", "maxItems"),
    ("Expected", "type"),
)
"""How the library begins a fault, and what the schema calls it."""


class _Model(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """The base of our own model; every name is that of DDAS."""


class _Period(_Model, frozen=True, kw_only=True):
    startdatum: date | None = None
    einddatum: date | None = None


class _Application(_Period, frozen=True, kw_only=True):
    crisisinterventie: bool = False


class _Guidance(_Period, frozen=True, kw_only=True):
    soort: (
        Literal[
            "Budgetcoaching",
            "Budgetbeheer",
            "Beschermingsbewind",
            "Lange Termijn Begeleiding (DFD)",
            "Budgetbegeleiding",
        ]
        | None
    ) = None


class _Intake(_Period, frozen=True, kw_only=True):
    beschikkingsdatum: date | None = None
    beschikkingssoort: Literal["Afwijzingsbeschikking", "Toelatingsbeschikking"] | None = None


class _Moratorium(_Period, frozen=True, kw_only=True):
    datum_aanvraag: date | None = None
    datum_goedkeuring: date | None = None


class _Solution(_Period, frozen=True, kw_only=True):
    soort: (
        Literal[
            "Betalingsregeling",
            "Herfinanciering",
            "Saneringskrediet",
            "Schuldbemiddeling",
            "0%-aanbod",
        ]
        | None
    ) = None
    vtlb: int | None = None


class _Plan(_Model, frozen=True, kw_only=True):
    datum_afronding: date | None = None


class _Arrangement(_Model, frozen=True, kw_only=True):
    afgewezen: date | None = None
    datum: date | None = None
    datum_verzoek_dwangakkoord: date | None = None
    dwangakkoord: bool | None = None
    ingetrokken: date | None = None
    toegekend: date | None = None


class _Outflow(_Model, frozen=True, kw_only=True):
    datum: date | None = None
    datum_beeindigingsbeschikking: date | None = None
    omschrijving: str = ""
    reden: (
        Literal[
            "Overleden",
            "Verhuisd",
            "Nietverschenen",
            "Ingetrokken",
            "Niet passend",
            "Overig",
            "Voldoet niet",
            "Afgerond",
            "Zelf",
        ]
        | None
    ) = None


class _Creditor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    naam: str = ""
    kvknummer: str = ""
    name: str = msgspec.field(name="Naam", default="")
    postcode: str = ""
    privepersoon: bool | None = None


class _Debt(_Model, frozen=True, kw_only=True):
    bedrag: int | None = None
    peildatum: date | None = None
    schuldsoort: Literal["Zorg", "Publiek", "Nuts", "Overig"] | None = None
    zakelijke_schuld: bool | None = None
    schuldeiser: _Creditor | None = None


class _Client(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person helped; only the number is used, to find a pseudonym."""

    bsn: str = msgspec.field(name="Burgerservicenummer", default="")
    birth_date: str = msgspec.field(name="Geboortedatum", default="")
    sex: str = msgspec.field(name="Geslachtsaanduiding", default="")
    postcode: str = msgspec.field(name="Postcode", default="")
    number: str = msgspec.field(name="Huisnummer", default="")
    addition: str = msgspec.field(name="Huisnummertoevoeging", default="")


class _Trajectory(_Period, frozen=True, kw_only=True):
    gemeentecode: str
    omschrijving: str = ""
    toekenningsdatum: date | None = None
    totaal_schuldbedrag_bij_aanvang_schuld: int | None = None
    aanmelding: _Application | None = None
    begeleiding: list[_Guidance] = msgspec.field(default_factory=list)
    client: list[_Client] = msgspec.field(default_factory=list)
    crisisinterventies: list[_Period] = msgspec.field(default_factory=list)
    informatie_en_advies: _Period | None = None
    intake: _Intake | None = None
    moratoria: list[_Moratorium] = msgspec.field(default_factory=list)
    nazorg: _Period | None = None
    oplossing: _Solution | None = None
    plan_van_aanpak: _Plan | None = None
    schulden: list[_Debt] = msgspec.field(default_factory=list)
    schuldregeling: _Arrangement | None = None
    voorlopige_voorzieningen: list[_Period] = msgspec.field(default_factory=list)
    uitstroom: _Outflow | None = None
    stabilisatie: _Period | None = None


class _Contact(_Model, frozen=True, kw_only=True):
    email: str = ""
    functietitel: str = ""
    naam: str = ""
    telefoonnummer: str = ""


class _Organisation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str = msgspec.field(name="(Statutaire) Naam", default="")
    kvk_number: str = msgspec.field(name="KvK-nummer", default="")
    postcode: str = ""
    gemeentecode: str = ""
    contactpersonen: list[_Contact] = msgspec.field(default_factory=list)


class _Delivery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    teller: int
    aanleverende_organisatie: _Organisation
    schuldhulptrajecten: list[_Trajectory] = msgspec.field(default_factory=list)


class _Exchange(_Model, frozen=True, kw_only=True):
    startdatum_levering: date
    einddatum_levering: date
    aanleverdatum_en_tijd: datetime
    code_gegevensleverancier: str
    leveringen: list[_Delivery]


def read_debt_help(content: bytes, *, file_name: str, schema: Path | None) -> DebtHelpFile:
    """Read a delivery; ``schema`` is the file with the schema, where the installation has it.

    :raises DebtHelpUnreadable: it is no JSON in UTF-8.
    :raises DebtHelpInvalid: somewhere it is not as DDAS 1.0 says.
    """
    try:
        found = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"), type=_Exchange)
    except msgspec.ValidationError as problem:
        reason, pointer = _fault_of(str(problem))
        raise DebtHelpInvalid(
            file_name=file_name, pointer=pointer, reason=reason, number=1
        ) from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as problem:
        place = re.search(r"byte (\d+)", str(problem))
        raise DebtHelpUnreadable(
            file_name=file_name, position=int(place.group(1)) if place else len(content)
        ) from None
    if schema is not None:
        _check_schema(content, file_name=file_name, schema=schema)
    _check_head(found, file_name=file_name)
    trajectories = tuple(_trajectories(found))
    _check_order(trajectories, file_name=file_name)
    return DebtHelpFile(
        sha256=hashlib.sha256(content).hexdigest(),
        supplier=found.code_gegevensleverancier,
        from_date=found.startdatum_levering,
        last_date=found.einddatum_levering,
        trajectories=trajectories,
    )


def schema_in(folder: Path | None) -> Path | None:
    """Find the schema of DDAS in the folder of schemas of the installation, if it is there."""
    if folder is None:
        return None
    places = (folder / SCHEMA_FILE, folder / "ddas" / SCHEMA_FILE)
    return next((place for place in places if place.is_file()), None)


def _check_schema(content: bytes, *, file_name: str, schema: Path) -> None:
    """Hold the file against the schema, as the standard publishes it."""
    validator = jsonschema_rs.validator_for(
        msgspec.json.decode(schema.read_bytes()), validate_formats=True
    )
    faults = []
    for fault in validator.iter_errors(msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))):
        keyword = next((step for step in reversed(fault.schema_path) if step in _REASONS), "")
        faults.append((_pointer(fault.instance_path), _REASONS.get(str(keyword), _OTHER)))
        if len(faults) == MOST_FAULTS:
            break
    if faults:
        pointer, reason = min(faults)
        raise DebtHelpInvalid(
            file_name=file_name, pointer=pointer, reason=reason, number=len(faults)
        )


def _check_head(found: _Exchange, *, file_name: str) -> None:
    """Refuse days of a delivery that cannot be kept, and a supplier of no plain text."""
    if not found.code_gegevensleverancier.isprintable():
        wrong, reason = "/codeGegevensleverancier", _OTHER
    elif max(found.startdatum_levering, found.einddatum_levering) > _LAST_DAY:
        wrong = "/startdatumLevering" if found.startdatum_levering > _LAST_DAY else _END
        reason = _TOO_LATE
    elif found.einddatum_levering < found.startdatum_levering:
        wrong, reason = _END, _ORDER
    else:
        return
    raise DebtHelpInvalid(file_name=file_name, pointer=wrong, reason=reason, number=1)


def _check_order(trajectories: Sequence[Trajectory], *, file_name: str) -> None:
    """Refuse help that ended before it began, or on a day that cannot be kept."""
    for reason, is_wrong in ((_ORDER, _ends_early), (_TOO_LATE, _is_too_late)):
        wrong = [each.pointer for each in trajectories if any(map(is_wrong, each.starts))]
        if wrong:
            raise DebtHelpInvalid(
                file_name=file_name, pointer=wrong[0], reason=reason, number=len(wrong)
            )


def _ends_early(start: Start) -> bool:
    return start.ended_on is not None and start.ended_on < start.started_on


def _is_too_late(start: Start) -> bool:
    return max(start.started_on, start.ended_on or start.started_on) > _LAST_DAY


def _trajectories(found: _Exchange) -> Iterator[Trajectory]:
    for place, delivery in enumerate(found.leveringen):
        for number, each in enumerate(delivery.schuldhulptrajecten):
            intake = each.intake.beschikkingssoort if each.intake else None
            yield Trajectory(
                pointer=f"/leveringen/{place}/schuldhulptrajecten/{number}",
                gemeente=each.gemeentecode.strip(),
                clients=tuple(client.bsn.strip() for client in each.client),
                is_admitted=intake != "Afwijzingsbeschikking",
                starts=tuple(_starts(each)),
            )


def _starts(each: _Trajectory) -> Iterator[Start]:
    """List what began in a trajectory, the trajectory itself first."""
    outflow = each.uitstroom
    began = each.startdatum or each.toekenningsdatum
    if began is not None:
        ended = _end(each.einddatum) or (outflow.datum if outflow else None)
        outcome = (outflow.reden or "") if outflow else ""
        yield Start(form="traject", started_on=began, ended_on=ended, outcome=outcome)
    steps: list[tuple[str, _Period | None]] = [
        ("stabilisatie", each.stabilisatie),
        ("nazorg", each.nazorg),
        *(("crisisinterventie", step) for step in each.crisisinterventies),
        *((_form("begeleiding", step.soort), step) for step in each.begeleiding),
    ]
    for form, step in steps:
        if step is not None and step.startdatum is not None:
            ended = _end(step.einddatum)
            yield Start(form=form, started_on=step.startdatum, ended_on=ended, outcome="")
    solution = each.oplossing
    if solution is not None and solution.startdatum is not None:
        yield Start(
            form=_form("oplossing", solution.soort),
            started_on=solution.startdatum,
            ended_on=_end(solution.einddatum),
            outcome=_arranged(each.schuldregeling),
        )


def _end(day: date | None) -> date | None:
    return None if day == _NO_END else day


def _arranged(arrangement: _Arrangement | None) -> str:
    """Say what became of an arrangement with creditors, by its latest word."""
    if arrangement is None:
        return ""
    words = [
        (day, word)
        for day, word in (
            (arrangement.toegekend, "Toegekend"),
            (arrangement.afgewezen, "Afgewezen"),
            (arrangement.ingetrokken, "Ingetrokken"),
        )
        if day is not None
    ]
    return max(words)[1] if words else ""


def _form(step: str, kind: str | None) -> str:
    return f"{step}: {kind}" if kind else step


def _fault_of(problem: str) -> tuple[str, str]:
    """Turn what the library says into a reason and a pointer, without any content of the file."""
    said, _, path = problem.partition(" - at `$")
    keyword = next((keyword for start, keyword in _OWN if start in said), "")
    steps = re.findall(r"\[(\d+|\.\.\.)\]|\.([^.\[`]+)", path)
    return _REASONS.get(keyword, _OTHER), _pointer([place or name for place, name in steps])


def _pointer(steps: Sequence[Any]) -> str:
    """Write a place as a JSON pointer (RFC 6901)."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)
