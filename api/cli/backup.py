"""A backup of the books: the database, the signed checkpoints, and a signed manifest over both.

Everything in it is of one moment of the database. No secret key is ever in it: keys are kept
elsewhere, and the manifest names them by their fingerprint.
"""

import asyncio
import hashlib
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, ClassVar, Final

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import db, migrate
from api.postgres import EnvironmentProblem
from api.postgres_programs import run_client
from api.sealing import Seal
from domains.audit.model import NOBODY
from ledger import checkpoints
from ledger.reading import rows
from ledger.refusals import Refusal

CHECKPOINTS: Final = "checkpoints"
"""Folder in a backup with the checkpoints and the public keys that verify them."""

_FORM: Final = 1
_DUMP: Final = "boeken.dump"
_MANIFEST: Final = "manifest.json"
_SIGNATURE: Final = "manifest.jws"
_ALGORITHM: Final = "Ed25519"
_CHUNK: Final = 1024**2

Tell = Callable[[str], None]
"""Hears which step is under way."""


@dataclass(kw_only=True, unsafe_hash=True)
class BackupUnusable(Refusal):
    """A folder is no backup, or not the one that was made."""

    code: ClassVar[str] = "reservekopie-onbruikbaar"
    folder: str
    reason: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De reservekopie in {self.folder} wordt niet teruggezet: {self.reason}."
            " Neem een andere kopie, of haal deze opnieuw van de plek waar zij werd bewaard."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class DatabaseNotEmpty(Refusal):
    """There is something already where a backup is to be restored."""

    code: ClassVar[str] = "database-niet-leeg"
    count: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"In de database staan al {self.count} tabellen; een reservekopie gaat alleen in een"
            " lege. Kies met --map een nieuwe map, of een nieuwe database."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class RestoreDiffers(Refusal):
    """What was restored is not what the manifest names, and the database is filled with it."""

    code: ClassVar[str] = "herstel-wijkt-af"
    folder: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De ketens in de database zijn andere dan het manifest in {self.folder} noemt. De"
            " database is nu gevuld: gebruik haar niet. Maak haar eerst leeg (gooi de map van"
            " --map weg, of maak met DROP DATABASE en CREATE DATABASE een nieuwe) en zet dan een"
            " andere kopie terug."
        )


class Chain(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far the books and the audit log of a municipality were."""

    gemeente: Annotated[str, msgspec.Meta(pattern="^GM[0-9]{4}$")]
    schakel: int
    hash: str
    logregel: int
    loghash: str


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of a backup, by its path in the folder."""

    bestand: str
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a backup holds, in the words that an administrator reads."""

    vorm: int
    gemaakt_op: datetime
    versie: str
    """Of the program."""
    migratie: str
    """The step at which the tables stood."""
    postgresql: str
    ketens: tuple[Chain, ...]
    sleutels: dict[str, str]
    """The fingerprint of each key that belongs to this backup and is not in it."""
    bestanden: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A backup whose files are those of its manifest."""

    folder: Path
    manifest: Manifest
    signed_by: str
    """The name (`kid`) of the key that signed it."""
    key_is_ours: bool
    """Whether that key was here already, and did not just come with the backup."""


async def look(engine: AsyncEngine, *, at: datetime, keys: Mapping[str, str]) -> Manifest:
    """Say what a backup would hold now, without its files."""
    async with db.snapshot(engine, NOBODY) as connection:
        return await _manifest(connection, at=at, keys=keys)


async def make(
    engine: AsyncEngine,
    url: str,
    folder: Path,
    *,
    dump: Path,
    seal: Seal,
    at: datetime,
    keys: Mapping[str, str],
    tell: Tell,
) -> Manifest:
    """Make a backup in a folder that does not exist yet; it is there wholly or not at all.

    ``engine`` and ``url`` are the owner of the tables, ``dump`` is the program pg_dump. Each chain
    gets a checkpoint of exactly the moment of the backup, which is kept here too.

    :raises EnvironmentProblem: the folder cannot be written, or pg_dump failed.
    :raises ledger.checkpoints.FolderUnusable: the checkpoints cannot be written.
    """
    draft = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        (draft / CHECKPOINTS).mkdir(mode=0o700, parents=True)
        draft.chmod(0o700)
    except OSError as problem:
        raise _unwritable(folder, problem) from problem
    try:
        async with db.snapshot(engine, NOBODY) as connection:
            found = await rows(connection, "SELECT pg_export_snapshot() AS name")
            manifest = await _manifest(connection, at=at, keys=keys)
            for chain in manifest.ketens:
                tell(f"controlepunt van {chain.gemeente}")
                await _seal_chain(connection, chain, at=at, seal=seal)
            tell("database")
            await _dump(dump, url, draft / _DUMP, snapshot=found[0].name)
        tell("manifest")
        for chain in manifest.ketens:
            _copy_checkpoints(seal.folder, draft / CHECKPOINTS, chain)
        checkpoints.keep_public_key(draft / CHECKPOINTS, seal.key)
        manifest = msgspec.structs.replace(manifest, bestanden=_parts(draft))
        _sign(draft, manifest, seal.key)
        for name in (*_files(draft), CHECKPOINTS, "."):
            _sync(draft / name)
        draft.rename(folder)
        _sync(folder.parent)
    except OSError as problem:
        raise _unwritable(folder, problem) from problem
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return manifest


def read(folder: Path, ours: Mapping[str, OKPKey]) -> Found:
    """Read a backup and hold every file against its signed manifest.

    ``ours`` are the public keys that this machine has. Where it has none, the key that came with
    the backup is taken.

    :raises BackupUnusable: something is missing, was changed, or was signed by a foreign key.
    """
    try:
        content = (folder / _MANIFEST).read_bytes()
        signed = (folder / _SIGNATURE).read_bytes().strip()
        known = ours or checkpoints.public_keys(folder / CHECKPOINTS)
        name = _signer(content, signed, known)
        manifest = msgspec.json.decode(content, type=Manifest)
        _hold_against(folder, manifest)
    except OSError as problem:
        where = Path(problem.filename or folder).name
        reason = f"{where} is niet te lezen ({problem.strerror})"
        raise BackupUnusable(folder=str(folder), reason=reason) from problem
    except (ValueError, checkpoints.KeyUnusable) as problem:
        raise BackupUnusable(folder=str(folder), reason=_as_clause(problem)) from problem
    return Found(folder=folder, manifest=manifest, signed_by=name, key_is_ours=name in ours)


async def restore(
    engine: AsyncEngine, url: str, found: Found, *, restore_program: Path, tell: Tell
) -> None:
    """Put the database of a backup in an empty one, as the owner of its tables.

    :raises DatabaseNotEmpty: there are tables already.
    :raises BackupUnusable: a later version of the program made it.
    :raises RestoreDiffers: it holds other chains than its manifest names; the database is filled.
    :raises EnvironmentProblem: pg_restore failed; the database is still empty then.
    """
    if found.manifest.migratie not in migrate.known_steps():
        reason = f"zij is van versie {found.manifest.versie}, die nieuwer is dan deze"
        raise BackupUnusable(folder=str(found.folder), reason=reason)
    async with db.snapshot(engine, NOBODY) as connection:
        present = (await rows(connection, _TABLES))[0].tables
    if present:
        raise DatabaseNotEmpty(count=present)
    tell("database")
    options = ("--single-transaction", "--exit-on-error", "--no-owner", found.folder / _DUMP)
    done = await asyncio.to_thread(run_client, restore_program, url, *options)
    if done.returncode != 0:
        raise _failed("pg_restore", done.stderr)
    tell("vergelijking met het manifest")
    async with db.transaction(engine, NOBODY) as connection:
        await connection.exec_driver_sql("SELECT ledger.forget_posters()")
        restored = await _chains(connection)
    if restored != found.manifest.ketens:
        raise RestoreDiffers(folder=str(found.folder))


def restore_checkpoints(found: Found, *, key_folder: Path, checkpoint_folder: Path) -> None:
    """Put the checkpoints of a backup, and the public keys for them, beside those that are here.

    :raises ledger.checkpoints.FolderUnusable: the folders cannot be written.
    """
    for chain in found.manifest.ketens:
        here = {
            each.jws for each in checkpoints.read(checkpoint_folder, chain.gemeente).checkpoints
        }
        for each in checkpoints.read(found.folder / CHECKPOINTS, chain.gemeente).checkpoints:
            if each.jws not in here:
                checkpoints.append(checkpoint_folder, each)
    for key in checkpoints.public_keys(found.folder / CHECKPOINTS).values():
        checkpoints.keep_public_key(key_folder, key)


_TABLES: Final = """
    SELECT count(*) AS tables FROM pg_class AS class
    JOIN pg_namespace AS space ON space.oid = class.relnamespace
    WHERE class.relkind IN ('r', 'p', 'v', 'm') AND space.nspname <> 'information_schema'
      AND space.nspname NOT LIKE 'pg\\_%%'
"""

_CHAINS: Final = """
    SELECT coalesce(head.gemeente, log.gemeente) AS gemeente,
           coalesce(head.chain_number, 0) AS chain_number,
           coalesce(encode(head.hash, 'hex'), '') AS hash,
           coalesce(log.number, 0) AS log_number, coalesce(encode(log.hash, 'hex'), '') AS log_hash
    FROM ledger.chain_head AS head FULL JOIN access.audit_head AS log USING (gemeente)
    ORDER BY 1
"""


async def _chains(connection: AsyncConnection) -> tuple[Chain, ...]:
    return tuple(
        Chain(
            gemeente=row.gemeente,
            schakel=row.chain_number,
            hash=row.hash,
            logregel=row.log_number,
            loghash=row.log_hash,
        )
        for row in await rows(connection, _CHAINS)
    )


async def _manifest(
    connection: AsyncConnection, *, at: datetime, keys: Mapping[str, str]
) -> Manifest:
    """Say what the database holds at the moment of this connection."""
    step = await rows(connection, "SELECT version_num FROM public.alembic_version")
    server = await rows(connection, "SELECT current_setting('server_version') AS version")
    return Manifest(
        vorm=_FORM,
        gemaakt_op=at.astimezone(UTC),
        versie=version("ontschot"),
        migratie=step[0].version_num,
        postgresql=server[0].version,
        ketens=await _chains(connection),
        sleutels=dict(sorted(keys.items())),
        bestanden=(),
    )


async def _seal_chain(
    connection: AsyncConnection, chain: Chain, *, at: datetime, seal: Seal
) -> None:
    """Sign the chain of the backup, unless it has nothing in it but lines of the log."""
    if chain.schakel == 0:
        return
    log = (chain.logregel, bytes.fromhex(chain.loghash))
    made = await checkpoints.make_checkpoint(connection, chain.gemeente, at, seal.key, log=log)
    checkpoints.append(seal.folder, made)


async def _dump(program: Path, url: str, file: Path, *, snapshot: str) -> None:
    """Let pg_dump write the database as one transaction saw it.

    :raises EnvironmentProblem: it failed.
    """
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    options = ("--format=custom", f"--snapshot={snapshot}", f"--file={file}")
    done = await asyncio.to_thread(run_client, program, url, *options)
    if done.returncode != 0:
        raise _failed("pg_dump", done.stderr)


def _copy_checkpoints(folder: Path, target: Path, chain: Chain) -> None:
    """Copy the checkpoints of a chain up to the backup; more may be made while pg_dump works."""
    for each in checkpoints.read(folder, chain.gemeente).checkpoints:
        if each.chain_number <= chain.schakel and each.log_number <= chain.logregel:
            checkpoints.append(target, each)


def _sync(path: Path) -> None:
    """Wait until the disk has a file, or the names in a folder."""
    opened = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _parts(folder: Path) -> tuple[Part, ...]:
    """List the files of a folder and what is below it, each with its digest."""
    return tuple(
        Part(bestand=name, bytes=(folder / name).stat().st_size, sha256=_digest(folder / name))
        for name in _files(folder)
    )


def _files(folder: Path) -> Sequence[str]:
    return sorted(
        file.relative_to(folder).as_posix() for file in folder.rglob("*") if not file.is_dir()
    )


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _sign(folder: Path, manifest: Manifest, key: OKPKey) -> None:
    content = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    header = {"alg": _ALGORITHM, "kid": key.thumbprint()}
    signed = jws.serialize_compact(header, content, key, algorithms=[_ALGORITHM])
    (folder / _MANIFEST).write_bytes(content)
    (folder / _SIGNATURE).write_text(signed, encoding="ascii")


def _signer(content: bytes, signed: bytes, known: Mapping[str, OKPKey]) -> str:
    """Verify the signature under a manifest and name its key.

    :raises ValueError: it is not under this manifest, or of no known key.
    """
    try:
        name = str(jws.extract_compact(signed).headers().get("kid"))
        if name not in known:
            raise ValueError(f"de sleutel van haar handtekening ({name}) is hier niet bekend")
        payload = jws.deserialize_compact(signed, known[name], algorithms=[_ALGORITHM]).payload
    except JoseError as problem:
        raise ValueError("de handtekening onder het manifest klopt niet") from problem
    if payload != content:
        raise ValueError("het manifest is veranderd nadat het werd ondertekend")
    return name


def _hold_against(folder: Path, manifest: Manifest) -> None:
    """Compare every file with the manifest.

    :raises ValueError: the manifest is of another form, or a file is not the one that it names.
    """
    if manifest.vorm != _FORM:
        raise ValueError(f"haar vorm is {manifest.vorm} en deze versie kent vorm {_FORM}")
    named = {part.bestand: part for part in manifest.bestanden}
    present = {part for part in _files(folder) if part not in {_MANIFEST, _SIGNATURE}}
    for name in sorted(present ^ named.keys() | {_DUMP} - named.keys()):
        problem = "ontbreekt" if name in named else "staat niet in het manifest"
        raise ValueError(f"{name} {problem}")
    for name, part in named.items():
        file = folder / name
        if file.stat().st_size != part.bytes or _digest(file) != part.sha256:
            raise ValueError(f"{name} is niet het bestand dat het manifest noemt")


def _as_clause(problem: Exception) -> str:
    """Write a reason without the full stop that our sentence brings."""
    if isinstance(problem, msgspec.DecodeError):
        return "het manifest is niet te lezen"
    return str(problem).rstrip(".")


def _failed(program: str, told: str) -> EnvironmentProblem:
    last = (told.strip().splitlines() or ["niets"])[-1]
    return EnvironmentProblem(
        f"{program} is mislukt; los op wat het meldt en probeer het opnieuw. Het meldde: {last}"
    )


def _unwritable(folder: Path, problem: OSError) -> EnvironmentProblem:
    return EnvironmentProblem(
        f"De map {folder} is niet te schrijven ({problem.strerror}); kies een nieuwe map waarin"
        " deze gebruiker mag schrijven."
    )
