"""Real PostgreSQL servers for the tests, and databases cloned from one migrated template.

Every test process joins the same server of a kind (see `api/postgres.py`); the last one to leave
stops it. A process works in a database of its own, so municipality codes never collide.
"""

import fcntl
import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
import pytest
from psycopg import sql

from api import migrate
from api.postgres import EnvironmentProblem, Server, erase, find_binaries, start
from api.postgres_cluster import Cluster

PACKAGED: Final = "ingebouwd"
SYSTEM: Final = "systeem"

TEMPLATE: Final = "sjabloon"

_FAST: Final = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
"""Nobody needs these books after the tests; the crash tests start durable servers of their own."""

_FIRST_CODE: Final = 2000  # Real municipalities stay below it.


class NoSuchServer(Exception):
    """This machine has no PostgreSQL of the kind asked for; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """One database, as the three users who may connect to it."""

    name: str
    app_url: str
    owner_url: str
    superuser_url: str


def binaries_of(kind: str) -> Path:
    """Find PostgreSQL's programs: the packaged ones, or those of the machine.

    :raises NoSuchServer: the machine has none that can be used.
    """
    if kind == PACKAGED:
        chosen = os.environ.get("ONTSCHOT_TEST_POSTGRES_BIN", "")
        return find_binaries(Path(chosen) if chosen else None)
    reason = "this machine has no PostgreSQL of its own (/usr/lib/postgresql or pg_config)"
    for folder in _system_folders():
        try:
            return find_binaries(folder)
        except EnvironmentProblem as problem:
            reason = str(problem)
    raise NoSuchServer(reason)


class Servers:
    """The servers that this process uses, each started when first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._servers: dict[str, Server] = {}
        self._databases: dict[str, Database] = {}
        self._clones = 0

    def database(self, kind: str) -> Database:
        """Give this process's own migrated database on a server of a kind."""
        if kind not in self._databases:
            server = self._server(kind)
            self._databases[kind] = clone(server, f"toets_{_worker()}")
        return self._databases[kind]

    def fresh(self, kind: str) -> Database:
        """Give a new migrated database; the caller drops it."""
        self._clones += 1
        return clone(self._server(kind), f"toets_{_worker()}_{self._clones}")

    def empty(self, kind: str) -> Database:
        """Give a new database with nothing in it; the caller drops it."""
        self._clones += 1
        return clone(self._server(kind), f"leeg_{_worker()}_{self._clones}", template="template0")

    def server(self, kind: str) -> Server:
        """Give the server of a kind."""
        return self._server(kind)

    def stop(self) -> None:
        """Give all servers back."""
        for server in self._servers.values():
            server.stop()
        self._servers.clear()

    def _server(self, kind: str) -> Server:
        if kind not in self._servers:
            binaries = binaries_of(kind)
            with _one_at_a_time(self._folder):
                server = start(self._folder / kind, binaries, settings=_FAST)
                self._servers[kind] = server
                make_template(server)
        return self._servers[kind]


@contextmanager
def initdb_once(folder: Path) -> Iterator[None]:
    """Let initdb run once per set of binaries, and copy what it made: a tenth of the work."""
    initdb = Cluster._initdb
    kept: dict[object, Path] = {}

    def copied(cluster: Cluster, wanted: Path, locale: str) -> subprocess.CompletedProcess[str]:
        kind = cluster.binaries, cluster.account, locale
        if kind in kept:
            return _copy(kept[kind], wanted)
        done = initdb(cluster, wanted, locale)
        if done.returncode == 0:
            there = folder / f"initdb-{_worker()}-{len(kept)}"
            _copy(wanted, there)
            kept[kind] = there
        return done

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Cluster, "_initdb", copied)
        yield


def make_template(server: Server) -> None:
    """Make the two roles and a migrated database that others are cloned from."""
    migrate.prepare_cluster(server.url, database=TEMPLATE)
    migrate.migrate(server.url_of(TEMPLATE, user=migrate.OWNER))


def clone(server: Server, name: str, *, template: str = TEMPLATE) -> Database:
    """Make a database as a copy of another, owned by the owner of the tables."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(migrate.OWNER), sql.Identifier(template)
            )
        )
    return database_of(server, name)


def database_of(server: Server, name: str) -> Database:
    """Name a database of a server by its three addresses."""
    return Database(
        name=name,
        app_url=server.url_of(name, user=migrate.APP),
        owner_url=server.url_of(name, user=migrate.OWNER),
        superuser_url=server.url_of(name),
    )


def drop(server: Server, database: Database) -> None:
    """Throw a database away, also when somebody is still connected."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database.name))
        )


def codes() -> Iterator[str]:
    """Give municipality codes that no real municipality has, each once, in no order."""
    numbers = list(range(_FIRST_CODE, 10_000))
    random.Random(os.getpid()).shuffle(numbers)
    for number in numbers:
        yield f"GM{number:04d}"


def erase_all(folder: Path) -> None:
    """Stop what still runs in the folder of a test run and remove it."""
    for below in folder.iterdir():
        if below.is_dir():
            erase_folder(below)
    shutil.rmtree(folder, ignore_errors=True)


def erase_folder(folder: Path) -> None:
    """Stop the server of a folder, if there is one, and remove the folder."""
    erase(folder, binaries_of(SYSTEM if folder.name == SYSTEM else PACKAGED))
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Keep the test processes from cloning a template that another one is still making."""
    with (folder / "slot").open("w", encoding="utf-8") as slot:
        fcntl.flock(slot, fcntl.LOCK_EX)
        yield


def _copy(folder: Path, there: Path) -> subprocess.CompletedProcess[str]:
    """Copy a folder with the owner and the rights of all that is in it."""
    command = ["/bin/cp", "-a", str(folder), str(there)]
    return subprocess.run(command, check=True, capture_output=True, text=True)


def _worker() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "alleen")


def _system_folders() -> Iterator[Path]:
    """Give the folders where a machine keeps PostgreSQL, the newest first."""
    named = shutil.which("pg_config")
    if named is not None:
        done = subprocess.run([named, "--bindir"], check=False, capture_output=True, text=True)
        if (Path(done.stdout.strip()) / "initdb").is_file():
            yield Path(done.stdout.strip())
    yield from sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda found: -int(found.parent.name)
    )
