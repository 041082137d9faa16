"""The embedded server, started for real: sharing, crashes, half work, rights and long paths."""

import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import psycopg
import pytest

from api.postgres import (
    EnvironmentProblem,
    Server,
    erase,
    find_binaries,
    places,
    start,
    start_nearby,
)
from api.postgres_cluster import Cluster
from api.postgres_programs import SERVER_ACCOUNT, major_version

pytestmark = pytest.mark.postgres

AS_ROOT = os.geteuid() == 0
SYSTEM_BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))

USE_UNTIL_TOLD = """
import sys
from pathlib import Path
from api.postgres import find_binaries, start
with start(Path(sys.argv[1]), find_binaries(None)) as server:
    print(server.url, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a short empty folder, and leave no server running in it."""
    made = Path(mkdtemp(prefix="pg-", dir="/tmp"))
    made.chmod(0o711)
    yield made
    erase(made, find_binaries(None))
    shutil.rmtree(made, ignore_errors=True)


def scalar(server: Server, question: str) -> object:
    with psycopg.connect(server.url) as connection:
        row = connection.execute(question.encode()).fetchone()
    assert row is not None
    return row[0]


def other_process(folder: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", USE_UNTIL_TOLD, str(folder)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("postgresql://")
    return process


def let_go(process: "subprocess.Popen[str]") -> None:
    process.communicate(timeout=60)
    assert process.returncode == 0


def server_process(folder: Path) -> int | None:
    file = folder / Cluster.FOLDER / "data" / "postmaster.pid"
    return int(file.read_text().splitlines()[0]) if file.exists() else None


def test_fresh_start_is_durable_private_and_without_network(folder: Path) -> None:
    with start(folder, find_binaries(None)) as server:
        assert scalar(server, "SHOW fsync") == "on"
        assert scalar(server, "SHOW synchronous_commit") == "on"
        assert scalar(server, "SHOW data_checksums") == "on"
        assert scalar(server, "SHOW server_encoding") == "UTF8"
        assert scalar(server, "SHOW listen_addresses") == ""
        assert scalar(server, "SELECT current_user") == "ontschot_beheer"
        assert server.note is None
    assert stat.S_IMODE((folder / Cluster.FOLDER).stat().st_mode) == 0o700
    assert server_process(folder) is None


def test_restart_keeps_the_data_and_takes_new_settings(folder: Path) -> None:
    with start(folder, find_binaries(None)) as server, psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE bewaard AS SELECT 42 AS cents")
    with start(folder, find_binaries(None), settings={"work_mem": "7MB"}) as server:
        assert scalar(server, "SELECT cents FROM bewaard") == 42
        assert scalar(server, "SHOW work_mem") == "7MB"


def test_second_process_joins_and_the_last_one_stops_the_server(folder: Path) -> None:
    first = start(folder, find_binaries(None))
    running = server_process(folder)
    second = other_process(folder)
    assert server_process(folder) == running
    first.stop()
    first.stop()
    assert server_process(folder) == running, "the second process still uses it"
    let_go(second)
    assert server_process(folder) is None


def test_program_that_was_killed_leaves_a_server_that_the_next_one_joins(folder: Path) -> None:
    process = other_process(folder)
    running = server_process(folder)
    process.kill()
    process.communicate()
    with start(folder, find_binaries(None)) as server:
        assert server_process(folder) == running
        assert scalar(server, "SELECT 1") == 1
    assert server_process(folder) is None, "the dead program no longer counts as a user"


def test_server_that_was_killed_recovers_what_was_committed(folder: Path) -> None:
    with start(folder, find_binaries(None)) as server:
        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE TABLE bewaard AS SELECT 42 AS cents")
        running = server_process(folder)
        assert running is not None
        os.kill(running, signal.SIGKILL)
    with start(folder, find_binaries(None)) as server:
        assert server_process(folder) != running
        assert scalar(server, "SELECT cents FROM bewaard") == 42


def test_process_number_that_was_used_again_is_not_taken_for_the_server(folder: Path) -> None:
    start(folder, find_binaries(None)).stop()
    data = folder / Cluster.FOLDER / "data"
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n1\n5432\n{folder}\n\n\n")
    with start(folder, find_binaries(None)) as server:
        assert scalar(server, "SELECT 1") == 1


@pytest.mark.parametrize("left_over", ["nieuw", "data"])
def test_half_finished_set_up_is_done_again(folder: Path, left_over: str) -> None:
    start(folder, find_binaries(None)).stop()
    home = folder / Cluster.FOLDER
    (home / "data").rename(home / left_over)
    (home / left_over / "PG_VERSION").unlink()
    with start(folder, find_binaries(None)) as server:
        assert scalar(server, "SELECT 1") == 1
    kept = list(home.glob("onvolledig-*"))
    assert len(kept) == (1 if left_over == "data" else 0), "what may hold data is kept aside"


def test_two_processes_that_start_at_once_share_one_server(folder: Path) -> None:
    command = [sys.executable, "-c", USE_UNTIL_TOLD, str(folder)]
    both = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    lines = [process.stdout.readline() for process in both if process.stdout is not None]
    assert lines[0] == lines[1] != ""
    for process in both:
        let_go(process)
    assert server_process(folder) is None


def test_too_long_path_for_a_socket_gets_a_short_private_folder(folder: Path) -> None:
    long = folder / ("lang" * 20) / ("pad" * 20)
    with start(long, find_binaries(None)) as server:
        assert scalar(server, "SELECT 1") == 1
        socket = Path(str(scalar(server, "SHOW unix_socket_directories")).strip('"'))
        assert socket.parent == Path("/tmp")  # noqa: S108
        assert stat.S_IMODE(socket.stat().st_mode) == 0o700
    assert not socket.exists()
    erase(long, find_binaries(None))


def test_erase_refuses_while_in_use(folder: Path) -> None:
    process = other_process(folder)
    with pytest.raises(EnvironmentProblem, match="nog in gebruik"):
        erase(folder, find_binaries(None))
    let_go(process)
    erase(folder, find_binaries(None))
    assert not (folder / Cluster.FOLDER).exists()


def test_folder_that_somebody_else_made_is_refused_and_left_alone(folder: Path) -> None:
    theirs = folder / Cluster.FOLDER
    theirs.mkdir()
    (theirs / "data").touch()
    with pytest.raises(EnvironmentProblem, match="niet door Ontschot gemaakt"):
        start(folder, find_binaries(None))
    assert (theirs / "data").exists()


def test_books_of_another_user_are_refused_with_the_remedy(folder: Path) -> None:
    home = folder / Cluster.FOLDER
    home.mkdir(mode=0o700)
    (home / Cluster.MARKER).touch()
    somebody = 65534
    if AS_ROOT:
        os.seteuid(somebody)
    else:
        home.chmod(0)
    try:
        with pytest.raises(EnvironmentProblem, match="start Ontschot als de gebruiker die er de"):
            places(folder)
    finally:
        if AS_ROOT:
            os.seteuid(0)
        home.chmod(0o700)


def test_wrong_setting_gives_one_sentence_with_the_log_in_it(folder: Path) -> None:
    with pytest.raises(EnvironmentProblem, match=r"start niet.*shared_buffers") as caught:
        start(folder, find_binaries(None), settings={"shared_buffers": "veel"})
    assert "\n" not in str(caught.value)
    with start(folder, find_binaries(None)) as server:
        assert scalar(server, "SELECT 1") == 1


def test_data_of_another_version_are_refused(folder: Path) -> None:
    start(folder, find_binaries(None)).stop()
    (folder / Cluster.FOLDER / "data" / "PG_VERSION").write_text("14\n")
    with pytest.raises(EnvironmentProblem, match="gemaakt door PostgreSQL 14"):
        start(folder, find_binaries(None))


@pytest.mark.skipif(not SYSTEM_BINARIES, reason="this machine has no PostgreSQL of its own")
def test_the_machines_own_postgresql_will_do(folder: Path) -> None:
    binaries = find_binaries(SYSTEM_BINARIES[-1])
    with start(folder, binaries) as server:
        number = int(str(scalar(server, "SHOW server_version_num")))
        assert number // 10000 == major_version(binaries) >= 15
        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE EXTENSION btree_gist")


@pytest.mark.parametrize(
    ("version", "extension", "sentence"),
    [
        (None, "", "geen uitvoerbaar programma postgres"),
        (14, "btree_gist", "versie 15 of nieuwer is nodig"),
        (16, "btree_gin", "mist de uitbreiding btree_gist"),
        (15, "btree_gist", ""),
    ],
)
def test_binaries_are_judged_before_use(
    tmp_path: Path, version: int | None, extension: str, sentence: str
) -> None:
    binaries = tmp_path / "pg" / "bin"
    binaries.mkdir(parents=True)
    for program in ("postgres", "initdb", "pg_ctl") if version else ():
        (binaries / program).write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}.1'\n")
        (binaries / program).chmod(0o755)
    if extension:
        (tmp_path / "pg" / "share" / "extension").mkdir(parents=True)
        (tmp_path / "pg" / "share" / "extension" / f"{extension}.control").touch()
    if sentence:
        with pytest.raises(EnvironmentProblem, match=sentence):
            find_binaries(binaries)
    else:
        assert find_binaries(binaries) == binaries


@pytest.mark.skipif(not AS_ROOT, reason="only root gives the server another user")
def test_root_never_opens_a_closed_folder(folder: Path) -> None:
    closed = folder / "gesloten"
    closed.mkdir(mode=0o700)
    wanted = closed / "werk" / ".ontschot"
    with pytest.raises(EnvironmentProblem, match="kies met --map een map die hij kan bereiken"):
        start(wanted, find_binaries(None))
    with start_nearby(wanted, find_binaries(None)) as server:
        assert server.note is not None
        assert str(server.data_folder.parent) in server.note
        assert server.data_folder.is_relative_to("/var/lib/ontschot")
        assert server.data_folder.stat().st_mode & 0o077 == 0
        assert scalar(server, "SELECT 1") == 1
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    erase(wanted, find_binaries(None))
    assert not server.data_folder.exists()


@pytest.mark.skipif(not AS_ROOT, reason="only root gives the server another user")
def test_root_copies_binaries_that_the_servers_user_cannot_reach(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = folder / "gesloten"
    closed.mkdir(mode=0o700)
    package = find_binaries(None).parent.parent
    moved = closed / package.name / "pginstall" / "bin"
    shutil.copytree(package / "pginstall", moved.parent, symlinks=True)
    shutil.copytree(f"{package}.libs", closed / f"{package.name}.libs")
    with pytest.raises(EnvironmentProblem, match=r"kan .* niet bereiken"):
        start(folder / "open", moved)
    monkeypatch.setattr("api.postgres_programs.packaged_binaries", lambda: moved)
    with start(folder / "open", moved) as server:
        assert server.note is not None
        assert server.note.startswith(f"PostgreSQL draait als de gebruiker {SERVER_ACCOUNT}: ")
        assert "/var/lib/ontschot/programma-" in server.note
        assert scalar(server, "SELECT 1") == 1
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    erase(folder / "open", find_binaries(None))


@pytest.mark.skipif(AS_ROOT, reason="root may write everywhere")
def test_folder_without_write_right_is_refused_with_the_remedy(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(EnvironmentProblem, match="Geen schrijfrecht"):
        start(tmp_path / "map", find_binaries(None))


def test_sigterm_during_use_stops_the_server_when_the_program_handles_it(folder: Path) -> None:
    code = "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(143))\n"
    command = [sys.executable, "-c", code + USE_UNTIL_TOLD, str(folder)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    process.terminate()
    process.communicate(timeout=60)
    assert process.returncode == 143
    assert server_process(folder) is None
