"""What all tests share."""

import atexit
import gc
import io
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import redirect_stderr
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from api.logging import configure_logging
from tests.support import databases
from tests.support.databases import Database, NoSuchServer, Servers
from tests.support.secrets import secrets_in

_FOLDER: Final = "ONTSCHOT_TEST_FOLDER"
_ON_EVERY_SERVER: Final = frozenset({"ledger", "properties"})

# No law is about time, and a busy machine must not break one. The rest is as where we run.
settings.register_profile(
    "ontschot", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ontschot")

# msgspec 0.22 frees a type twice when the interpreter collects its types at its end.
atexit.register(gc.freeze)

# Litestar acts otherwise beside pydantic, which is here only for a tool that makes clients.
sys.modules["pydantic"] = None  # type: ignore[assignment]  # As Python says that it is not there.


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder of this run's servers, which the processes of pytest-xdist inherit."""
    if not hasattr(config, "workerinput"):
        folder = Path(mkdtemp(prefix="toets-", dir="/tmp"))
        folder.chmod(0o711)
        os.environ[_FOLDER] = str(folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what a test process that was broken off left running."""
    folder = os.environ.get(_FOLDER)
    if folder is not None and not hasattr(config, "workerinput"):
        del os.environ[_FOLDER]
        databases.erase_all(Path(folder))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the kernel's tests on the packaged PostgreSQL and on the machine's own."""
    below_tests = metafunc.definition.path.relative_to(Path(__file__).parent).parts[0]
    chosen = {mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")}
    if below_tests in _ON_EVERY_SERVER and "server" in {*metafunc.fixturenames} - chosen:
        kinds = (databases.PACKAGED, databases.SYSTEM)
        metafunc.parametrize("server", kinds, indirect=True, scope="session")


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """Run async tests on asyncio with uvloop, as the program does.

    An async fixture asks for it, so that a plain test may use that fixture too.
    """
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(autouse=True)
def log() -> Iterator[io.StringIO]:
    """Keep what a test makes the program log, in the form of production, and look it through."""
    text = io.StringIO()
    with redirect_stderr(text):
        configure_logging("json")
    yield text
    assert secrets_in(text.getvalue()) == [], "the log holds what opens a door or names a person"


@pytest.fixture(scope="session", autouse=True)
def initdb_once() -> Iterator[None]:
    """Make data folders quickly, for every server that a test starts in this process."""
    with databases.initdb_once(Path(os.environ[_FOLDER])):
        yield


@pytest.fixture(scope="session")
def servers(initdb_once: None) -> Iterator[Servers]:
    """Give the servers of this run; each starts when a test first needs it."""
    found = Servers(Path(os.environ[_FOLDER]))
    yield found
    found.stop()


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest, servers: Servers) -> str:
    """Name the kind of server that a test runs on, and skip where the machine has none."""
    kind: str = getattr(request, "param", databases.PACKAGED)
    try:
        servers.server(kind)
    except NoSuchServer as reason:
        pytest.skip(f"needs a PostgreSQL of the machine itself: {reason}")
    return kind


@pytest.fixture(scope="session")
def database(servers: Servers, server: str) -> Database:
    """Give the migrated database that the tests of this process share."""
    return servers.database(server)


@pytest.fixture
def fresh_database(servers: Servers, server: str) -> Iterator[Database]:
    """Give a migrated database for one test alone."""
    made = servers.fresh(server)
    yield made
    databases.drop(servers.server(server), made)


@pytest.fixture
def empty_database(servers: Servers, server: str) -> Iterator[Database]:
    """Give a database with nothing in it, not even our tables."""
    made = servers.empty(server)
    yield made
    databases.drop(servers.server(server), made)


@pytest.fixture
def server_folder() -> Iterator[Path]:
    """Give a folder for a server of one test alone; nothing in it outlives the test."""
    folder = Path(mkdtemp(prefix="eigen-", dir=os.environ[_FOLDER]))
    folder.chmod(0o711)
    yield folder
    databases.erase_folder(folder)


@pytest.fixture(scope="session")
def app_url(database: Database) -> str:
    """Give the shared database's address as the application."""
    return database.app_url


@pytest.fixture(scope="session")
def owner_url(database: Database) -> str:
    """Give the shared database's address as the owner of the tables."""
    return database.owner_url


@pytest.fixture(scope="session")
def superuser_url(database: Database) -> str:
    """Give the shared database's address as superuser."""
    return database.superuser_url


@pytest.fixture(scope="session")
async def engine(app_url: str, anyio_backend: str) -> AsyncIterator[AsyncEngine]:
    """Give an engine on the shared database, connected as the application.

    One for all tests, as in the program: a new connection has to plan everything again.
    """
    made = db.engine_for(app_url)
    yield made
    await made.dispose()


@pytest.fixture
async def fresh_engine(fresh_database: Database, anyio_backend: str) -> AsyncIterator[AsyncEngine]:
    """Give an engine on the database of this test alone, connected as the application."""
    made = db.engine_for(fresh_database.app_url)
    yield made
    await made.dispose()


@pytest.fixture(scope="session")
def new_gemeente() -> Callable[[], str]:
    """Give a maker of municipality codes that were not used before in this process."""
    return databases.codes().__next__


@pytest.fixture
def gemeente(new_gemeente: Callable[[], str]) -> str:
    """Give a municipality whose books are still empty."""
    return new_gemeente()


@pytest.fixture(scope="session")
def testdata() -> Path:
    """Give the folder with real files of CBS and others, or skip the test and say why."""
    named = os.environ.get("ONTSCHOT_TESTDATA", "")
    if not named or not Path(named).is_dir():
        pytest.skip(
            "needs real input files: set ONTSCHOT_TESTDATA to the folder that holds iv3/, cbs/ and"
            " rules/ (see README.md, Tests)"
        )
    return Path(named)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List each skipped test with its reason, so that nobody takes a skip for a pass."""
    skipped = terminalreporter.stats.get("skipped", [])
    if not skipped:
        return
    terminalreporter.section("skipped, each with its reason")
    for report in sorted(skipped, key=lambda item: str(item.nodeid)):
        found = report.longrepr
        reason = found[2] if isinstance(found, tuple) else str(found)
        terminalreporter.write_line(f"{report.nodeid}: {reason.removeprefix('Skipped: ')}")
