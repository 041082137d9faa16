"""Kill the server or the program in the middle of posting: nothing lost, nothing twice."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import mkdtemp
from typing import IO, Final
from uuid import UUID

import psycopg
import pytest

from api import db
from api.postgres import Server, start
from ledger import independent
from tests.crash.client import CALLERS, ROOMS, cents, numbered, rooms
from tests.support import databases, reading
from tests.support.databases import PACKAGED, Database
from tests.support.making import YEAR, change_period, post, request

pytestmark = pytest.mark.postgres

ROOT = Path(__file__).parents[2]
LATEST_KILL = 200
"""After at most this many answers the kill is sent."""


def process_of(server: Server) -> int:
    """Read which process the server is."""
    pid_file = server.data_folder / "data" / "postmaster.pid"
    return int(pid_file.read_text(encoding="utf-8").splitlines()[0])


def gone(process: int) -> bool:
    """Tell whether nothing is left of a process, not even its name."""
    return not Path(f"/proc/{process}").exists()


WITHOUT_POWER_CUT: Final = {"fsync": "off"}
"""A killed process loses nothing that it gave to the operating system; the long proof syncs too."""

Kill = Callable[[Server, "subprocess.Popen[str]"], None]


def kill_server(server: Server, program: "subprocess.Popen[str]") -> None:
    """Kill the main process of PostgreSQL, as a power cut would."""
    os.kill(process_of(server), signal.SIGKILL)


def kill_backend(server: Server, program: "subprocess.Popen[str]") -> None:
    """Kill the server process that serves the program; PostgreSQL then restarts all."""
    with psycopg.connect(server.url) as connection:
        found = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE usename = 'ontschot_app' LIMIT 1"
        ).fetchone()
    assert found is not None, "the program posts by none of the server's processes"
    os.kill(found[0], signal.SIGKILL)


def kill_program(server: Server, program: "subprocess.Popen[str]") -> None:
    """Kill the program that posts."""
    program.kill()


KILLS: tuple[Kill, ...] = (kill_server, kill_backend, kill_program)


def wait_for_answers(stdout: IO[str], number: int) -> dict[int, int]:
    """Read answers until there are enough of them."""
    answered: dict[int, int] = {}
    while len(answered) < number and (line := stdout.readline()):
        request_number, chain_number = line.split()
        answered[int(request_number)] = int(chain_number)
    return answered


class Round:
    """One server, one municipality, and what was answered in each round."""

    def __init__(
        self, folder: Path, gemeente: str, settings: Mapping[str, str] | None = None
    ) -> None:
        self.settings = settings
        self.folder = folder
        self.gemeente = gemeente
        self.server = self._start()
        databases.make_template(self.server)
        self.database: Database = databases.database_of(self.server, databases.TEMPLATE)
        asyncio.run(self._begin())
        self.next = 0

    def play(self, kill: Kill, rng: random.Random) -> None:
        """Post, kill somewhere in the middle, start again, ask everything again, and check."""
        first = self.next
        with self._program(first) as program:
            assert program.stdout is not None
            answered = wait_for_answers(program.stdout, rng.randint(1, LATEST_KILL))
            kill(self.server, program)
            # To the end of the pipe by the same reader, which may hold lines already.
            for line in program.stdout:
                numbers = line.split()
                if len(numbers) == 2:
                    answered[int(numbers[0])] = int(numbers[1])
        assert program.returncode, "the program ended without being hurt"
        # Each caller was at one request more at most: that may stand without its answer.
        self.next = last = first + len(answered) + CALLERS
        self._bring_up()
        asyncio.run(self._ask_again(first, last, answered))

    def _start(self) -> Server:
        return start(self.folder, databases.binaries_of(PACKAGED), settings=self.settings)

    def _bring_up(self) -> None:
        """Wait for a server that restarts by itself, or start one that is dead."""
        process = process_of(self.server)
        for _ in range(400):
            try:
                psycopg.connect(self.server.url).close()
            except psycopg.OperationalError:
                if gone(process):
                    break
                time.sleep(0.05)
            else:
                return
        self.server.stop()
        self.server = self._start()

    async def _begin(self) -> None:
        engine = db.engine_for(self.database.app_url)
        await change_period(engine, self.gemeente, YEAR)
        await post(engine, self.gemeente, request("begin", accounts=rooms(self.gemeente)))
        await engine.dispose()

    def _program(self, first: int) -> "subprocess.Popen[str]":
        arguments = [self.database.app_url, self.gemeente, str(first)]
        return subprocess.Popen(
            [sys.executable, "-m", "tests.crash.client", *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    async def _ask_again(self, first: int, last: int, answered: dict[int, int]) -> None:
        engine = db.engine_for(self.database.app_url)
        asked = [numbered(self.gemeente, number) for number in range(first, last)]
        outcomes = await post(engine, self.gemeente, *asked)
        for number, outcome in zip(range(first, last), outcomes, strict=True):
            if number in answered:
                assert outcome.replayed, f"request {number} was answered and then lost"
                assert outcome.chain_number == answered[number]
        async with db.transaction(engine, self.gemeente) as connection:
            stored = await reading.balances(connection)
            entries = await reading.rows(connection, "SELECT entry_id FROM ledger.entry")
            written = await independent.check(connection, gemeente=self.gemeente, progress=None)
        expected: Counter[UUID] = Counter()
        source, *filled = rooms(self.gemeente)
        for number in range(last):
            expected[source.id] -= cents(number)
            expected[filled[number % ROOMS].id] += cents(number)
        assert stored == dict(expected)
        assert sorted(entries) == [(UUID(int=number + 1),) for number in range(last)]
        assert await reading.findings(engine, self.gemeente) == ()
        assert written.findings == ()
        await engine.dispose()


def test_what_was_answered_stands_once(server_folder: Path, gemeente: str) -> None:
    book = Round(server_folder, gemeente, WITHOUT_POWER_CUT)
    rng = random.Random(1)
    try:
        for kill in KILLS:
            book.play(kill, rng)
    finally:
        book.server.stop()


def test_data_below_a_folder_named_like_a_short_one_stay() -> None:
    folder = Path(mkdtemp(prefix="ontschot-", dir="/tmp"))
    folder.chmod(0o711)
    binaries = databases.binaries_of(PACKAGED)
    try:
        for known in (False, True):
            with start(folder, binaries) as server, psycopg.connect(server.url) as connection:
                found = connection.execute("SELECT to_regclass('bewaard') IS NOT NULL").fetchone()
                assert found == (known,)
                connection.execute("CREATE TABLE IF NOT EXISTS bewaard (cents bigint)")
    finally:
        databases.erase_folder(folder)


@pytest.mark.bewijs
@pytest.mark.parametrize("seed", range(10))
def test_what_was_answered_stands_once_for_long(
    server_folder: Path, gemeente: str, seed: int
) -> None:
    rng = random.Random(seed)
    book = Round(server_folder, gemeente)
    try:
        for _ in range(30):
            book.play(rng.choice(KILLS), rng)
    finally:
        book.server.stop()
