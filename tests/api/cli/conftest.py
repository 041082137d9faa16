"""One data folder with a loaded demo, shared by the tests of the command line."""

import asyncio
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final
from unittest import mock

import pytest

from api.cli.desk import Desk, _with_engine
from api.cli.main import run
from api.demo import Demo, Summary
from api.postgres import erase, find_binaries, start
from api.runtime import database
from api.settings import settings_from
from domains.municipalities.names import by_code_or_name

PROGRAM: Final = (sys.executable, "-W", "error", "-m", "api.cli")
ROOT: Final = Path(__file__).resolve().parents[3]
SECONDS: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a run of the program ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)


def environment() -> dict[str, str]:
    """Give the environment without settings of ours, and without colours."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("ONTSCHOT_") and name != "DATABASE_URL"
    }
    return {**kept, "NO_COLOR": "1", "COLUMNS": "100", "PYTHONPATH": str(ROOT)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """The program with a data folder of its own."""

    folder: Path

    def __call__(self, *words: str, settings: dict[str, str] | None = None) -> Done:
        """Run a command on this folder, within this process: that is quicker."""
        return self._within([*words, "--map", str(self.folder)], settings or {})

    def help_of(self, verb: str) -> Done:
        """Ask for the help page of a verb."""
        return self._within([verb, "--help"], {})

    def as_people_do(self, *words: str) -> Done:
        """Run a command on this folder as a program of its own."""
        done = subprocess.run(
            [*PROGRAM, *words, "--map", str(self.folder)],
            cwd=self.folder,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        return Done(code=done.returncode, out=done.stdout, err=done.stderr)

    def _within(self, words: list[str], settings: dict[str, str]) -> Done:
        out, err = io.StringIO(), io.StringIO()
        handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
        with (
            mock.patch.dict(os.environ, {**environment(), **settings}, clear=True),
            chdir(self.folder),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            code = run(words)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        return Done(code=code, out=out.getvalue(), err=err.getvalue())


def load_help(folder: Path, name: str, settings: dict[str, str] | None = None) -> Summary:
    """Load the demo of a municipality without its costs of years: a fifth of the work."""

    async def work(desk: Desk) -> Summary:
        demo = Demo(desk.engine, desk.clock, by_code_or_name(name), lambda _step: None)
        return await demo.load_help(await demo.load_budget())

    named = {"ONTSCHOT_MAP": str(folder), **(settings or {})}
    with database(settings_from(named, folder)) as found:
        return asyncio.run(_with_engine(found, work))


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give an empty data folder that the server's own user can enter too."""
    made = Path(mkdtemp(prefix="cli-", dir="/tmp"))
    made.chmod(0o711)
    yield made
    erase(made, find_binaries(None))
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="session")
def ontschot() -> Iterator[Program]:
    """Give the program with the demo of Ermelo loaded; its server runs as long as the tests."""
    folder = Path(mkdtemp(prefix="cli-", dir="/tmp"))
    folder.chmod(0o711)
    program = Program(folder=folder)
    binaries = find_binaries(None)
    with start(folder, binaries, settings={"fsync": "off"}):
        loaded = program("demo", "--gemeente", "Ermelo", "--zonder-server", "--formaat", "json")
        assert loaded.code == 0, loaded.err
        yield program
    erase(folder, binaries)
    shutil.rmtree(folder, ignore_errors=True)
