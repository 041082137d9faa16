"""Up to which link of the chain something is asked: nobody quietly gets less than he asks for."""

from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger import balances
from ledger.refusals import Refusal


@dataclass(kw_only=True, unsafe_hash=True)
class NotKnownYet(Refusal):
    """Something is asked as known up to a link that does not exist."""

    code: ClassVar[str] = "stand-nog-onbekend"
    known_up_to: int
    last: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Schakel {self.known_up_to} bestaat nog niet; de keten loopt tot {self.last}."
            " Kies die, of laat de stand weg."
        )


async def known_link(connection: AsyncConnection, *, gemeente: str, asked: int | None) -> int:
    """Give the link that is asked, or the last one.

    :raises NotKnownYet: the chain has no such link yet; the answer would change later.
    """
    last = await balances.last_link(connection, gemeente=gemeente)
    if asked is not None and asked > last:
        raise NotKnownYet(known_up_to=asked, last=last)
    return last if asked is None else asked
