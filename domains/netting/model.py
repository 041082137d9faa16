"""What funds owe each other, and the runs that clear it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What one fund owes another by one entry, and the item that it settled."""

    entry: UUID
    booking_date: date
    creditor: str
    debtor: str
    amount_cents: int
    item: UUID | None
    family: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Netting:
    """The entry that cleared what two funds owed each other, with what it settled."""

    entry: UUID
    owed: tuple[Owed, ...]

    @property
    def payer(self) -> str:
        """Return the fund that pays the difference; the first by code where there is none."""
        return min(self._saldo, key=lambda fund: (self._saldo[fund], fund))

    @property
    def receiver(self) -> str:
        """Return the fund that gets the difference."""
        return max(self._saldo, key=lambda fund: (self._saldo[fund], fund))

    @property
    def amount_cents(self) -> int:
        """Return the difference, in whole cents."""
        return self._saldo[self.receiver]

    @property
    def _saldo(self) -> Mapping[str, int]:
        saldo: dict[str, int] = {}
        for each in self.owed:
            saldo[each.creditor] = saldo.get(each.creditor, 0) + each.amount_cents
            saldo[each.debtor] = saldo.get(each.debtor, 0) - each.amount_cents
        return saldo


@dataclass(frozen=True, slots=True, kw_only=True)
class NettingRun:
    """What funds owed each other over a period (until exclusive), cleared in one go."""

    id: UUID
    from_date: date
    until_date: date
    nettings: tuple[Netting, ...]
