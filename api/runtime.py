"""From settings to a running, migrated database: the way in for every command."""

import errno
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

import psycopg
from sqlalchemy.exc import OperationalError

from api import migrate
from api.postgres import (
    EnvironmentProblem,
    Server,
    erase,
    find_binaries,
    places,
    start,
    start_nearby,
)
from api.settings import Settings

DATABASE: Final = "ontschot"
"""Name of the database in the embedded server."""

_KEYS: Final = "sleutels"
_CHECKPOINTS: Final = "checkpoints"
_SIGNALLED: Final = 128
_FIRST_FREE_PORT: Final = 1024
_LAST_PORT: Final = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A database that is ready for use, and the folders that belong to it."""

    app_url: str
    """The address as the application's role."""
    key_folder: Path
    """Keys that sign tokens and checkpoints."""
    checkpoint_folder: Path
    """Signed checkpoints, outside the database on purpose."""
    note: str | None
    """One Dutch sentence that whoever started us must see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """What a migration did; ``before`` is ``None`` for a new database."""

    before: str | None
    after: str


@contextmanager
def database(settings: Settings) -> Iterator[Database]:
    """Give a database in its newest shape for as long as the block runs.

    Without an address in the settings an embedded PostgreSQL starts, or is joined.

    :raises EnvironmentProblem: the database cannot be reached, started or used as it is.
    """
    if settings.database_url is not None:
        _require_newest(settings.database_url)
        yield _database(settings, app_url=settings.database_url, note=None)
        return
    with _server(settings) as server:
        _migrate_embedded(server)
        url = server.url_of(DATABASE, user=migrate.APP)
        yield _database(settings, app_url=url, note=server.note)


@contextmanager
def owned(settings: Settings) -> Iterator[str]:
    """Give the address of the database as the owner of its tables, in whatever shape it is.

    The embedded database is made, still empty, where there is none.

    :raises EnvironmentProblem: it cannot be started, or its address is incomplete.
    """
    if settings.migration_url is not None:
        yield _plain(settings.migration_url)
        return
    _require_no_url(settings)
    with _server(settings) as server:
        migrate.prepare_cluster(server.url, database=DATABASE)
        yield server.url_of(DATABASE, user=migrate.OWNER)


@contextmanager
def as_found(settings: Settings) -> Iterator[str | None]:
    """Give the address of the database as the application, in whatever shape it is; None: no books.

    :raises EnvironmentProblem: the embedded database cannot be started.
    """
    if settings.database_url is not None:
        yield _plain(settings.database_url)
        return
    found = places(settings.data_folder)
    if not found:
        yield None
        return
    with start(found[0], find_binaries(settings.postgres_bin)) as server:
        yield server.url_of(DATABASE, user=migrate.APP)


def migrate_database(settings: Settings) -> Migration:
    """Bring the database of these settings to its newest shape.

    :raises EnvironmentProblem: the database cannot be reached, or its address is incomplete.
    :raises api.migrate.RolesMissingError: a database administrator must make the roles first.
    """
    if settings.migration_url is not None:
        try:
            before, after = migrate.migrate(settings.migration_url)
        except OperationalError as problem:
            if f'role "{migrate.OWNER}" does not exist' in str(problem):
                raise migrate.RolesMissingError("\n".join(migrate.ROLE_SQL)) from problem
            raise _unreachable(problem, "ONTSCHOT_MIGRATIE_URL") from problem
        return Migration(before=before, after=after)
    _require_no_url(settings)
    with _server(settings) as server:
        return _migrate_embedded(server)


def require_books(settings: Settings) -> None:
    """Refuse a folder without books, so that a mistyped folder is not made.

    :raises EnvironmentProblem: the folder holds no database, and the settings name no other.
    """
    if settings.database_url is None and not places(settings.data_folder):
        message = (
            f"In {settings.data_folder} staan geen boeken. Wijs met --map (of ONTSCHOT_MAP) de"
            " goede map aan, of begin met `ontschot demo` of `ontschot importeer`."
        )
        raise EnvironmentProblem(message)


def kept_for_others(settings: Settings, client: str) -> tuple[str, ...]:
    """List the municipalities in this folder whose books or checkpoints a client did not begin.

    :raises EnvironmentProblem: the embedded database cannot be looked into.
    """
    own: set[str] = set()
    others: set[str] = set()
    binaries = find_binaries(settings.postgres_bin)
    for place in places(settings.data_folder):
        with start(place, binaries) as server:
            for gemeente, took_part in _clients_of(server, client):
                (own if took_part else others).add(gemeente)
    signed = {file.stem for file in checkpoint_folder(settings).glob("*.jsonl")}
    return tuple(sorted(others | (signed - own)))


def start_over(settings: Settings) -> None:
    """Throw the embedded database away, with the checkpoints of its books; keys stay.

    :raises EnvironmentProblem: it is not ours to throw away, or somebody still uses it.
    """
    require_embedded(settings)
    erase(settings.data_folder, find_binaries(settings.postgres_bin))
    for checkpoints in checkpoint_folder(settings).glob("*.jsonl"):
        checkpoints.unlink()


def require_embedded(settings: Settings) -> None:
    """Refuse to start over in a database that is not ours.

    :raises EnvironmentProblem: the settings name another database.
    """
    if settings.database_url is not None:
        message = (
            "--opnieuw gooit alleen de eigen PostgreSQL van Ontschot weg, en DATABASE_URL wijst"
            " een andere database aan; haal die instelling weg of laat --opnieuw weg."
        )
        raise EnvironmentProblem(message)


def key_folder(settings: Settings) -> Path:
    """Give the folder of the keys, without starting anything."""
    return settings.data_folder / _KEYS


def checkpoint_folder(settings: Settings) -> Path:
    """Give the folder of the signed checkpoints, without starting anything."""
    return settings.data_folder / _CHECKPOINTS


@contextmanager
def reserved_port(host: str, port: int, *, chosen_by: str = "--poort") -> Iterator[socket.socket]:
    """Hold a port before long work starts, so that nobody waits in vain.

    ``chosen_by`` is the option or setting with which another one is chosen.

    :raises EnvironmentProblem: another program uses it, or the address is not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            held.bind((host, port))
        except OSError as problem:
            raise unusable_port(host, port, problem, chosen_by=chosen_by) from problem
        yield held


def unusable_port(
    host: str, port: int, problem: OSError, *, chosen_by: str = "--poort"
) -> EnvironmentProblem:
    """Say in one sentence why nobody can listen on a port, and how to choose another one."""
    return EnvironmentProblem(
        f"Poort {port} op {host} is niet te gebruiken ({_why_not(problem)}); kies een"
        f" andere met {chosen_by}, bijvoorbeeld {chosen_by} {_another(port)}."
    )


def address_of(host: str, port: int) -> str:
    """Write the address that a browser opens."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def stop_on_signals() -> None:
    """Let a request to stop unwind the program, so that PostgreSQL stops too."""
    for asked in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(asked, _stop)


def _why_not(problem: OSError) -> str:
    known = {
        errno.EADDRINUSE: "een ander programma gebruikt haar al",
        errno.EACCES: "deze gebruiker mag dat niet",
        errno.EADDRNOTAVAIL: "dit adres hoort niet bij deze machine",
    }
    return known.get(problem.errno or 0, problem.strerror or "onbekende oorzaak")


def _another(port: int) -> int:
    return port + 1 if _FIRST_FREE_PORT <= port < _LAST_PORT else 8080


def _stop(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(_SIGNALLED + number)


def _server(settings: Settings) -> Server:
    binaries = find_binaries(settings.postgres_bin)
    if settings.folder_is_chosen:
        return start(settings.data_folder, binaries)
    return start_nearby(settings.data_folder, binaries)


def _require_no_url(settings: Settings) -> None:
    """Refuse a database of somebody else that we cannot enter as its owner.

    :raises EnvironmentProblem: only the address as the application is known.
    """
    if settings.database_url is not None:
        message = (
            "Wel DATABASE_URL maar geen ONTSCHOT_MIGRATIE_URL gevonden: zet daarin het adres van"
            " dezelfde database als eigenaar van de tabellen."
        )
        raise EnvironmentProblem(message)


def _migrate_embedded(server: Server) -> Migration:
    migrate.prepare_cluster(server.url, database=DATABASE)
    before, after = migrate.migrate(server.url_of(DATABASE, user=migrate.OWNER))
    return Migration(before=before, after=after)


def _clients_of(server: Server, client: str) -> list[tuple[str, bool]]:
    """Give each municipality with books, and whether the client took part in them."""
    try:
        with psycopg.connect(server.url_of(DATABASE)) as connection:
            return connection.execute(
                "SELECT gemeente, bool_or(client = %s) FROM ledger.request GROUP BY gemeente",
                (client,),
            ).fetchall()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidCatalogName):
        return []  # The first start was broken off before there was anything to keep.


def _database(settings: Settings, *, app_url: str, note: str | None) -> Database:
    return Database(
        app_url=app_url,
        key_folder=key_folder(settings),
        checkpoint_folder=checkpoint_folder(settings),
        note=note,
    )


def _require_newest(url: str) -> None:
    """Refuse a database whose shape this version of the program does not know."""
    try:
        with psycopg.connect(_plain(url)) as connection:
            found = connection.execute("SELECT to_regclass('ledger.link') IS NOT NULL").fetchone()
            has_tables = found is not None and bool(found[0])
            steps = (
                connection.execute("SELECT version_num FROM public.alembic_version").fetchall()
                if has_tables
                else []
            )
    except psycopg.OperationalError as problem:
        raise _unreachable(problem, "DATABASE_URL") from problem
    if not steps or not migrate.can_serve(steps[0][0]):
        shape = "een andere vorm dan deze versie kent" if has_tables else "nog geen tabellen"
        message = (
            f"De database uit DATABASE_URL heeft {shape}; draai eerst `ontschot migreer`"
            " met ONTSCHOT_MIGRATIE_URL."
        )
        raise EnvironmentProblem(message)


def _plain(url: str) -> str:
    """Turn an address for SQLAlchemy into one for PostgreSQL itself."""
    scheme, separator, rest = url.partition("://")
    return f"{scheme.partition('+')[0]}{separator}{rest}"


def _unreachable(problem: Exception, setting: str) -> EnvironmentProblem:
    """Turn trouble with a connection into a sentence."""
    lines = str(getattr(problem, "orig", problem)).strip().splitlines()
    return EnvironmentProblem(
        f"De database uit {setting} is niet te bereiken"
        f" ({lines[-1].strip() if lines else 'geen verbinding'}); controleer het adres en of"
        " PostgreSQL draait."
    )
