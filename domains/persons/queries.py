"""Finding pseudonyms by BSN, and whom pseudonyms stand for."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.messages.model import PersonFacts
from domains.persons.model import Hold
from domains.persons.rules import MasterKeyReplaced
from domains.persons.vault import DataKey, Vault
from ledger.reading import rows

_HOLD: Final = """
    WITH helped AS (
        SELECT draw.* FROM domains.standing_draw AS draw
        WHERE draw.gemeente = %(gemeente)s AND (draw.family_budget_id IN (
            SELECT family_budget_id FROM domains.family_budget
            WHERE gemeente = %(gemeente)s AND family_id = %(family)s)
          OR EXISTS (SELECT 1 FROM domains.part AS part WHERE part.gemeente = %(gemeente)s
                     AND part.draw_id = draw.draw_id AND part.gezin = %(family)s))
    )
    SELECT EXISTS (SELECT 1 FROM persons.data_key
                   WHERE gemeente = %(gemeente)s AND family_id = %(family)s
                     AND wrapped IS NOT NULL),
           (SELECT max(stands_until) FROM helped
            WHERE granted_cents > 0 AND NOT is_reversed AND stands_until > %(today)s),
           EXISTS (SELECT 1 FROM helped WHERE approval_by <> '')
           OR EXISTS (
               SELECT 1 FROM helped JOIN domains.standing_part AS part USING (gemeente, draw_id)
               LEFT JOIN domains.payer_standing AS payer USING (gemeente, part_id)
               WHERE part.reserved_cents <> 0
                  OR payer.state IN ('open', 'geclaimd', 'betwist') AND payer.amount_cents <> 0)
"""


async def pseudonyms(
    connection: AsyncConnection, *, gemeente: str, vault: Vault, bsns: Iterable[str]
) -> dict[str, UUID]:
    """Give the pseudonym of each BSN that belongs to somebody known here.

    :raises domains.persons.rules.MasterKeyReplaced: a key that this vault does not have marks them.
    """
    marks = {mark: bsn for bsn in bsns for mark in vault.look_ups(gemeente, bsn)}
    # In one look, so that nobody becomes a stranger by a rotation between two.
    found = await rows(
        connection,
        "SELECT lookup, person_id FROM persons.person"
        " WHERE gemeente = %(gemeente)s AND is_known AND lookup = ANY (%(marks)s::bytea[])"
        " UNION ALL (SELECT NULL, NULL FROM persons.data_key WHERE gemeente = %(gemeente)s"
        " AND wrapped IS NOT NULL AND master <> ALL (%(masters)s::text[]) LIMIT 1)",
        {"gemeente": gemeente, "marks": list(marks), "masters": list(vault.names)},
    )
    if any(row.lookup is None for row in found):
        raise MasterKeyReplaced
    return {marks[bytes(row.lookup)]: row.person_id for row in found}


async def registered_since(
    connection: AsyncConnection, *, gemeente: str, strangers: Iterable[UUID]
) -> dict[UUID, UUID]:
    """Give the pseudonym of who was a stranger when a message came in, and is known by now."""
    found = await rows(
        connection,
        "SELECT stranger.person_id AS stranger, known.person_id"
        " FROM persons.person AS stranger JOIN persons.person AS known USING (gemeente, lookup)"
        " WHERE gemeente = %s AND stranger.person_id = ANY (%s::uuid[])"
        " AND NOT stranger.is_known AND known.is_known",
        (gemeente, sorted(strangers)),
    )
    return {row.stranger: row.person_id for row in found}


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


async def hold_on(connection: AsyncConnection, *, gemeente: str, family: UUID, today: date) -> Hold:
    """Tell what keeps a family from being forgotten on a day."""
    ((has_key, helped_until, is_awaited),) = await rows(
        connection,
        _HOLD,
        {"gemeente": gemeente, "family": family, "today": today},
    )
    return Hold(has_key=has_key, helped_until=helped_until, is_awaited=is_awaited)


async def keys_left(connection: AsyncConnection, *, gemeente: str, vault: Vault) -> int:
    """Count the keys of families that an older master key wrapped."""
    ((found,),) = await rows(
        connection,
        "SELECT count(*) FROM persons.data_key"
        " WHERE gemeente = %s AND wrapped IS NOT NULL AND master <> %s",
        (gemeente, vault.name),
    )
    return int(found)


async def forgotten(
    connection: AsyncConnection, *, gemeente: str, family: UUID, reason: str
) -> tuple[datetime, str]:
    """Give when a family was forgotten for a reason, and by whom."""
    ((at, by),) = await rows(
        connection,
        "SELECT destroyed_at, destroyed_by FROM persons.data_key"
        " WHERE gemeente = %s AND family_id = %s AND reason = %s"
        " ORDER BY destroyed_at LIMIT 1",
        (gemeente, family, reason),
    )
    return at, str(by)
