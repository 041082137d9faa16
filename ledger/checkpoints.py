"""Signed checkpoints: what the chain was at a moment, kept outside the database.

Whoever owns the database can rewrite a whole chain so that it verifies. He can not rewrite a
checkpoint that was signed and taken away before: an accountant with the public key and the lines
of the file sees that the chain is shorter, or another one, than it was.
"""

import fcntl
import os
import re
import stat
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Final

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger import money
from ledger.findings import Finding, found_by
from ledger.refusals import Refusal

_ALGORITHM: Final = "Ed25519"
KEY_FILE: Final = "checkpoint.key.pem"
_GEMEENTE: Final = re.compile("GM[0-9]{4}")
_ONLY_OWNER: Final = 0o600


@dataclass(kw_only=True, unsafe_hash=True)
class KeyUnusable(Refusal):
    """The key for checkpoints can not be used."""

    code: ClassVar[str] = "sleutel-onbruikbaar"
    file: str
    reason: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De sleutel {self.file} is niet te gebruiken: {self.reason}."
            " Zet de sleutel terug uit de kluis met rechten 600, of verplaats het bestand"
            " om een nieuwe sleutel te laten maken."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NothingToSign(Refusal):
    """The gemeente has no books yet, so there is nothing to make a checkpoint of."""

    code: ClassVar[str] = "keten-leeg"
    gemeente: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De boeken van {self.gemeente} zijn nog leeg, er is niets om vast te leggen."
            " Controleer de gemeentecode, of boek eerst."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class FolderUnusable(Refusal):
    """The folder for checkpoints can not be written or read."""

    code: ClassVar[str] = "map-onbruikbaar"
    folder: str
    reason: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De map {self.folder} is niet te gebruiken voor controlepunten: {self.reason}."
            " Kies een map waarin deze gebruiker mag schrijven."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What the chain of a gemeente was, and the signature under it.

    ``debits`` is the sum of all debit lines per book in whole cents, ``made_at`` the moment of
    signing, ``recorded_at`` that of the link; ``log_number`` and ``log_hash`` are the last line of
    the audit log; ``jws`` is the compact JWS (RFC 7515) of all this.
    """

    gemeente: str
    chain_number: int
    link_hash: bytes
    recorded_at: datetime
    made_at: datetime
    entries: int
    debits: tuple[tuple[str, int], ...]
    log_number: int
    log_hash: bytes
    jws: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What stands in a file of checkpoints; lines that can not be read are findings."""

    checkpoints: tuple[Checkpoint, ...]
    findings: tuple[Finding, ...]


class _Payload(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is signed, with the names that an accountant reads; amounts are in euros."""

    gemeente: str
    chain_number: int = msgspec.field(name="schakel")
    link_hash: str = msgspec.field(name="hash")
    recorded_at: datetime = msgspec.field(name="vastgelegd_op")
    made_at: datetime = msgspec.field(name="gemaakt_op")
    entries: int = msgspec.field(name="boekingen")
    debits: dict[str, str] = msgspec.field(name="debet")
    log_number: int = msgspec.field(name="logregel", default=0)
    log_hash: str = msgspec.field(name="loghash", default="")


class _Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of the file: the JWS, and nothing beside it that somebody might believe."""

    jws: str


_LAST_LINK: Final = """
SELECT chain_number, hash, recorded_at FROM ledger.link WHERE gemeente = %(gemeente)s
ORDER BY chain_number DESC LIMIT 1
"""

_LINK: Final = """
SELECT (SELECT hash FROM ledger.link
        WHERE gemeente = %(gemeente)s AND chain_number = %(until)s),
       (SELECT max(chain_number) FROM ledger.link WHERE gemeente = %(gemeente)s)
"""

_ENTRIES: Final = """
SELECT count(*) FROM ledger.entry
WHERE gemeente = %(gemeente)s AND chain_number > %(after)s AND chain_number <= %(until)s
"""

_DEBITS: Final = """
SELECT account.book, sum(line.amount_cents) FROM ledger.posting AS line
JOIN ledger.account AS account
    ON account.gemeente = line.gemeente AND account.account_id = line.account_id
WHERE line.gemeente = %(gemeente)s AND line.chain_number > %(after)s
  AND line.chain_number <= %(until)s AND line.amount_cents > 0
GROUP BY account.book
"""


async def make_checkpoint(
    connection: AsyncConnection,
    gemeente: str,
    at: datetime,
    key: OKPKey,
    *,
    log: tuple[int, bytes] = (0, b""),
) -> Checkpoint:
    """Sign what the chain of a gemeente is now, and the last line of its audit log.

    :raises NothingToSign: nothing was ever written for this gemeente.
    """
    answer = await connection.exec_driver_sql(_LAST_LINK, {"gemeente": gemeente})
    link: Sequence[Any] | None = answer.first()
    if link is None:
        raise NothingToSign(gemeente=gemeente)
    number, link_hash, recorded_at = link
    entries, debits = await _sums(connection, gemeente, 0, number)
    payload = _Payload(
        gemeente=gemeente,
        chain_number=number,
        link_hash=bytes(link_hash).hex(),
        recorded_at=recorded_at.astimezone(UTC),
        made_at=at.astimezone(UTC),
        entries=entries,
        debits={book: money.write(cents) for book, cents in sorted(debits.items())},
        log_number=log[0],
        log_hash=log[1].hex(),
    )
    header = {"alg": _ALGORITHM, "kid": key.thumbprint()}
    signed = jws.serialize_compact(
        header, msgspec.json.encode(payload), key, algorithms=[_ALGORITHM]
    )
    return _checkpoint(payload, signed)


async def verify(
    connection: AsyncConnection,
    checkpoints: Sequence[Checkpoint],
    public_keys: Mapping[str, OKPKey],
    *,
    gemeente: str,
) -> tuple[Finding, ...]:
    """Compare the chain of a gemeente with checkpoints, from the first to the last.

    Only what is signed by one of the public keys (by their ``kid``) counts. Give checkpoints of
    this gemeente only; a signed one of another is a finding.
    """
    findings: list[Finding] = []
    signed: list[Checkpoint] = []
    for checkpoint in checkpoints:
        problem = _signature_problem(checkpoint, public_keys)
        if problem is None and checkpoint.gemeente != gemeente:
            problem = f"het is van {checkpoint.gemeente}"
        if problem is None:
            signed.append(checkpoint)
        else:
            findings.append(
                found_by(
                    "controlepunt-handtekening",
                    gemeente,
                    chain_number=checkpoint.chain_number,
                    detail=problem,
                )
            )
    signed.sort(key=lambda checkpoint: checkpoint.chain_number)
    findings += await _compare(connection, gemeente, signed)
    return tuple(findings)


def append(folder: Path, checkpoint: Checkpoint) -> Path:
    """Add a checkpoint to the file of its gemeente and wait until the disk has it.

    Gives the file: ``<folder>/<gemeente>.jsonl``, one line each, readable by its owner only.

    :raises FolderUnusable: the folder or the file can not be written.
    """
    file = _file_of(folder, checkpoint.gemeente)
    line = msgspec.json.encode(_Line(jws=checkpoint.jws)) + b"\n"
    try:
        _make_folder(folder)
        opened = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, _ONLY_OWNER)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX)
            size = os.fstat(opened).st_size
            if size > 0 and os.pread(opened, 1, size - 1) != b"\n":
                line = b"\n" + line  # A half line of an interrupted run keeps its own line.
            _write_all(opened, line)
            os.fsync(opened)
        finally:
            os.close(opened)
        _sync_folder(folder)
    except OSError as problem:
        raise FolderUnusable(folder=str(folder), reason=problem.strerror or "?") from problem
    return file


def read(folder: Path, gemeente: str) -> Kept:
    """Read the checkpoints of a gemeente; their signatures are judged by :func:`verify`.

    No file means no checkpoints; a line that stands there twice counts once.

    :raises FolderUnusable: the file can not be read.
    """
    try:
        content = _file_of(folder, gemeente).read_bytes()
    except FileNotFoundError:
        content = b""
    except OSError as problem:
        raise FolderUnusable(folder=str(folder), reason=problem.strerror or "?") from problem
    return read_lines(content, gemeente)


def read_lines(content: bytes, gemeente: str) -> Kept:
    """Read the content of a file of checkpoints, wherever it was kept."""
    lines = content.split(b"\n")
    checkpoints: list[Checkpoint] = []
    findings: list[Finding] = []
    for number, line in enumerate(lines, 1):
        if not line:
            continue
        try:
            checkpoints.append(parse(msgspec.json.decode(line, type=_Line).jws))
        except ValueError:
            findings.append(found_by("controlepunt-regel", gemeente, detail=f"regel {number}"))
    once = {checkpoint.jws: checkpoint for checkpoint in checkpoints}
    return Kept(checkpoints=tuple(once.values()), findings=tuple(findings))


def parse(signed: str) -> Checkpoint:
    """Read what a checkpoint says, whoever signed it.

    :raises ValueError: it is no checkpoint.
    """
    try:
        content = jws.extract_compact(signed.encode())
        payload = msgspec.json.decode(content.payload, type=_Payload)
        return _checkpoint(payload, signed)
    except (JoseError, Refusal) as problem:
        raise ValueError(str(problem)) from problem


def load_or_make_key(folder: Path) -> OKPKey:
    """Read the private key for checkpoints, or make it where there is none yet.

    The private key is readable by its owner only. The public key stands beside it as
    ``checkpoint-<kid>.pub.pem``, for whoever verifies elsewhere.

    :raises KeyUnusable: there is a key that others can read, or that is no Ed25519 key.
    :raises FolderUnusable: the folder can not be written.
    """
    file = folder / KEY_FILE
    try:
        _make_folder(folder)
        if not file.exists():
            made = OKPKey.generate_key("Ed25519").as_pem(private=True)
            _create(file, made, _ONLY_OWNER)
        if stat.S_IMODE(file.stat().st_mode) & 0o077:
            raise KeyUnusable(file=str(file), reason="andere gebruikers kunnen erbij")
        key = _read_key(file)
        if not key.is_private:
            raise KeyUnusable(file=str(file), reason="het is geen geheime sleutel")
    except OSError as problem:
        raise FolderUnusable(folder=str(folder), reason=problem.strerror or "?") from problem
    keep_public_key(folder, key)
    return key


def keep_public_key(folder: Path, key: OKPKey) -> None:
    """Put the public half of a key in a folder, where :func:`public_keys` finds it.

    :raises FolderUnusable: the folder can not be written.
    """
    try:
        _make_folder(folder)
        _create(folder / f"checkpoint-{key.thumbprint()}.pub.pem", key.as_pem(private=False), 0o644)
    except OSError as problem:
        raise FolderUnusable(folder=str(folder), reason=problem.strerror or "?") from problem


def public_keys(folder: Path) -> dict[str, OKPKey]:
    """Read every public key of the folder, by its ``kid``; old keys stay after a new one is made.

    :raises KeyUnusable: a file is no Ed25519 key.
    """
    keys = [_read_key(file) for file in sorted(folder.glob("checkpoint-*.pub.pem"))]
    return {key.thumbprint(): key for key in keys}


async def _sums(
    connection: AsyncConnection, gemeente: str, after: int, until: int
) -> tuple[int, dict[str, int]]:
    """Count the entries of some links and sum their debits per book."""
    bounds = {"gemeente": gemeente, "after": after, "until": until}
    entries = (await connection.exec_driver_sql(_ENTRIES, bounds)).scalar_one()
    rows: Sequence[Sequence[Any]] = (await connection.exec_driver_sql(_DEBITS, bounds)).all()
    return int(entries), {str(book): int(cents) for book, cents in rows}


async def _compare(
    connection: AsyncConnection, gemeente: str, checkpoints: Sequence[Checkpoint]
) -> list[Finding]:
    """Compare the chain with checkpoints in the order of the chain."""
    findings: list[Finding] = []
    after, entries, debits = 0, 0, Counter[str]()
    for checkpoint in checkpoints:
        number = checkpoint.chain_number
        answer = await connection.exec_driver_sql(_LINK, {"gemeente": gemeente, "until": number})
        link: Sequence[Any] = answer.one()
        link_hash, last_number = link
        if last_number is None or last_number < number:
            findings.append(
                found_by(
                    "controlepunt-kort",
                    gemeente,
                    chain_number=number,
                    expected=str(number),
                    found=str(last_number or 0),
                )
            )
            continue
        more_entries, more_debits = await _sums(connection, gemeente, after, number)
        after, entries = number, entries + more_entries
        debits.update(more_debits)
        for what, expected, found in (
            ("de hash", checkpoint.link_hash.hex(), link_hash and bytes(link_hash).hex()),
            ("het aantal boekingen", str(checkpoint.entries), str(entries)),
            ("de som van debet per boek", _debits(dict(checkpoint.debits)), _debits(debits)),
        ):
            if expected != found:
                findings.append(
                    found_by(
                        "controlepunt-keten",
                        gemeente,
                        chain_number=number,
                        detail=what,
                        expected=expected,
                        found=found,
                    )
                )
    return findings


def _debits(debits: Mapping[str, int]) -> str:
    return ", ".join(f"{book} {money.show(cents)}" for book, cents in sorted(debits.items()))


def _signature_problem(checkpoint: Checkpoint, keys: Mapping[str, OKPKey]) -> str | None:
    """Tell what is wrong with the signature, or nothing."""
    try:
        kid = jws.extract_compact(checkpoint.jws.encode()).headers().get("kid")
        key = keys.get(str(kid))
        if key is None:
            return f"sleutel {kid} is niet bekend"
        jws.deserialize_compact(checkpoint.jws, key, algorithms=[_ALGORITHM])
        if parse(checkpoint.jws) != checkpoint:
            return "de ondertekende inhoud is een andere"
    except (JoseError, ValueError):
        return "zij is niet van deze sleutel"
    return None


def _checkpoint(payload: _Payload, signed: str) -> Checkpoint:
    return Checkpoint(
        gemeente=payload.gemeente,
        chain_number=payload.chain_number,
        link_hash=bytes.fromhex(payload.link_hash),
        recorded_at=payload.recorded_at,
        made_at=payload.made_at,
        entries=payload.entries,
        debits=tuple((book, money.read(amount)) for book, amount in sorted(payload.debits.items())),
        log_number=payload.log_number,
        log_hash=bytes.fromhex(payload.log_hash),
        jws=signed,
    )


def _file_of(folder: Path, gemeente: str) -> Path:
    if _GEMEENTE.fullmatch(gemeente) is None:
        raise ValueError(gemeente)
    return folder / f"{gemeente}.jsonl"


def _read_key(file: Path) -> OKPKey:
    try:
        key = OKPKey.import_key(file.read_bytes())
    except (ValueError, JoseError) as problem:
        raise KeyUnusable(file=str(file), reason="het is geen sleutel") from problem
    if key.as_dict(private=False).get("crv") != "Ed25519":
        raise KeyUnusable(file=str(file), reason="het is geen Ed25519-sleutel")
    return key


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _create(file: Path, content: bytes, mode: int) -> None:
    """Make a file that is there wholly or not at all; one that is there already stays."""
    if file.exists():
        return
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    opened = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        try:
            _write_all(opened, content)
            os.fsync(opened)
        finally:
            os.close(opened)
        with suppress(FileExistsError):  # Another process was first: its key counts.
            os.link(draft, file)
    finally:
        draft.unlink()
    _sync_folder(file.parent)


def _write_all(opened: int, content: bytes) -> None:
    while content:
        content = content[os.write(opened, content) :]


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
