"""Looks an installation over: what works, what may go wrong, and what to do about it.

Nothing is changed. Every finding that is not in order says how to mend it.
"""

import platform
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import psycopg

from api import migrate
from api.bearer import check_identity
from api.keys import secret_keys
from api.postgres import EnvironmentProblem
from api.postgres_programs import OLDEST_VERSION, find_program
from api.runtime import as_found, checkpoint_folder
from api.settings import Settings
from ledger import checkpoints
from ledger.refusals import Refusal

_ENOUGH_BYTES: Final = 1024**3
_NEEDED_BYTES: Final = 200 * 1024**2
_CLOCK_SECONDS: Final = 5.0
_OTHERS: Final = 0o077
_STATIC: Final = ("onderdelen.css", "htmx.js")
_SCHEMAS: Final = "*.xsd"


class State(StrEnum):
    """How something is."""

    GOOD = "ok"
    WARNING = "waarschuwing"
    WRONG = "fout"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """One thing that was looked at."""

    subject: str
    state: State
    told: str
    remedy: str = ""


Probe = Callable[["Patient"], Iterator[Sign]]
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """An installation, at a moment of its own clock."""

    settings: Settings
    now: Callable[[], datetime]


def examine(patient: Patient) -> tuple[Sign, ...]:
    """Look at everything; what cannot be looked at is told, and the rest is still looked at."""
    signs: list[Sign] = []
    for probe in PROBES:
        try:
            signs += probe(patient)
        except OSError as problem:
            told = f"{problem.filename} is niet te lezen ({problem.strerror})"
            remedy = "Draai dit als de gebruiker waaronder Ontschot draait."
            signs.append(_wrong("bestanden", told, remedy))
    return tuple(signs)


def _versions(_patient: Patient) -> Iterator[Sign]:
    told = f"Ontschot {version('ontschot')}, Python {platform.python_version()}"
    yield _good("versie", f"{told}, {sys.platform}")


def _settings(patient: Patient) -> Iterator[Sign]:
    settings = patient.settings
    try:
        check_identity(settings)
    except EnvironmentProblem as problem:
        yield _wrong("aanmelden", str(problem), "")
    else:
        who = settings.issuers or "personages, alleen op deze machine"
        yield _good("aanmelden", who)
    told = f"omgeving {settings.omgeving}, map {settings.data_folder}"
    if settings.omgeving == "productie" and settings.database_url is None:
        remedy = "Zet DATABASE_URL en ONTSCHOT_MIGRATIE_URL van een beheerde PostgreSQL."
        yield _warning("instellingen", f"{told}, met de eigen PostgreSQL", remedy)
    else:
        yield _good("instellingen", told)


def _database(patient: Patient) -> Iterator[Sign]:
    try:
        with as_found(patient.settings) as url:
            if url is None:
                told = f"in {patient.settings.data_folder} staan nog geen boeken"
                yield _warning("database", told, "Draai `ontschot migreer` of `ontschot demo`.")
                return
            with psycopg.connect(url, connect_timeout=5) as connection:
                connection.row_factory = psycopg.rows.dict_row  # type: ignore[assignment]  # Its stubs know only tuples here.
                yield from _in_database(patient, connection)
    except (EnvironmentProblem, psycopg.Error) as problem:
        told = (str(problem).strip().splitlines() or ["geen verbinding"])[0]
        remedy = (
            "Controleer het adres in DATABASE_URL en of PostgreSQL draait."
            if patient.settings.database_url is not None
            else "Draai dit als de gebruiker waaronder Ontschot draait."
        )
        yield _wrong("database", told, remedy)


def _in_database(patient: Patient, connection: "psycopg.Connection[Any]") -> Iterator[Sign]:
    found: Row = connection.execute(_FACTS).fetchone() or {}
    server = f"PostgreSQL {found['server']}"
    if found["number"] // 10_000 < OLDEST_VERSION:
        yield _wrong("database", server, f"Gebruik PostgreSQL {OLDEST_VERSION} of nieuwer.")
    else:
        yield _good("database", f"{server} antwoordt")
    yield _clock(patient, found["moment"])
    yield _rights(connection, found)
    yield _shape(connection, has_tables=found["has_tables"])


def _clock(patient: Patient, moment: float) -> Sign:
    apart = abs(patient.now().timestamp() - moment)
    if apart > _CLOCK_SECONDS:
        told = f"de klok van de database loopt {apart:.0f} s anders dan die van deze machine"
        return _wrong("klok", told, "Laat beide machines hun tijd halen bij dezelfde NTP-bron.")
    return _good("klok", "database en machine lopen gelijk")


def _rights(connection: "psycopg.Connection[Any]", found: Row) -> Sign:
    too_much = [word for name, word in _POWERS.items() if found[name]]
    if found["has_tables"]:
        writes: Row = connection.execute(_WRITES).fetchone() or {}
        too_much += [f"mag {table} veranderen" for table in writes["tables"] or ()]
    role = f"de rol {found['role']}"
    if too_much:
        remedy = (
            f"Laat DATABASE_URL aanmelden als {migrate.APP}, zoals `ontschot migreer` haar wil."
        )
        return _wrong("rechten", f"{role} {', '.join(too_much)}", remedy)
    return _good("rechten", f"{role} mag lezen en toevoegen, en verder niets")


def _shape(connection: "psycopg.Connection[Any]", *, has_tables: bool) -> Sign:
    remedy = "Draai `ontschot migreer`."
    if not has_tables:
        return _wrong("migraties", "de database heeft nog geen tabellen", remedy)
    step: Row = (
        connection.execute("SELECT version_num FROM public.alembic_version").fetchone() or {}
    )
    stands = step.get("version_num")
    if stands == migrate.newest():
        return _good("migraties", f"de database staat op {stands}")
    if migrate.can_serve(stands):
        return _warning("migraties", f"{stands} is van een nieuwere versie", "Werk Ontschot bij.")
    return _wrong("migraties", f"{stands} is niet de nieuwste, {migrate.newest()}", remedy)


def _keys(patient: Patient) -> Iterator[Sign]:
    for key in secret_keys(patient.settings):
        subject = f"sleutel {key.name}"
        if not key.is_there:
            told = f"{key.file} is er nog niet; hij wordt gemaakt bij het eerste gebruik"
            if key.name == "aanmelddienst":
                yield _wrong(subject, f"{key.file} ontbreekt", "Zet het bestand terug.")
            else:
                yield _good(subject, told)
            continue
        if key.file.stat().st_mode & _OTHERS:
            told = f"{key.file} is voor anderen te lezen"
            yield _wrong(subject, told, f"chmod 600 {key.file}")
            continue
        try:
            mark = key.fingerprints()[0] if key.fingerprints else "alleen voor ontwikkeling"
        except (EnvironmentProblem, Refusal) as problem:
            told = problem.message() if isinstance(problem, Refusal) else str(problem)
            yield _wrong(subject, told, "")
        else:
            yield _good(subject, mark)


def _checkpoints(patient: Patient) -> Iterator[Sign]:
    folder, settings = checkpoint_folder(patient.settings), patient.settings
    made = sorted(folder.glob("*.jsonl"))
    if not made:
        remedy = "Draai na het boeken `ontschot checkpoint`, en bewaar een kopie elders."
        yield _warning("controlepunten", f"in {folder} staan er nog geen", remedy)
        return
    last = [
        max(kept.checkpoints, key=lambda each: each.chain_number)
        for kept in (checkpoints.read(folder, file.stem) for file in made)
        if kept.checkpoints
    ]
    told = "; ".join(f"{each.gemeente} tot schakel {each.chain_number}" for each in last)
    if settings.database_url is None and _same_disk(folder, settings.data_folder):
        remedy = "Kopieer de map naar een plek waar de beheerder van de database niet bij kan."
        yield _warning("controlepunten", f"{told}; op dezelfde schijf als de database", remedy)
    else:
        yield _good("controlepunten", told)


def _disk(patient: Patient) -> Iterator[Sign]:
    folder = patient.settings.data_folder
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    told = f"{free // 1024**2} MB vrij bij {folder}"
    if free < _NEEDED_BYTES:
        yield _wrong("schijf", told, "Maak ruimte; onder 200 MB stopt de database.")
    elif free < _ENOUGH_BYTES:
        yield _warning("schijf", told, "Maak ruimte voordat het minder dan 200 MB is.")
    else:
        yield _good("schijf", told)


def _pages(patient: Patient) -> Iterator[Sign]:
    missing = [name for name in _STATIC if not (files("api.web") / "static" / name).is_file()]
    theme = patient.settings.theme
    if missing:
        remedy = "Draai `make setup`, of installeer het pakket opnieuw."
        yield _wrong("pagina's", f"stijl en scripts ontbreken: {', '.join(missing)}", remedy)
    elif theme is not None and not theme.is_file():
        yield _wrong("pagina's", f"{theme} bestaat niet", "Herstel ONTSCHOT_THEMA_CSS.")
    else:
        yield _good("pagina's", "stijl en scripts zijn er")


def _messages(patient: Patient) -> Iterator[Sign]:
    folder = patient.settings.message_schemas
    if folder is None:
        yield _good("berichten", "het eigen model toetst iJw en iWmo")
        return
    found = len(list(folder.glob(_SCHEMAS))) if folder.is_dir() else 0
    if found:
        yield _good("berichten", f"{found} XSD's in {folder}")
    else:
        remedy = "Zet de XSD's van iJw en iWmo daar, of haal ONTSCHOT_BERICHTSCHEMAS weg."
        yield _wrong("berichten", f"in {folder} staan geen XSD's", remedy)


def _backup(patient: Patient) -> Iterator[Sign]:
    try:
        for name in ("pg_dump", "pg_restore"):
            find_program(name, patient.settings.postgres_bin)
    except EnvironmentProblem as problem:
        yield _warning(
            "reservekopie", str(problem), "Zonder dit programma is er geen reservekopie."
        )
    else:
        yield _good("reservekopie", "pg_dump en pg_restore zijn er")


PROBES: Final[tuple[Probe, ...]] = (
    _versions,
    _settings,
    _database,
    _keys,
    _checkpoints,
    _disk,
    _pages,
    _messages,
    _backup,
)
"""Everything that is looked at, in this order."""

_POWERS: Final = {
    "is_superuser": "is superuser",
    "makes_databases": "mag databases maken",
    "makes_roles": "mag rollen maken",
    "sees_all": "ziet alle gemeenten (BYPASSRLS)",
    "owns_tables": "is eigenaar van tabellen",
}

_FACTS: Final = """
    SELECT current_setting('server_version') AS server,
           current_setting('server_version_num')::integer AS number,
           extract(epoch FROM statement_timestamp())::float8 AS moment,
           role.rolname AS role, role.rolsuper AS is_superuser, role.rolcreatedb AS makes_databases,
           role.rolcreaterole AS makes_roles, role.rolbypassrls AS sees_all,
           to_regclass('ledger.link') IS NOT NULL AS has_tables,
           EXISTS (SELECT FROM pg_class AS class WHERE class.relowner = role.oid
                   AND class.relnamespace::regnamespace::text IN
                       ('ledger', 'domains', 'access', 'persons')) AS owns_tables
    FROM pg_roles AS role WHERE role.rolname = current_user
"""

_WRITES: Final = """
    SELECT array_agg(class.oid::regclass::text ORDER BY 1) AS tables
    FROM pg_class AS class
    WHERE class.relnamespace = to_regnamespace('ledger') AND class.relkind = 'r'
      AND has_table_privilege(class.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
"""


def _same_disk(one: Path, other: Path) -> bool:
    with suppress(OSError):
        return one.stat().st_dev == other.stat().st_dev
    return False


def _good(subject: str, told: str) -> Sign:
    return Sign(subject=subject, state=State.GOOD, told=told)


def _warning(subject: str, told: str, remedy: str) -> Sign:
    return Sign(subject=subject, state=State.WARNING, told=told, remedy=remedy)


def _wrong(subject: str, told: str, remedy: str) -> Sign:
    return Sign(subject=subject, state=State.WRONG, told=told, remedy=remedy)
