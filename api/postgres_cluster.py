"""One data folder of PostgreSQL: made, started, shared between processes, stopped."""

import fcntl
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from api.postgres_programs import EnvironmentProblem, give, major_version, run

SUPERUSER = "ontschot_beheer"
PORT = 5432
START_SECONDS = 60
NEEDED_BYTES = 200 * 1024 * 1024
SOCKET_PATH_LIMIT = 103 if sys.platform == "darwin" else 107
SHORT_FOLDER = "/tmp/ontschot-socket-"  # noqa: S108 - the start of a name that mkdtemp completes.

DEFAULT_SETTINGS: Mapping[str, str] = {
    "shared_buffers": "128MB",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "password_encryption": "scram-sha-256",
}
"""Modest and durable: a booking that was confirmed survives a power cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _PidFile:
    """What a running server tells about itself."""

    process: int
    socket_folder: Path | None


class Cluster:
    """One data folder of PostgreSQL with our files around it.

    `slot` is held for a moment by whoever starts or stops; `gebruikers` is held, shared, by every
    process that uses the server. The data are made in `nieuw` and renamed to `data` when complete,
    so that a set-up that was broken off never looks like a database.
    """

    FOLDER = "databank"
    MARKER = "door-ontschot-gemaakt"

    def __init__(self, *, home: Path, binaries: Path, account: pwd.struct_passwd | None) -> None:
        self.home = home
        self.data = home / "data"
        self.log = home / "server.log"
        self.binaries = binaries
        self.account = account

    def join(self, settings: Mapping[str, str]) -> int:
        """Make and start what is not there yet; return the lock that says we use it."""
        with self._slot():
            users = self._open_lock("gebruikers")
            fcntl.flock(users, fcntl.LOCK_SH)
            try:
                if not self._answers():
                    self._make_data()
                    self._start(settings)
            except BaseException:
                self._stop_when_unused(users)
                raise
        return users

    def leave(self, users: int) -> None:
        """Give up our use of the server, and stop it when that was the last."""
        with self._slot():
            self._stop_when_unused(users)

    def erase(self) -> None:
        """Stop the server and remove the folder."""
        with self._slot():
            users = self._open_lock("gebruikers")
            if not _alone(users):
                os.close(users)
                message = f"De database in {self.home} is nog in gebruik; stop eerst dat programma."
                raise EnvironmentProblem(message)
            self._stop_when_unused(users)
            shutil.rmtree(self.home)

    def socket_folder(self) -> Path:
        """Read where the running server listens; the server writes it there itself.

        :raises EnvironmentProblem: when it has just gone away.
        """
        found = self._pid_file()
        if found is None or found.socket_folder is None:
            raise self._problem("PostgreSQL is onverwacht gestopt")
        return found.socket_folder

    @contextmanager
    def _slot(self) -> Iterator[None]:
        """Let one process at a time start or stop; the others wait."""
        slot = self._open_lock("slot")
        try:
            fcntl.flock(slot, fcntl.LOCK_EX)
            yield
        finally:
            os.close(slot)

    def _open_lock(self, name: str) -> int:
        """Open a lock file of this folder; a child process does not inherit it."""
        file = self.home / name
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        give(file, self.account)
        return descriptor

    def _answers(self) -> bool:
        """Tell whether a server runs on these data; wait for one that is still coming up."""
        deadline = time.monotonic() + START_SECONDS
        while (found := self._living()) is not None:
            try:
                folder = quote(str(found.socket_folder or self.home), safe="")
                url = f"postgresql://{SUPERUSER}@/postgres?host={folder}&port={PORT}"
                psycopg.connect(url, connect_timeout=5).close()
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise self._problem("PostgreSQL draait maar antwoordt niet") from None
                time.sleep(0.1)
            else:
                return True
        return False

    def _living(self) -> "_PidFile | None":
        """Give the server that runs on these data; what a dead one left behind is removed."""
        found = self._pid_file()
        if found is None or _is_postgres(found.process, self.data):
            return found
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        _remove_socket(found.socket_folder or self.home)
        return None

    def _pid_file(self) -> "_PidFile | None":
        """Read postmaster.pid: the process on its first line, the socket's folder on its fifth."""
        try:
            text = (self.data / "postmaster.pid").read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        process, _, _, _, folder, *_ = [*text.splitlines(), *[""] * 5]
        return _PidFile(
            process=int(process) if process.isdecimal() else 0,
            socket_folder=Path(folder) if folder else None,
        )

    def _make_data(self) -> None:
        """Make the data folder when there is none; an unfinished one is made anew."""
        if (self.data / "PG_VERSION").is_file():
            self._check_version()
            return
        if self.data.exists():
            self.data.rename(self.home / f"onvolledig-{time.time_ns()}")
        fresh = self.home / "nieuw"
        if fresh.exists():
            shutil.rmtree(fresh)
        if shutil.disk_usage(self.home).free < NEEDED_BYTES:
            message = (
                f"Op de schijf van {self.home} is minder dan 200 MB vrij; maak ruimte"
                " of kies met --map een map op een andere schijf."
            )
            raise EnvironmentProblem(message)
        done = self._initdb(fresh, "C.UTF-8")
        if done.returncode != 0 and "locale" in done.stderr:
            done = self._initdb(fresh, "C")
        if done.returncode != 0:
            message = (
                f"Het aanmaken van de database in {self.home} is mislukt; kijk of er ruimte en"
                f" schrijfrecht is. PostgreSQL zei: {_tail(done.stderr)}"
            )
            raise EnvironmentProblem(message)
        fresh.rename(self.data)

    def _initdb(self, folder: Path, locale: str) -> subprocess.CompletedProcess[str]:
        """Run initdb on a folder that does not exist yet."""
        options = ["--encoding=UTF8", f"--locale={locale}", "--data-checksums"]
        access = ["--auth-local=trust", "--auth-host=reject", f"--username={SUPERUSER}"]
        where = ["--pgdata", str(folder), "--no-instructions"]
        return run([self.binaries / "initdb", *options, *access, *where], account=self.account)

    def _check_version(self) -> None:
        """Refuse data of another major version, which these binaries cannot read."""
        made_by = (self.data / "PG_VERSION").read_text(encoding="utf-8").strip()
        ours = str(major_version(self.binaries))
        if made_by != ours:
            message = (
                f"De database in {self.home} is gemaakt door PostgreSQL {made_by} en deze versie is"
                f" {ours}; wijs met ONTSCHOT_POSTGRES_BIN versie {made_by} aan of begin opnieuw"
                " met `make demo FRESH=1`."
            )
            raise EnvironmentProblem(message)

    def _start(self, settings: Mapping[str, str]) -> None:
        """Start the server and wait until it answers."""
        folder = self._short_enough_folder()
        self._write_settings({**DEFAULT_SETTINGS, **settings}, folder)
        program = str(self.binaries / "pg_ctl")
        control = [program, "start", f"--pgdata={self.data}", f"--log={self.log}"]
        options = ["--silent", "--wait", f"--timeout={START_SECONDS}"]
        log_end = self.log.stat().st_size if self.log.exists() else 0
        for _ in range(20):
            done = run([*control, *options], account=self.account)
            if done.returncode == 0:
                return
            # After a crash the old server's children need a moment to notice that it is gone.
            if "pre-existing shared memory block" not in self._log_after(log_end):
                break
            log_end = self.log.stat().st_size
            time.sleep(0.5)
        _remove_socket(folder)
        raise self._problem("PostgreSQL start niet", log_from=log_end)

    def _short_enough_folder(self) -> Path:
        """Choose the socket's folder: our own, or a private short one when its path is too long."""
        if len(os.fsencode(self.home / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_LIMIT:
            return self.home
        folder = Path(tempfile.mkdtemp(prefix="ontschot-socket-", dir="/tmp"))
        give(folder, self.account)
        return folder

    def _write_settings(self, settings: Mapping[str, str], socket_folder: Path) -> None:
        """Write the settings of this start beside PostgreSQL's own file, which includes them."""
        fixed = {
            "listen_addresses": "",
            "port": str(PORT),
            "unix_socket_directories": f'"{socket_folder}"',
            "unix_socket_permissions": "0700",
        }
        lines = [f"{name} = '{_quoted(value)}'\n" for name, value in {**settings, **fixed}.items()]
        ours = self.data / "ontschot.conf"
        ours.write_text("".join(lines), encoding="utf-8")
        give(ours, self.account)
        main = self.data / "postgresql.conf"
        include = "include_if_exists = 'ontschot.conf'\n"
        if include not in main.read_text(encoding="utf-8"):
            with main.open("a", encoding="utf-8") as file:
                file.write(f"\n{include}")

    def _stop_when_unused(self, users: int) -> None:
        """Stop the server unless another process holds it; our own hold ends here."""
        try:
            if not _alone(users) or (found := self._living()) is None:
                return
            program = str(self.binaries / "pg_ctl")
            stop = [program, "stop", "--silent", f"--pgdata={self.data}", "--wait"]
            for mode in ("fast", "immediate"):
                command = [*stop, f"--timeout={START_SECONDS}", f"--mode={mode}"]
                done = run(command, account=self.account)
                if done.returncode == 0 or self._living() is None:
                    _remove_socket(found.socket_folder or self.home)
                    return
            raise self._problem("PostgreSQL stopt niet")
        finally:
            os.close(users)

    def _log_after(self, position: int) -> str:
        """Read what the server wrote in its log since a position in bytes."""
        with suppress(OSError), self.log.open("rb") as file:
            file.seek(position)
            return file.read().decode("utf-8", "replace")
        return ""

    def _problem(self, what: str, *, log_from: int = 0) -> EnvironmentProblem:
        """Make a sentence with the tail of the server's log in it."""
        said = _tail(self._log_after(log_from)) or "niets"
        return EnvironmentProblem(
            f"{what} (map {self.home}); los op wat het logboek {self.log} meldt en probeer het"
            f" opnieuw. De laatste regels: {said}"
        )


def _is_postgres(process: int, data: Path) -> bool:
    """Tell whether a process is the living server of these data, not a number used again."""
    if process == 0:
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    with suppress(OSError):
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
        if "(postgres)" not in state or ") Z " in state:
            return False
        return Path(f"/proc/{process}/cwd").readlink() == data.resolve()
    with suppress(OSError):
        return "postgres" in run(["ps", "-o", "comm=", "-p", str(process)], account=None).stdout
    return True


def _remove_socket(folder: Path) -> None:
    """Remove the socket of a server that is gone, and its folder if that held nothing else.

    The folder may be the home of the data, so nothing but the socket's own files is ever removed.
    """
    for name in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
        (folder / name).unlink(missing_ok=True)
    if str(folder).startswith(SHORT_FOLDER):
        with suppress(OSError):
            folder.rmdir()


def _alone(users: int) -> bool:
    """Tell whether no other process holds the lock; ours becomes exclusive when that is so."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _quoted(value: str) -> str:
    """Write a value so that PostgreSQL's settings file reads it back."""
    return value.replace("\\", "\\\\").replace("'", "''")


def _tail(text: str) -> str:
    """Give the last lines of a program's output as one line."""
    return " | ".join(line.strip() for line in text.strip().splitlines()[-5:])
