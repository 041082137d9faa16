"""The money that could pay draws: locked in one call, and what each account has left."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.draws.cover import free_funds
from domains.draws.model import Part, Place, Room, Stretch
from domains.families.model import Family
from domains.standard_entries import place_account
from ledger import balances, books
from ledger.accounts import Account

Places: TypeAlias = tuple[tuple[Place, str, Account], ...]
"""Where money could lie: place, district (or empty) and account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """The accounts that could pay, locked, and what each still has in this operation."""

    gemeente: str
    left: dict[UUID, int] = field(default_factory=dict)

    def rooms(self, places: Places) -> tuple[Room, ...]:
        """Return what lies ready in these places now."""
        return tuple(
            Room(
                fund=account.colour,
                source=chart.source_of(account.colour),
                place=place,
                wijk=wijk,
                amount_cents=self.left[account.id],
            )
            for place, wijk, account in places
        )

    def take(self, parts: Iterable[Part]) -> None:
        """Take what a decision uses from what the next one can count on."""
        for part in parts:
            if part.place is not Place.SHORTAGE:
                self.left[place_account(self.gemeente, part).id] -= part.amount_cents

    def give_back(self, part: Part) -> None:
        """Let the next one count on what a part gives back."""
        if part.place is not Place.SHORTAGE:
            self.left[place_account(self.gemeente, part).id] += part.amount_cents


def places_of(
    gemeente: str,
    *,
    family: Family,
    stretches: Sequence[Stretch],
    funds: Iterable[str],
    advance_order: Sequence[str],
) -> Places:
    """List where money for these days could lie.

    The free room of a fund is shared by the whole municipality, so it is locked only for days that
    it could pay.
    """
    years = {stretch.segment.year for stretch in stretches}
    wijken = sorted({stretch.wijk for stretch in stretches})
    open_free = free_funds(stretches, advance_order=advance_order)
    found: list[tuple[Place, str, Account]] = []
    for fund in funds:
        if chart.year_of(fund) not in years or chart.source_of(fund) == chart.SHORTAGE_SOURCE:
            continue
        found.append((Place.FAMILY, "", chart.family(gemeente, fund, gezin=str(family.id))))
        found += [
            (Place.DISTRICT, wijk, chart.district(gemeente, fund, wijk=wijk)) for wijk in wijken
        ]
        if family.is_complex:
            found.append((Place.COMPLEX, "", chart.complex_reserve(gemeente, fund)))
        if fund in open_free:
            found.append((Place.FREE, "", chart.free(gemeente, fund)))
    return tuple(found)


async def lock_money(
    connection: AsyncConnection,
    *,
    gemeente: str,
    places: Iterable[Places],
    parts: Iterable[Part] = (),
) -> Money:
    """Lock all accounts that could pay, and those that ``parts`` stand on, and read what they have.

    One call for a whole list, so that whoever locks the same ones never waits crosswise.
    """
    accounts: Mapping[UUID, Account] = {
        account.id: account
        for account in (
            *(account for found in places for _, _, account in found),
            *(place_account(gemeente, part) for part in parts),
        )
    }
    wanted = sorted(accounts)
    await books.lock_accounts(connection, gemeente=gemeente, accounts=wanted)
    left = await balances.current(connection, gemeente=gemeente, accounts=wanted)
    return Money(gemeente=gemeente, left=dict(left))
