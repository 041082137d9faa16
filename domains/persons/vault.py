"""The vault: seals what is known of a person, and finds a pseudonym by a BSN.

A master key lies in a file outside the database; after a rotation the file holds older ones too,
until all they wrapped is wrapped anew. From it come a key that finds a BSN by its HMAC
(RFC 2104), so that nobody can try all numbers without the file, and a key that wraps the data keys.
Each family has a data key of its own, by which its persons are sealed (AES-256-GCM, bound to
gemeente and pseudonym): whoever destroys that key forgets the family, also in every old backup.
"""

import hashlib
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from tempfile import mkstemp
from typing import ClassVar, Final
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from domains.messages.model import PersonFacts
from ledger.refusals import Refusal

_BYTES: Final = 32
_NONCE: Final = 12
_CONTEXT: Final = b"ontschot persons 1 "


@dataclass(kw_only=True, unsafe_hash=True)
class PersonKeyUnusable(Refusal):
    """The file with the master key is missing, too open, or not the one that sealed this."""

    code: ClassVar[str] = "persoonssleutel-onbruikbaar"
    file: str
    reason: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De sleutel van de personen ({self.file}) is niet te gebruiken: {self.reason}. Zet"
            " het oorspronkelijke bestand terug uit een reservekopie; zonder die sleutel zijn de"
            " persoonsgegevens niet te lezen."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DataKey:
    """The key of a family: as it is used, and as it is kept."""

    plain: bytes = field(repr=False)
    wrapped: bytes = field(repr=False)
    master: str
    """Which master key wrapped it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vault:
    """Seals and opens with the master key of one installation."""

    file: str
    master: bytes = field(repr=False)
    older: tuple[bytes, ...] = field(repr=False, default=())
    """Master keys before this one, which may have wrapped what is read."""

    @property
    def name(self) -> str:
        """Return a name of the master key that tells nothing of it."""
        return _name_of(self.master)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all master keys in the file, the newest first."""
        return tuple(_name_of(key) for key in (self.master, *self.older))

    def look_up(self, gemeente: str, bsn: str) -> bytes:
        """Return by what a BSN is found in a gemeente."""
        return self.mark(b"bsn", gemeente.encode(), bsn.encode())

    def look_ups(self, gemeente: str, bsn: str) -> tuple[bytes, ...]:
        """Return by what a BSN may be found while a rotation is under way."""
        return self.marks(b"bsn", gemeente.encode(), bsn.encode())

    def mark(self, *parts: bytes) -> bytes:
        """Return a mark of content that may hold a BSN, which only this key can make."""
        return _mark(self.master, parts)

    def marks(self, *parts: bytes) -> tuple[bytes, ...]:
        """Return by what content may be known that was marked before a rotation."""
        return tuple(_mark(key, parts) for key in (self.master, *self.older))

    def new_data_key(self, gemeente: str, key_id: UUID) -> DataKey:
        """Make a key and wrap it."""
        return self.wrap(gemeente, key_id, AESGCM.generate_key(8 * _BYTES))

    def wrap(self, gemeente: str, key_id: UUID, plain: bytes) -> DataKey:
        """Wrap a key by the master key of now."""
        wrapped = _seal(_derive(self.master, b"wrap"), plain, bound=_bound(gemeente, key_id))
        return DataKey(plain=plain, wrapped=wrapped, master=self.name)

    def unwrap(self, gemeente: str, key_id: UUID, *, wrapped: bytes, master: str) -> DataKey:
        """Open a key that was kept.

        :raises PersonKeyUnusable: another master key wrapped it, or somebody changed it.
        """
        known = {_name_of(key): key for key in (self.master, *self.older)}
        if master not in known:
            raise PersonKeyUnusable(file=self.file, reason="een andere sleutel heeft verzegeld")
        opens = _derive(known[master], b"wrap")
        plain = self._open(opens, wrapped, bound=_bound(gemeente, key_id))
        return DataKey(plain=plain, wrapped=wrapped, master=master)

    def seal(self, key: DataKey, gemeente: str, person: UUID, facts: PersonFacts) -> bytes:
        """Seal what is known of a person."""
        told = msgspec.json.encode(facts)
        return _seal(key.plain, told, bound=_bound(gemeente, person))

    def open(self, key: DataKey, gemeente: str, person: UUID, sealed: bytes) -> PersonFacts:
        """Open what is known of a person.

        :raises PersonKeyUnusable: the key does not fit, or somebody changed or moved it.
        """
        told = self._open(key.plain, sealed, bound=_bound(gemeente, person))
        return msgspec.json.decode(told, type=PersonFacts)

    def _open(self, key: bytes, sealed: bytes, *, bound: bytes) -> bytes:
        try:
            return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], bound)
        except InvalidTag:
            raise PersonKeyUnusable(
                file=self.file,
                reason="een gegeven is veranderd of met een andere sleutel verzegeld",
            ) from None


def load_or_make_vault(file: Path) -> Vault:
    """Give the vault of a key file; a file that is not there is made, for its owner only.

    :raises PersonKeyUnusable: it cannot be read or written, or others may read it.
    """
    try:
        if not file.exists():
            _make(file)
        if file.stat().st_mode & 0o077:
            raise PersonKeyUnusable(file=str(file), reason="anderen mogen het bestand lezen")
        content = file.read_bytes()
    except OSError as problem:
        raise PersonKeyUnusable(
            file=str(file), reason=f"het bestand is niet te lezen of te maken ({problem.strerror})"
        ) from problem
    if not content or len(content) % _BYTES:
        raise PersonKeyUnusable(
            file=str(file), reason="het bestand bestaat niet uit sleutels van 32 bytes"
        )
    *older, master = (content[at : at + _BYTES] for at in range(0, len(content), _BYTES))
    return Vault(file=file.name, master=master, older=tuple(reversed(older)))


def add_master_key(file: Path) -> Vault:
    """Put a new master key in the file, beside those that still open what they wrapped.

    :raises PersonKeyUnusable: the file cannot be read or written.
    """
    vault = load_or_make_vault(file)
    return _keep(file, [*reversed(vault.older), vault.master, os.urandom(_BYTES)])


def drop_older_keys(file: Path, vault: Vault) -> Vault:
    """Take the older master keys of a vault out of its file: an old backup then opens for nobody.

    A key that came to the file since the vault was loaded stays.

    :raises PersonKeyUnusable: the file cannot be read or written.
    """
    now = load_or_make_vault(file)
    return _keep(
        file, [key for key in (*reversed(now.older), now.master) if key not in vault.older]
    )


def _keep(file: Path, keys: Sequence[bytes]) -> Vault:
    """Replace the file whole or not at all."""
    try:
        handle, name = mkstemp(dir=file.parent, prefix=".sleutel-")
        with os.fdopen(handle, "wb") as made:
            made.write(b"".join(keys))
            made.flush()
            os.fsync(made.fileno())
        Path(name).replace(file)
    except OSError as problem:
        raise PersonKeyUnusable(
            file=str(file), reason=f"het bestand is niet te schrijven ({problem.strerror})"
        ) from problem
    return load_or_make_vault(file)


def _name_of(master: bytes) -> str:
    return _derive(master, b"name").hex()[:16]


def _mark(master: bytes, parts: Sequence[bytes]) -> bytes:
    told = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    return hmac.new(_derive(master, b"mark"), told, hashlib.sha256).digest()


@lru_cache(maxsize=16)
def _derive(master: bytes, purpose: bytes) -> bytes:
    made = HKDF(algorithm=SHA256(), length=_BYTES, salt=None, info=_CONTEXT + purpose)
    return made.derive(master)


def _make(file: Path) -> None:
    """Write a new key whole or not at all; of two programs at once one wins."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = mkstemp(dir=file.parent, prefix=".sleutel-")
    with os.fdopen(handle, "wb") as made:
        made.write(os.urandom(_BYTES))
        made.flush()
        os.fsync(made.fileno())
    try:
        os.link(name, file)
    except FileExistsError:
        return
    finally:
        Path(name).unlink()


def _seal(key: bytes, content: bytes, *, bound: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, content, bound)


def _bound(gemeente: str, of: UUID) -> bytes:
    return f"{gemeente} {of}".encode()
