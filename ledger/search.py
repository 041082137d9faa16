"""Finding entries in the journal by what people remember of them, the newest first."""

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.reading import rows

_SEARCH: Final = """
    SELECT entry.entry_id FROM ledger.entry AS entry
    WHERE entry.gemeente = %(gemeente)s
      AND (entry.chain_number, entry.position) < (%(number)s, %(position)s)
      AND entry.booking_date >= coalesce(%(from_date)s, '-infinity'::date)
      AND entry.booking_date <= coalesce(%(on)s, 'infinity'::date)
      AND (%(text)s = '' OR strpos(lower(entry.description), lower(%(text)s)) > 0
           OR strpos(lower(entry.document), lower(%(text)s)) > 0
           OR entry.entry_id::text = lower(%(text)s)
           OR entry.chain_number::text = %(text)s)
      AND (%(fund)s = '' OR EXISTS (
          SELECT 1 FROM ledger.posting JOIN ledger.account USING (gemeente, account_id)
          WHERE posting.gemeente = entry.gemeente AND posting.chain_number = entry.chain_number
            AND posting.position = entry.position AND account.colour = %(fund)s))
    ORDER BY entry.chain_number DESC, entry.position DESC LIMIT %(limit)s
"""

LAST: Final = (2**62, 0)
"""A place (chain number, position) after every entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrySearch:
    """What entries must have; an empty text and ``None`` leave a question out."""

    text: str
    """Part of the description or the document, or the whole id or chain number."""
    fund: str
    from_date: date | None
    on: date | None
    """The last booking date that counts."""


async def search_journal(
    connection: AsyncConnection,
    *,
    gemeente: str,
    asked: EntrySearch,
    before: tuple[int, int],
    limit: int,
) -> tuple[UUID, ...]:
    """List the ids of entries before a place (chain number, position), the newest first."""
    found = await rows(
        connection,
        _SEARCH,
        {
            "gemeente": gemeente,
            "number": before[0],
            "position": before[1],
            "text": asked.text,
            "fund": asked.fund,
            "from_date": asked.from_date,
            "on": asked.on,
            "limit": limit,
        },
    )
    return tuple(row[0] for row in found)


async def link_hash(connection: AsyncConnection, *, gemeente: str, chain_number: int) -> str:
    """Give the hash of a link of the chain, in hexadecimal."""
    ((found,),) = await rows(
        connection,
        "SELECT hash FROM ledger.link WHERE gemeente = %s AND chain_number = %s",
        (gemeente, chain_number),
    )
    return bytes(found).hex()
