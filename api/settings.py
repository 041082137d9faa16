"""The settings of one installation: the environment over one optional TOML file.

Only this file reads the environment. Each setting has the same name in both places:
`ONTSCHOT_HAVEN=8001` in the environment is `haven = 8001` in `ontschot.toml`.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, get_args

import msgspec

from api.postgres import EnvironmentProblem

DEFAULT_FILE = "ontschot.toml"
DEFAULT_FOLDER = ".ontschot"
PREFIX = "ONTSCHOT_"

Omgeving = Literal["ontwikkeling", "productie"]
LogFormat = Literal["tekst", "json"]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an installation may choose; every value has a default that works for the demo."""

    data_folder: Path = msgspec.field(name="map", default=Path(DEFAULT_FOLDER))
    """Folder of the embedded PostgreSQL and of what this machine must keep."""

    database_url: str | None = None
    """The database as the application's role; when given no server is started."""

    migration_url: str | None = msgspec.field(name="migratie_url", default=None)
    """The same database as the owner of the tables, for `ontschot migreer`."""

    postgres_bin: Path | None = None
    """Folder with the binaries of PostgreSQL 15 or newer, instead of the packaged ones."""

    omgeving: Omgeving = "ontwikkeling"
    """`productie` refuses the development login and the demo's data."""

    host: str = "127.0.0.1"
    """Address on which the web server listens."""

    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = msgspec.field(name="haven", default=8000)
    """Port on which the web server listens."""

    address: str | None = msgspec.field(name="adres", default=None)
    """Address at which browsers reach the pages, such as `https://ontschot.example`."""

    contact: str = "beheer@ontschot.example"
    """E-mail address of the team that runs this installation, for the description of the API."""

    issuers: str | None = msgspec.field(name="aanmelddienst", default=None)
    """Addresses of the identity providers whose tokens we take, with spaces between them; people
    sign in at the first."""

    client_id: str = msgspec.field(name="client", default="ontschot-paginas")
    """How the identity provider calls this installation."""

    client_key: Path | None = msgspec.field(name="clientsleutel", default=None)
    """The file (PEM) with the private key by which we prove that to it."""

    audience: str = msgspec.field(name="publiek", default="ontschot")
    """For whom an access token must be meant."""

    token_kind: str = msgspec.field(name="tokensoort", default="at+jwt")
    """The kind (`typ`) that an access token must say it is."""

    roles_claim: str = msgspec.field(name="claim_rollen", default="rollen")
    """Where a token names roles; dots lead into claims within claims."""

    teams_claim: str = msgspec.field(name="claim_teams", default="teams")
    """Where a token names wijkteams."""

    gemeente_claim: str = msgspec.field(name="claim_gemeente", default="gemeente")
    """Where a token names its gemeente, or the code of the only one."""

    theme: Path | None = msgspec.field(name="thema_css", default=None)
    """Style sheet of the municipality itself, laid over that of the pages."""

    metrics_port: Annotated[int, msgspec.Meta(ge=1, le=65535)] | None = msgspec.field(
        name="meethaven", default=None
    )
    """Port with figures for Prometheus; without it there are none."""

    metrics_host: str = msgspec.field(name="meethost", default="127.0.0.1")
    """Address of that port; another than this machine only behind a firewall."""

    requests_per_minute: Annotated[int, msgspec.Meta(ge=60)] = msgspec.field(
        name="verzoeken_per_minuut", default=6000
    )
    """How many requests one address may make in a minute, half of them at once."""

    log_format: LogFormat = msgspec.field(name="logformaat", default="tekst")
    """`json` gives one JSON object a line, for a log collector."""

    message_schemas: Path | None = msgspec.field(name="berichtschemas", default=None)
    """Folder with the XSD files of iJw and iWmo; without it our own model checks messages."""

    person_key: Path | None = msgspec.field(name="personensleutel", default=None)
    """The file with the master key of the persons, instead of one among the other keys."""

    folder_is_chosen: bool = msgspec.field(name="map_gekozen", default=False)
    """Filled in here: whether somebody named the folder, so that it is never replaced."""


ENVIRONMENT_NAMES = {
    "map": "ONTSCHOT_MAP",
    "database_url": "DATABASE_URL",
    "migratie_url": "ONTSCHOT_MIGRATIE_URL",
    "postgres_bin": "ONTSCHOT_POSTGRES_BIN",
    "omgeving": "ONTSCHOT_OMGEVING",
    "host": "ONTSCHOT_HOST",
    "haven": "ONTSCHOT_HAVEN",
    "adres": "ONTSCHOT_ADRES",
    "contact": "ONTSCHOT_CONTACT",
    "aanmelddienst": "ONTSCHOT_AANMELDDIENST",
    "client": "ONTSCHOT_CLIENT",
    "clientsleutel": "ONTSCHOT_CLIENTSLEUTEL",
    "publiek": "ONTSCHOT_PUBLIEK",
    "tokensoort": "ONTSCHOT_TOKENSOORT",
    "claim_rollen": "ONTSCHOT_CLAIM_ROLLEN",
    "claim_teams": "ONTSCHOT_CLAIM_TEAMS",
    "claim_gemeente": "ONTSCHOT_CLAIM_GEMEENTE",
    "thema_css": "ONTSCHOT_THEMA_CSS",
    "meethaven": "ONTSCHOT_MEETHAVEN",
    "meethost": "ONTSCHOT_MEETHOST",
    "verzoeken_per_minuut": "ONTSCHOT_VERZOEKEN_PER_MINUUT",
    "logformaat": "ONTSCHOT_LOGFORMAAT",
    "berichtschemas": "ONTSCHOT_BERICHTSCHEMAS",
    "personensleutel": "ONTSCHOT_PERSONENSLEUTEL",
}
"""Key in the file to name in the environment."""

_PATHS = frozenset(
    {"berichtschemas", "clientsleutel", "map", "personensleutel", "postgres_bin", "thema_css"}
)

NOT_SETTINGS = frozenset({"ONTSCHOT_CONFIG", "ONTSCHOT_TESTDATA"})
"""Names of ours in the environment that are no setting: where the file is, and the tests' files."""

CLUSTER_NAMES = ("ONTSCHOT_SERVICE_", "ONTSCHOT_PORT")
"""Kubernetes sets names that begin so in every pod beside a service called `ontschot`."""


def load_settings() -> Settings:
    """Read the settings of this process, from its environment and its current folder.

    :raises EnvironmentProblem: when a setting is unknown or of the wrong kind.
    """
    return settings_from(os.environ, Path.cwd())


def settings_from(environment: Mapping[str, str], folder: Path) -> Settings:
    """Read the settings from an environment and from the file in, or named for, a folder.

    Folders in the file are relative to the file; folders in the environment to `folder`.

    :raises EnvironmentProblem: when a setting is unknown or of the wrong kind.
    """
    named = environment.get("ONTSCHOT_CONFIG")
    file = folder / named if named else folder / DEFAULT_FILE
    if named and not file.is_file():
        message = f"Het instellingenbestand {file} (ONTSCHOT_CONFIG) bestaat niet; herstel het pad."
        raise EnvironmentProblem(message)
    values, places = _from_file(file) if file.is_file() else ({}, {})
    for name, text in environment.items():
        key = _key_for(name)
        if key is not None and text:
            values[key] = _absolute(key, text, folder)
            places[key] = name
    values.setdefault("map", str(folder / DEFAULT_FOLDER))
    values["map_gekozen"] = "map" in places
    return _converted(values, places)


def _key_for(name: str) -> str | None:
    """Find the setting behind a name in the environment; None for names that are not ours.

    :raises EnvironmentProblem: when the name begins as ours do and is unknown.
    """
    for key, known in ENVIRONMENT_NAMES.items():
        if name == known:
            return key
    if name.startswith(PREFIX) and name not in NOT_SETTINGS and not name.startswith(CLUSTER_NAMES):
        known_names = ", ".join(sorted(ENVIRONMENT_NAMES.values()))
        message = f"De omgeving bevat de onbekende instelling {name}; bekend zijn {known_names}."
        raise EnvironmentProblem(message)
    return None


def _from_file(file: Path) -> tuple[dict[str, object], dict[str, str]]:
    """Read the TOML file into values and, for each, the place to name when it is wrong."""
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        message = f"Het instellingenbestand {file} is geen geldige TOML ({problem}); herstel het."
        raise EnvironmentProblem(message) from problem
    except OSError as problem:
        message = f"Het instellingenbestand {file} is niet te lezen ({problem.strerror})."
        raise EnvironmentProblem(message) from problem
    for key in found:
        if key not in ENVIRONMENT_NAMES:
            known = ", ".join(ENVIRONMENT_NAMES)
            message = f"{file} bevat de onbekende sleutel “{key}”; bekend zijn {known}."
            raise EnvironmentProblem(message)
    values = {key: _absolute(key, value, file.parent) for key, value in found.items()}
    return values, {key: f"{file}, sleutel “{key}”" for key in found}


def _absolute(key: str, value: object, folder: Path) -> object:
    """Turn a folder into an absolute one; it must mean the same in every process."""
    if key in _PATHS and isinstance(value, str):
        return str(folder / Path(value).expanduser())
    return value


def _converted(values: dict[str, object], places: dict[str, str]) -> Settings:
    """Check every value; the sentence names the place of the first that is wrong."""
    for key, place in places.items():
        try:
            _convert({key: values[key]})
        except (msgspec.ValidationError, TypeError) as problem:
            message = f"{place}: de waarde {values[key]!r} past niet; {_wanted(key)}."
            raise EnvironmentProblem(message) from problem
    return _convert(values)


def _convert(values: dict[str, object]) -> Settings:
    """Let msgspec check the values; text from the environment may stand for a number."""
    return msgspec.convert(values, Settings, strict=False, dec_hook=_as_path)


def _as_path(kind: type, value: object) -> Path:
    """Make a path of text, the only kind here that msgspec does not know itself."""
    if kind is Path and isinstance(value, str):
        return Path(value)
    message = f"expected text, got {type(value).__name__}"
    raise TypeError(message)


def _wanted(key: str) -> str:
    """Say in Dutch which values a setting takes."""
    choices = {
        "omgeving": " of ".join(get_args(Omgeving)),
        "logformaat": " of ".join(get_args(LogFormat)),
        "verzoeken_per_minuut": "een geheel getal vanaf 60",
        "haven": "een geheel getal van 1 tot en met 65535",
        "meethaven": "een geheel getal van 1 tot en met 65535",
    }
    return f"kies {choices[key]}" if key in choices else "geef een tekst"


def one_core_each() -> None:
    """Let processes that start from here compute on one core each.

    Their library for matrices would take all cores in each of them, and get in its own way.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
