"""Finding pseudonyms by BSN, and whom pseudonyms stand for."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.messages.model import PersonFacts
from domains.persons.vault import DataKey, Vault
from ledger.reading import rows


async def pseudonyms(
    connection: AsyncConnection, *, gemeente: str, vault: Vault, bsns: Iterable[str]
) -> dict[str, UUID]:
    """Give the pseudonym of each BSN that belongs to somebody known here."""
    marks = {vault.look_up(gemeente, bsn): bsn for bsn in bsns}
    found = await rows(
        connection,
        "SELECT lookup, person_id FROM persons.person"
        " WHERE gemeente = %s AND is_known AND lookup = ANY (%s::bytea[])",
        (gemeente, list(marks)),
    )
    return {marks[bytes(row.lookup)]: row.person_id for row in found}


async def persons(
    connection: AsyncConnection, *, gemeente: str, vault: Vault, ids: Sequence[UUID]
) -> dict[UUID, PersonFacts]:
    """Open what is known behind pseudonyms; who was forgotten is not in it.

    :raises domains.persons.vault.PersonKeyUnusable: this vault does not fit.
    """
    found = await rows(
        connection,
        "SELECT person_id, key_id, sealed, wrapped, master FROM persons.person"
        " JOIN persons.data_key USING (gemeente, key_id)"
        " WHERE gemeente = %s AND person_id = ANY (%s::uuid[]) AND wrapped IS NOT NULL",
        (gemeente, list(ids)),
    )
    keys: dict[UUID, DataKey] = {}
    opened = {}
    for row in found:
        if row.key_id not in keys:
            keys[row.key_id] = vault.unwrap(
                gemeente, row.key_id, wrapped=bytes(row.wrapped), master=row.master
            )
        opened[row.person_id] = vault.open(
            keys[row.key_id], gemeente, row.person_id, bytes(row.sealed)
        )
    return opened
