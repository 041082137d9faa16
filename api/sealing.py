"""Sealing: what the chain is now, signed and kept outside the database."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from joserfc.jwk import OKPKey
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from domains.audit.queries import head as head_of_log
from ledger import checkpoints


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """The key that signs, and the folder that keeps what is signed."""

    key: OKPKey
    folder: Path


def seal_of(key_folder: Path, checkpoint_folder: Path) -> Seal:
    """Take the key out of its folder before any work begins, or make it where there is none.

    :raises ledger.checkpoints.KeyUnusable: there is a key that cannot be used.
    :raises ledger.checkpoints.FolderUnusable: the folder of the keys cannot be written.
    """
    return Seal(key=checkpoints.load_or_make_key(key_folder), folder=checkpoint_folder)


async def sign(
    engine: AsyncEngine, gemeente: str, *, at: datetime, seal: Seal
) -> checkpoints.Checkpoint:
    """Sign what the chain of a municipality is now, and keep nothing.

    :raises ledger.checkpoints.NothingToSign: nothing was ever written for it.
    """
    async with db.snapshot(engine, gemeente) as connection:
        head = await head_of_log(connection, gemeente=gemeente)
        log = (0, b"") if head is None else (head.number, head.hash)
        return await checkpoints.make_checkpoint(connection, gemeente, at, seal.key, log=log)


def keep(seal: Seal, made: checkpoints.Checkpoint) -> Path:
    """Keep a signed checkpoint in the file of its municipality; gives the file.

    :raises ledger.checkpoints.FolderUnusable: the folder cannot be written.
    """
    return checkpoints.append(seal.folder, made)
