"""What may be pooled, how it is divided, and which entry stands for it (design of the books)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from domains import chart
from domains.sources import source
from ledger.money import show, split
from ledger.refusals import Refusal

POOLED: Final = ("ARM", "GGZ", "JW", "RES", "SHV", "TOE", "WMO")
"""The sources that rule E35 (Jeugdwet 2.1 f; Wmo 2015 2.1.2 lid 4 a) lets into a pool."""


@dataclass(kw_only=True, unsafe_hash=True)
class NotPooled(Refusal):
    """A fund may not be put into a district or family budget."""

    code: ClassVar[str] = "middel-niet-te-bundelen"
    fund: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Middel {self.fund} mag niet in een wijk- of gezinsbudget: alleen"
            f" {', '.join(POOLED)} zijn te bundelen (regel E35). Betaal dit uit het middel zelf."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class ClosedForShift(Refusal):
    """Money may not be shifted to or from this source."""

    code: ClassVar[str] = "middel-niet-te-verschuiven"
    fund: str
    legal_basis: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Van en naar {self.fund} mag niet worden geschoven ({self.legal_basis})."
            " Kies een middel dat de raad vrij mag bestemmen."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class SameFund(Refusal):
    """A shift starts and ends at the same fund."""

    code: ClassVar[str] = "zelfde-middel"
    fund: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"De verschuiving begint en eindigt bij {self.fund}. Kies een ander middel."


@dataclass(kw_only=True, unsafe_hash=True)
class DecisionNeeded(Refusal):
    """Shifting between programmes needs a decision of the council."""

    code: ClassVar[str] = "raadsbesluit-nodig"
    from_programme: str
    to_programme: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Schuiven van programma {self.from_programme} naar {self.to_programme} kan alleen de"
            " raad (Gemeentewet 189, 192). Noem het raadsbesluit in 'besluit'."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NotPositive(Refusal):
    """An amount to move is zero or negative."""

    code: ClassVar[str] = "bedrag-niet-positief"
    amount_cents: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"{show(self.amount_cents)} is niet te verplaatsen. Geef een bedrag boven nul."


@dataclass(kw_only=True, unsafe_hash=True)
class SourceWithoutBudget(Refusal):
    """The council authorises nothing for this source."""

    code: ClassVar[str] = "bron-zonder-budget"
    source: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Bron {self.source} heeft geen budget in de gemeente."
            " Kies een bron met een gemeentelijk budget, zoals JW, WMO of ARM."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NotEnoughRoom(Refusal):
    """A fund has less room than what is to be moved."""

    code: ClassVar[str] = "te-weinig-ruimte"
    fund: str
    place: str
    room_cents: int
    amount_cents: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"In {self.place} heeft {self.fund} {show(self.room_cents)} ruimte, minder dan"
            f" {show(self.amount_cents)}. Verplaats minder, of vul eerst aan."
        )


def check_amount(amount_cents: int) -> None:
    """Refuse an amount that is not above zero.

    :raises NotPositive: it is not.
    """
    if amount_cents <= 0:
        raise NotPositive(amount_cents=amount_cents)


def check_has_budget(source_code: str) -> None:
    """Refuse a source for which no council can authorise anything.

    :raises domains.sources.UnknownSource: there is no such source.
    :raises SourceWithoutBudget: an outside party pays it, or it stands for a shortage.
    """
    if source(source_code).external or source_code == chart.SHORTAGE_SOURCE:
        raise SourceWithoutBudget(source=source_code)


def check_pooled(fund: str) -> None:
    """Refuse a fund that may not be pooled.

    :raises NotPooled: rule E35 does not name its source.
    """
    if chart.source_of(fund) not in POOLED:
        raise NotPooled(fund=fund)


def check_shift(
    *, from_fund: str, to_fund: str, from_programme: str, to_programme: str, decision: str
) -> None:
    """Refuse a shift that the law or the council forbids.

    :raises SameFund: nothing would move.
    :raises ClosedForShift: BUIG, SPUK, DER and the like never shift (Participatiewet 69; Fvw 17a).
    :raises DecisionNeeded: another programme, and no decision is named.
    """
    if from_fund == to_fund:
        raise SameFund(fund=from_fund)
    for fund in (from_fund, to_fund):
        found = source(chart.source_of(fund))
        if found.closed_for_shift:
            raise ClosedForShift(fund=fund, legal_basis=found.legal_basis)
    if from_programme != to_programme and not decision.strip():
        raise DecisionNeeded(from_programme=from_programme, to_programme=to_programme)


def check_room(*, fund: str, place: str, room_cents: int, amount_cents: int) -> None:
    """Refuse to move more than there is.

    :raises NotEnoughRoom: the room is smaller than the amount.
    """
    if room_cents < amount_cents:
        raise NotEnoughRoom(
            fund=fund, place=place, room_cents=room_cents, amount_cents=amount_cents
        )


def split_over_rooms(amount_cents: int, rooms: Mapping[str, int]) -> dict[str, int]:
    """Divide an amount over funds in proportion to their room, as far as the room goes.

    Ties go by fund code. Gives only the funds that take part; the sum is the smaller of the
    amount and the total room.
    """
    funds = sorted(fund for fund, room in rooms.items() if room > 0)
    total = sum(rooms[fund] for fund in funds)
    if total == 0:
        return {}
    parts = split(min(amount_cents, total), [rooms[fund] for fund in funds])
    return {fund: part for fund, part in zip(funds, parts, strict=True) if part > 0}


def split_by_key(amount_cents: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Divide an amount over districts by a key such as inhabitants; ties go by district code.

    :raises ledger.money.NothingToSplitOver: no district has a positive weight.
    """
    districts = sorted(weights)
    parts = split(amount_cents, [weights[district] for district in districts])
    return {district: part for district, part in zip(districts, parts, strict=True) if part > 0}
