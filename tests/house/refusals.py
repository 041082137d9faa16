"""Writes ``docs/refusals.md`` from the refusal classes themselves.

``python -m tests.house.refusals --schrijf`` writes the file; without the option it is printed. The
order is that of the checks: by package and module, then as in the module (in ``ledger.books`` as
in ``VERDICTS``, because the database judges in that order).
"""

import importlib
import inspect
import re
import sys
from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import date
from pathlib import Path
from types import UnionType
from typing import Any, Final, get_args, get_origin, get_type_hints
from uuid import UUID

from api.problems import InvalidField, status_of, wire_name
from domains.readers.model import Place
from ledger.books import VERDICTS
from ledger.refusals import Refusal
from tests.house.sources import ROOT, files

FILE: Final = ROOT / "docs" / "refusals.md"
PACKAGES: Final = ("ledger", "domains", "api")
_REFUSAL: Final = re.compile(r"^class \w+\(.*\bRefusal\)", re.MULTILINE)

_HEAD: Final = """\
# Refusals

Every expected no, in the order of the checks: the code on the wire, its meaning, the HTTP status,
an example of the sentence, and the facts that come with it (on the wire; in the code). Made from
the classes by `python -m tests.house.refusals --schrijf`; a test fails when it differs.

On the wire a refusal is a problem (RFC 9457): `type` ends in the code, `detail` is the sentence,
`feiten` are the facts, `ongeldigeVelden` or `plaatsen` name each wrong field or spot in a file.
"""

_EXAMPLES: Final[Mapping[str, object]] = {
    "account": "1d0f6c0a-5a5e-5d0c-9c1b-3f6f5b1f2a10",
    "account_code": "0100",
    "amount_cents": 125_000,
    "balance_cents": 43_750,
    "birth_date": "1850-01-01",
    "book": "BUDGET",
    "booking_date": "2026-03-01",
    "byte": 412,
    "change": "019a7f00-0000-7000-8000-000000000004",
    "change_cents": -125_000,
    "decided_on": date(2026, 11, 5),
    "decision": "Raadsbesluit 2026-44",
    "colour": "JW-2026",
    "column": "lasten",
    "count": 1,
    "difference_cents": 100,
    "domain": "jeugd",
    "domains": "jeugd, wmo",
    "district": "WK034401",
    "element": "GeleverdVolume",
    "encoding": "UTF-16",
    "entry": "019a7f00-0000-7000-8000-000000000001",
    "expenses_cents": 125_000,
    "fact": "Laag inkomen",
    "family": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
    "family_budget": "019a7f00-0000-7000-8000-000000000002",
    "family_type": "samengesteld",
    "file": "checkpoint.key.pem",
    "file_name": "begroting_2026.csv",
    "floor_cents": 0,
    "folder": "checkpoints",
    "found_cents": 79_000,
    "from_programme": "5",
    "fund": "JW-2026",
    "gemeente": "GM0344",
    "item": "019a7f00-0000-7000-8000-000000000004",
    "intervention": "schuldhulp",
    "interventions": "schuldhulp",
    "key": "huishoudens",
    "kind": "jeugdhulp-ambulant",
    "high": "60",
    "known": "basis, complex",
    "known_up_to": 120,
    "last": 98,
    "law": "E05",
    "least": 30,
    "legal_basis": "Participatiewet 69 lid 1",
    "likely": "duizenden euro's",
    "limit_bytes": 50 * 1024**2,
    "line": 12,
    "looks_like": "een Excel-bestand",
    "low": "0",
    "max_cents": 3_000_000,
    "min_cents": 1_000_000,
    "missing": "taakveld",
    "most": 20,
    "municipality": "Utrecht",
    "municipalities": "GM0344, GM0355",
    "nearest": "Utrecht",
    "needed": "financieel",
    "oldest_open_year": 2026,
    "closing": "0190c0de-0000-7000-8000-000000000001",
    "exception": "0190c0de-0000-7000-8000-000000000001",
    "most_days": 92,
    "part": "leeftijd tot",
    "payer": "ZVW",
    "per_inhabitant": "€ 3,10",
    "place": "de vrije ruimte",
    "plan": "019a7f00-0000-7000-8000-000000000005",
    "product": "45 45A04 per uur",
    "provider": "Aanbieder A",
    "programme": "Meedoen",
    "read_as": "euro's",
    "reference": "JH-2026-12",
    "revenues_cents": 100_000,
    "reverses": "019a7f00-0000-7000-8000-000000000003",
    "room_cents": 43_750,
    "rule": "L01",
    "spent_cents": 43_750,
    "says": "'baten_eur' is in euro's en 'lasten_duizend' is in duizenden euro's",
    "setting": "akkoordtermijn",
    "source": "JWX",
    "taakveld": "6.751",
    "title": "Schuldhulp 2023-2025",
    "team": "wijkteam-noord",
    "today": date(2026, 3, 1),
    "to_programme": "6",
    "told_cents": 79_100,
    "total_cents": 100,
    "wanted": "application/json",
    "where": "de naam van het bestand",
    "without_months": 4,
    "done": 80_000,
    "form": "generiek",
    "waiting": 3,
    "message_id": "019a7f00-0000-7000-8000-000000000009",
    "year": 2026,
}
"""A fact that reads well, by its name; a name that is not here gets one by its type."""

_OWN: Final[Mapping[str, Mapping[str, object]]] = {
    "aanbieder-bestaat-al": {"known": "41000001"},
    "aanbieder-onbekend": {"provider": "41000009"},
    "analyseplan-maanden-ongeldig": {"reason": "ze staan niet op volgorde"},
    "bedrag-ongeldig": {"value": "12,505"},
    "begrotingswijziging-te-laat": {"decided_on": date(2027, 1, 14)},
    "begrotingswijziging-verouderd": {"latest": 2},
    "besluit-nog-niet-genomen": {"decided_on": date(2026, 11, 5)},
    "besluit-voor-begroting": {"decided_on": date(2025, 11, 5), "budget_from": date(2026, 1, 1)},
    "boekdatum-te-vroeg": {
        "booking_date": date(2026, 3, 1),
        "earliest": date(2026, 4, 1),
        "since": "toen is het gezinsbudget geopend",
    },
    "gesloten-middel-verschoven": {"fund": "BUIG-2026"},
    "bedrag-niet-positief": {"amount_cents": 0},
    "database-niet-leeg": {"count": 93},
    "reservekopie-onbruikbaar": {
        "folder": "2026-03-01",
        "reason": "boeken.dump is niet het bestand dat het manifest noemt",
    },
    "herstel-wijkt-af": {"folder": "2026-03-01"},
    "te-veel-interventies": {"count": 24},
    "te-weinig-gezinnen-met-hulp": {"count": 22},
    "te-weinig-vergelijking": {"count": 41, "least": 60},
    "trekking-niet-positief": {"amount_cents": 0},
    "bericht-andere-gemeente": {"found": "GM0384", "gemeente": "GM0344"},
    "toewijzing-zonder-persoon": {"count": 2},
    "bsn-bij-ander": {"known": "019a7f00-0000-7000-8000-000000000003"},
    "bericht-nog-niet-beantwoord": {"done": 80_000, "count": 100_000, "waiting": 3},
    "bericht-zonder-antwoord": {"kind": "JW305"},
    "persoonssleutel-onbruikbaar": {
        "file": "personen.key",
        "reason": "een andere sleutel heeft verzegeld",
    },
    "toewijzing-onbekend": {"number": 300201},
    "toewijzing-te-groot": {"most": 99_999_999},
    "toewijzingnummer-bezet": {"number": 300201},
    "personenregel-onleesbaar": {"file_name": "personen.csv", "column": "geboortedatum"},
    "bericht-te-groot": {"file_name": "declaratie.xml", "limit_bytes": 512 * 1024**2},
    "bericht-onleesbaar": {
        "file_name": "declaratie.xml",
        "line": 812,
        "column": 14,
        "reason": "hier houdt het bestand op voor het bericht compleet is; het is afgebroken",
    },
    "bericht-codering": {"file_name": "declaratie.xml"},
    "bericht-met-doctype": {"file_name": "declaratie.xml"},
    "bericht-onbekend": {"file_name": "declaratie.xml", "found": "JW302"},
    "bericht-ander-soort": {
        "file_name": "start.xml",
        "found": "JW305",
        "wanted": "een declaratie (323)",
    },
    "bericht-ongeldig": {
        "file_name": "declaratie.xml",
        "line": 812,
        "reason": "verwacht is een geheel getal van 0 tot en met 99999999",
    },
    "declaratietotaal-wijkt-af": {"file_name": "declaratie.xml"},
    "berichtschema-onleesbaar": {"file_name": "JW323.xsd"},
    "bestand-geen-utf8": {"found": "de byte 0xEB"},
    "besluit-ontbreekt": {"needed": "laten blijven"},
    "betaler-andere-toestand": {"needed": "geclaimd bij ZVW", "found": "€ 900,00 open"},
    "betaler-mag-niet": {"payer": "JW", "rule": "E12"},
    "betaler-onbekend": {"payer": "ZORG", "known": "JW, WMO, ZVW"},
    "bron-onbekend": {"nearest": "JW"},
    "buiten-bandbreedte": {"amount_cents": 4_000_000},
    "dag-in-toekomst": {"day": date(2026, 3, 2)},
    "dag-niet-na-begin": {"day": date(2026, 3, 1), "from_date": date(2026, 3, 1)},
    "domein-gesplitst": {
        "domain": "wmo",
        "needed": "opvang en wmo",
        "day": date(2025, 1, 1),
    },
    "domein-onbekend": {"domain": "zorg", "known": "ggz, jeugd, wmo"},
    "interventie-onbekend": {"known": "opvoedhulp, schuldhulp"},
    "feit-nog-onbekend": {"payer": "JW", "fact": "beperking", "rule": "E04"},
    "aanbieder-uitgesloten": {"day": date(2026, 7, 1)},
    "bedrag-wijkt-af-van-regels": {"amount_cents": 125_000, "total_cents": 130_000},
    "levering-buiten-periode": {"until_date": date(2026, 7, 1)},
    "meer-dan-verplicht": {"amount_cents": 125_000},
    "regel-buiten-periode": {"until_date": date(2027, 3, 1)},
    "regel-kiezen": {"line": 3, "count": 2},
    "stop-buiten-periode": {"day": date(2026, 9, 1), "until_date": date(2026, 7, 1)},
    "stop-voor-levering": {"day": date(2026, 5, 1), "delivered_on": date(2026, 5, 31)},
    "verhoging-buiten-periode": {"outcome": "gestopt", "until_date": date(2026, 7, 1)},
    "hoeveelheid-ongeldig": {"value": "52,50"},
    "tarief-buiten-contract": {"from_date": date(2027, 3, 1)},
    "gemeente-is-landelijk-totaal": {"municipality": "Nederland"},
    "gemeente-onbekend": {"municipality": "Utrech"},
    "gemeente-niet-in-bestand": {"found": "GM0363"},
    "instelling-ongeldig": {"reason": "geef een aantal dagen van 1 tot en met 365"},
    "instelling-werkt-terug": {"valid_from": date(2026, 1, 1)},
    "kolom-dubbel": {"found": "lasten_eur, lasten_duizend"},
    "kolommen-ontbreken": {"found": "programma, baten, lasten"},
    "indeling-onbekend": {
        "line": 1,
        "found": "naam, adres",
        "known": "Iv3-bestand van CBS, programmabegroting",
    },
    "schuldhulpbestand-ongeldig": {"reason": "ontbreekt een verplicht veld", "number": 3},
    "map-onbruikbaar": {"reason": "Permission denied"},
    "meer-dan-openstaat": {"needed": "geclaimd bij ZVW"},
    "middel-niet-te-verschuiven": {"fund": "BUIG-2026"},
    "middel-niet-te-bundelen": {"fund": "BUIG-2026"},
    "niet-aangemeld": {"reason": "Het token is verlopen."},
    "pgb-niet-in-geld": {"kind": "pgb-in-geld", "rule": "E37"},
    "periode-te-lang": {"latest_end": date(2036, 3, 1)},
    "scheidingsteken-onjuist": {"line": 1, "found": "een komma"},
    "sleutel-onbruikbaar": {"reason": "het is geen Ed25519-sleutel"},
    "soort-hulp-onbekend": {"kind": "jeugdhulp", "nearest": "jeugdhulp-ambulant"},
    "wijk-dubbel": {
        "first": "'Wijk 1' (10 inwoners, 4 huishoudens)",
        "second": "'Wijk 1' (11 inwoners, geen huishoudens)",
    },
    "wijk-van-andere-gemeente": {"district": "WK036301"},
    "begroting-ander-jaar": {"found": "2025"},
    "gezinsbudget-niet-gesloten": {"state": "open"},
    "gezinsbudget-niet-open": {"state": "gesloten"},
    "grote-vijf-niet-geregeld": {"missing": "wonen, inkomen"},
    "hulp-dubbel": {"until_date": date(2026, 6, 1), "rule": "E36"},
    "bron-niet-gemeentelijk": {"source": "ZVW"},
    "reden-ontbreekt": {"part": "inkomen"},
    "regel-beperkt-wet": {"law": "E15", "legal_basis": "Wmo 2015 1.1.1, 1.2.1 a"},
    "regel-is-wet": {"rule": "E05", "legal_basis": "Jeugdwet 1.1 jeugdhulp 2° en 3°"},
    "regel-niet-enger": {"rule": "E25"},
    "regel-niet-te-beperken": {"rule": "E41"},
    "regel-nummer-ongeldig": {"rule": "E25"},
    "regel-onbekend": {"rule": "E99"},
    "regel-past-niet": {
        "found": "regel E05 laat JW niet betalen voor 2026-03-01 tot en met 2026-03-31"
    },
    "regel-verruimt-wet": {"legal_basis": "Jeugdwet 1.1 jeugdhulp 2° en 3°"},
    "regel-werkt-terug": {"rule": "E25", "from_date": date(2026, 1, 1)},
    "periode-voor-oudste-open-jaar": {"until_date": date(2025, 3, 1)},
    "periode-te-ver-vooruit": {
        "from_date": date(2029, 1, 1),
        "latest_start": date(2028, 3, 1),
    },
}
"""Facts that make one sentence read well, by its code."""

_SPOTS: Final[Mapping[str, tuple[str, str, str]]] = {
    "code-onbekend": ("bron", "JWX", "is geen bron"),
    "datum-onleesbaar": ("maand", "3-2024", "is geen maand, zoals 2024-03"),
    "pseudoniem-onleesbaar": ("persoon", "Jansen", "is geen nummer (uuid)"),
    "zwaarte-onleesbaar": ("zwaarte", "hoog", "is geen getal boven 0"),
    "bedrag-onleesbaar": ("lasten_eur", "12,505", "heeft meer dan twee decimalen"),
    "geen-cijfer-in-eigen-bestand": ("lasten_eur", "-99998", "is geen bedrag"),
    "taakveld-bestaat-niet": ("taakveld", "6.71a", "bestaat niet in 2026"),
    "regel-dubbel": ("taakveld", "6.3", "van 'Meedoen' stond al op regel 4"),
    "veld-leeg": ("lasten_eur", "", "is leeg"),
    "kolommen-verschoven": ("", "", "6 kolommen, de kopregel heeft er 5"),
    "wijkcode-onjuist": ("code", "WK3", "is geen code van wijk of buurt"),
    "bestand-onjuist": ("lasten_eur", "", "is leeg"),
    "aandeel-onjuist": ("aandeel", "1,2", "is geen getal boven 0 en tot en met 1"),
    "aandelen-niet-samen-een": ("aandeel", "6.3", "de aandelen zijn samen 94 %"),
    "bron-zonder-begroting": ("bron", "ZVW", "heeft geen budget in de gemeente"),
    "toewijzing-onbekend-taakveld": ("taakveld", "6.99", "bestaat in geen enkel jaar"),
}
"""The column, value and reason of a wrong spot in a file, by the code of its refusal."""

_BY_TYPE: Final[Mapping[object, object]] = {
    str: "…",
    int: 1,
    date: date(2026, 3, 1),
    UUID: UUID("7c9e6679-7425-40de-944b-e07fc1f90ae7"),
    InvalidField: InvalidField(
        naam="boekdatum", bron="body", code="required", reden="is verplicht"
    ),
}


def all_refusals() -> tuple[type[Refusal], ...]:
    """Give every refusal of the product, in the order of the checks."""
    for path in files(".py", under=PACKAGES):
        if _REFUSAL.search(path.read_text(encoding="utf-8")):
            importlib.import_module(_module_of(path))
    return tuple(sorted(set(_below(Refusal)), key=_place))


def example(refusal: type[Refusal]) -> Refusal:
    """Make a refusal with facts that could be true."""
    hints = get_type_hints(refusal)
    own = _OWN.get(refusal.code, {})
    facts: dict[str, Any] = {}
    for field in fields(refusal):  # type: ignore[arg-type]  # Every subclass is a dataclass.
        if field.name in own:
            facts[field.name] = own[field.name]
        elif field.name in _EXAMPLES:
            facts[field.name] = _EXAMPLES[field.name]
        elif field.default is MISSING:
            facts[field.name] = _fact(hints[field.name], refusal.code)
    return refusal(**facts)


def text() -> str:
    """Write the whole document."""
    parts = [_HEAD]
    module = ""
    for refusal in all_refusals():
        if refusal.__module__ != module:
            module = refusal.__module__
            parts.append(f"## {module}\n")
        parts.append(_section(refusal))
    return "\n".join(parts)


def _section(refusal: type[Refusal]) -> str:
    case = example(refusal)
    title = (inspect.getdoc(refusal) or "").splitlines()[0]
    names = [f"`{wire_name(name)}` (`{name}`)" for name in case.facts()]
    facts = f"\nFacts: {', '.join(names)}.\n" if names else ""
    quoted = "\n".join(f"> {line}" for line in case.message().splitlines())
    return f"### {refusal.code}\n\n{title} HTTP {status_of(refusal)}.\n\n{quoted}\n{facts}"


def _fact(kind: Any, code: str) -> object:
    """Make a fact of a type: a list has one, an optional one is there."""
    if kind in _BY_TYPE:
        return _BY_TYPE[kind]
    if kind is Place:
        column, value, reason = _SPOTS.get(code, ("kolom", "waarde", "reden"))
        return Place(line=12, column=column, value=value, reason=reason)
    inner = get_args(kind)[0]
    if isinstance(kind, UnionType):
        return _fact(inner, code)
    if get_origin(kind) is tuple:
        return (_fact(inner, code),)
    raise TypeError(kind)


def _module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _below(base: type[Refusal]) -> list[type[Refusal]]:
    """Give the refusals under a class that belong to the product and not to a test."""
    found: list[type[Refusal]] = []
    for each in base.__subclasses__():
        if each.__module__.split(".")[0] in PACKAGES:
            found.append(each)
        found += _below(each)
    return found


def _place(refusal: type[Refusal]) -> tuple[int, str, int, int]:
    """Say where a refusal comes in the order of the checks."""
    module = refusal.__module__
    judged = list(VERDICTS.values())
    verdict = judged.index(refusal) if refusal in judged else len(judged)
    line = inspect.getsourcelines(refusal)[1]
    return PACKAGES.index(module.split(".")[0]), module, verdict, line


if __name__ == "__main__":
    if "--schrijf" in sys.argv[1:]:
        FILE.write_text(text(), encoding="utf-8")
    else:
        sys.stdout.write(text())
