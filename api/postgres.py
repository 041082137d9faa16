"""Starts and stops a real PostgreSQL for the demo, the tests and development.

It runs on any folder of PostgreSQL 15+ binaries, in a data folder of its own, and is reachable only
through a Unix socket in a folder that nobody else can enter. Several processes may use one data
folder: the first starts the server, the others join it, and the last one to leave stops it. Who
uses it is kept as a shared lock on a file, which the operating system drops when a process dies.

Started as root the server runs as the system user `ontschot`. Rights of folders that were there
already are never changed.
"""

import atexit
import hashlib
import os
import pwd
import stat
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from api.postgres_cluster import PORT, SUPERUSER, Cluster
from api.postgres_programs import (
    ROOT_HOME,
    EnvironmentProblem,
    can_enter,
    find_binaries,
    give,
    name_of,
    reachable_binaries,
    server_account,
)

__all__ = [
    "EnvironmentProblem",
    "Server",
    "erase",
    "find_binaries",
    "places",
    "start",
    "start_nearby",
]


class Server:
    """A running PostgreSQL that this process uses; leaving the `with` block gives it back."""

    def __init__(self, *, cluster: "Cluster", users: int, note: str | None) -> None:
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


def start(
    data_folder: Path, binaries: Path, *, settings: Mapping[str, str] | None = None
) -> Server:
    """Start the server on exactly this folder, or join the one that runs there already.

    `settings` are PostgreSQL's own, over `DEFAULT_SETTINGS`; a server that is joined keeps its own.

    :raises EnvironmentProblem: when the folder cannot be used or the server does not come up.
    """
    account = server_account()
    home = _made_home(data_folder.absolute(), account)
    if home is None:
        message = (
            f"De gebruiker {name_of(account)}, waaronder PostgreSQL draait, kan niet werken in"
            f" {data_folder.absolute()}; kies met --map een map die hij kan bereiken"
            " (bijvoorbeeld onder /var/lib) of start niet als root."
        )
        raise EnvironmentProblem(message)
    cluster = Cluster(home=home, binaries=reachable_binaries(binaries, account), account=account)
    return _joined(cluster, settings or {}, notes=_note_of_binaries(cluster, binaries))


def start_nearby(
    wanted_folder: Path, binaries: Path, *, settings: Mapping[str, str] | None = None
) -> Server:
    """Start the server on this folder, or as root elsewhere when its user cannot enter it.

    The other place is a folder under /var/lib/ontschot, always the same one for the same wish;
    `Server.note` says so.

    :raises EnvironmentProblem: when neither folder can be used or the server does not come up.
    """
    account = server_account()
    wanted = wanted_folder.absolute()
    home = _made_home(wanted, account)
    if home is not None:
        return start(wanted, binaries, settings=settings)
    elsewhere = _other_place(wanted)
    home = _made_home(elsewhere, account)
    if home is None:
        message = f"De map {elsewhere} is niet te gebruiken; kies met --map een andere map."
        raise EnvironmentProblem(message)
    cluster = Cluster(home=home, binaries=reachable_binaries(binaries, account), account=account)
    moved = f"de gegevens staan in {elsewhere}, want {wanted} kan hij niet bereiken"
    notes = [moved, *_note_of_binaries(cluster, binaries)]
    return _joined(cluster, settings or {}, notes=notes)


def erase(data_folder: Path, binaries: Path) -> None:
    """Stop the server of this folder and throw its data away, here and in its other place.

    :raises EnvironmentProblem: when another process still uses it.
    """
    account = server_account()
    for folder in places(data_folder):
        home = folder / Cluster.FOLDER
        _check_ours(home, account)
        usable = reachable_binaries(binaries, account)
        Cluster(home=home, binaries=usable, account=account).erase()
        if folder.parent == ROOT_HOME:
            folder.rmdir()


def places(data_folder: Path) -> tuple[Path, ...]:
    """Give the folders that hold a server's data: this one, its other place, both or neither.

    :raises EnvironmentProblem: when we may not look into one of them.
    """
    folders = [data_folder.absolute()]
    if server_account() is not None:
        folders.append(_other_place(folders[0]))
    return tuple(each for each in folders if _holds_data(each))


def _holds_data(folder: Path) -> bool:
    """Tell whether a server's data stand here; what we may not see could be there all the same."""
    try:
        found = (folder / Cluster.FOLDER / Cluster.MARKER).stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as problem:
        message = (
            f"In de map {folder} is niet te kijken ({problem.strerror}); start Ontschot als de"
            " gebruiker die er de boeken maakte of kies met --map een andere map."
        )
        raise EnvironmentProblem(message) from problem
    return stat.S_ISREG(found.st_mode)


def _joined(cluster: Cluster, settings: Mapping[str, str], *, notes: list[str]) -> Server:
    """Join a cluster; trouble with its folder becomes a sentence."""
    try:
        users = cluster.join(settings)
    except OSError as problem:
        message = (
            f"De map {cluster.home} is niet te gebruiken ({problem.strerror}: {problem.filename});"
            " herstel de rechten of kies met --map een andere map."
        )
        raise EnvironmentProblem(message) from problem
    who = f"PostgreSQL draait als de gebruiker {name_of(cluster.account)}"
    return Server(
        cluster=cluster, users=users, note=f"{who}: {'; '.join(notes)}." if notes else None
    )


def _note_of_binaries(cluster: Cluster, wanted: Path) -> list[str]:
    """Say that the programs were copied, when they were."""
    if cluster.binaries == wanted:
        return []
    return [f"zijn programma's staan in {cluster.binaries}, want {wanted} kan hij niet bereiken"]


def _other_place(wanted: Path) -> Path:
    """Give the folder that stands in for one that the server's user cannot reach."""
    return ROOT_HOME / hashlib.sha256(bytes(wanted)).hexdigest()[:16]


def _made_home(data_folder: Path, account: pwd.struct_passwd | None) -> Path | None:
    """Make our own folder in the data folder; None when the server's user cannot work there.

    :raises EnvironmentProblem: when we may not write there ourselves, or somebody else made it.
    """
    home = data_folder / Cluster.FOLDER
    try:
        missing = [path for path in (data_folder, *data_folder.parents) if not path.exists()]
        for path in reversed(missing):
            path.mkdir(mode=0o711 if account else 0o700, exist_ok=True)
        if account is not None and not can_enter(account, data_folder):
            return None
        home.mkdir(mode=0o700, exist_ok=True)
        _check_ours(home, account)
        (home / Cluster.MARKER).touch(mode=0o600)
        give(home, account)
    except OSError as problem:
        message = (
            f"Geen schrijfrecht in {data_folder} ({problem.strerror}); geef uzelf schrijfrecht"
            " of kies met --map een andere map."
        )
        raise EnvironmentProblem(message) from problem
    return home


def _check_ours(home: Path, account: pwd.struct_passwd | None) -> None:
    """Refuse a folder that is not ours: we would change or remove what is in it.

    A folder of another user is refused for root too, who would follow that user's links in it.

    :raises EnvironmentProblem: when somebody else made it.
    """
    found = home.lstat()
    owners = {os.geteuid(), account.pw_uid if account else os.geteuid()}
    if found.st_uid not in owners or not stat.S_ISDIR(found.st_mode):
        message = (
            f"De map {home} is van een andere gebruiker ({_owner_name(found.st_uid)}); start"
            " Ontschot als die gebruiker of kies met --map een andere map."
        )
        raise EnvironmentProblem(message)
    if any(home.iterdir()) and not (home / Cluster.MARKER).is_file():
        message = (
            f"De map {home} bestaat al en is niet door Ontschot gemaakt;"
            " haal haar weg of kies met --map een andere map."
        )
        raise EnvironmentProblem(message)


def _owner_name(user: int) -> str:
    """Give the name of a system user, or his number when he has none here."""
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)
