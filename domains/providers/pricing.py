"""Pricing what is asked in products: each line by the version of the tariff that its days have.

A line whose days have more than one version is cut where the next one begins, and its volume is
shared over the pieces by their days.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import ClassVar

from domains.days import day_text
from domains.providers.model import AskedLine, Line, PurchaseScale, Register
from domains.providers.rules import TariffZero, price_signal, scale_on, tariff_on, told
from domains.quantities import Rounding, line_cents
from ledger.money import MAX_CENTS, show, split
from ledger.refusals import Refusal


@dataclass(kw_only=True, unsafe_hash=True)
class VolumeZero(Refusal):
    """A line asks for no units at all."""

    code: ClassVar[str] = "volume-nul"
    product: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Het volume van product {self.product} is nul. Geef het aantal eenheden, of laat de"
            " regel weg."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class LineOutsideDays(Refusal):
    """A line has days on which no help is asked, or none at all."""

    code: ClassVar[str] = "regel-buiten-periode"
    product: str
    from_date: date
    until_date: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De regel van product {self.product} loopt van {day_text(self.from_date)} t/m"
            f" {day_text(self.until_date - timedelta(days=1))}, en dat past niet in de periode"
            " van de hulp. Kies dagen binnen die periode, met een einddatum op of na de begindatum."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class TariffUnknown(Refusal):
    """Nobody knows what a product costs on a day."""

    code: ClassVar[str] = "tarief-onbekend"
    product: str
    day: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Voor product {self.product} van deze aanbieder staat op {day_text(self.day)} geen"
            " tarief in het register. Geef het tarief bij de regel, of leg het eerst vast."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class LineWorthNothing(Refusal):
    """A line comes to less than a cent."""

    code: ClassVar[str] = "regelbedrag-nul"
    product: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De regel van product {self.product} komt op minder dan een cent. Controleer tarief,"
            " volume en eenheid."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class LinesTooLarge(Refusal):
    """Lines come to more than one amount can hold."""

    code: ClassVar[str] = "regels-te-groot"
    product: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Met de regel van product {self.product} komen de regels samen op"
            f" {show(MAX_CENTS)} of meer. Controleer tarief, volume en eenheid."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class AmountDiffersFromLines(Refusal):
    """An amount and lines are given, and they do not agree."""

    code: ClassVar[str] = "bedrag-wijkt-af-van-regels"
    amount_cents: int
    total_cents: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Het bedrag is {show(self.amount_cents)} en de regels zijn samen"
            f" {show(self.total_cents)}. Laat het bedrag weg, of verbeter de regels."
        )


def price_lines(
    asked: Sequence[AskedLine],
    *,
    from_date: date,
    until_date: date,
    register: Register,
    first_number: int,
) -> tuple[Line, ...]:
    """Price the lines of help on these days (until exclusive), numbered from ``first_number`` on.

    :raises LineOutsideDays: a line has days outside those of the help, or none.
    :raises VolumeZero: a line asks for nothing.
    :raises domains.providers.rules.TariffZero: a line has a tariff of its own that is zero.
    :raises TariffUnknown: a line has no tariff, and neither has the register.
    :raises LineWorthNothing: a line comes to less than a cent.
    :raises LinesTooLarge: the lines come to more than an amount can hold.
    """
    found: list[Line] = []
    for line in asked:
        if not from_date <= line.from_date < line.until_date <= until_date:
            raise LineOutsideDays(
                product=told(line.product), from_date=line.from_date, until_date=line.until_date
            )
        if line.volume_e4 <= 0:
            raise VolumeZero(product=told(line.product))
        pieces = _priced(line, register)
        if not any(piece.amount_cents for piece in pieces):
            raise LineWorthNothing(product=told(line.product))
        found += pieces
        if sum(piece.amount_cents for piece in found) >= MAX_CENTS:
            raise LinesTooLarge(product=told(line.product))
    return tuple(replace(line, number=number) for number, line in enumerate(found, first_number))


def total_of(lines: Sequence[Line], *, amount_cents: int) -> int:
    """Return what lines come to together; ``amount_cents`` is what was asked, or zero.

    :raises AmountDiffersFromLines: another amount was asked.
    """
    total = sum(line.amount_cents for line in lines)
    if amount_cents not in {0, total}:
        raise AmountDiffersFromLines(amount_cents=amount_cents, total_cents=total)
    return total


@dataclass(frozen=True, slots=True, kw_only=True)
class _Terms:
    """On what terms the days of a line (until exclusive) are delivered."""

    from_date: date
    until_date: date
    tariff_e4: int
    rounding: Rounding
    version: int
    scale: PurchaseScale | None


def _priced(asked: AskedLine, register: Register) -> tuple[Line, ...]:
    """Price one line, in as many pieces as its days have terms."""
    pieces = _terms(asked, register)
    volumes = split(
        asked.volume_e4, [(terms.until_date - terms.from_date).days for terms in pieces]
    )
    found = []
    for terms, volume in zip(pieces, volumes, strict=True):
        rounding = asked.rounding or terms.rounding
        found.append(
            Line(
                number=0,
                product=asked.product,
                volume_e4=volume,
                tariff_e4=terms.tariff_e4,
                rounding=rounding,
                tariff_version=terms.version,
                purchase_scale=terms.scale,
                signal=price_signal(
                    terms.tariff_e4,
                    product=asked.product,
                    day=terms.from_date,
                    bands=register.bands,
                ),
                from_date=terms.from_date,
                until_date=terms.until_date,
                amount_cents=line_cents(
                    tariff_e4=terms.tariff_e4, volume_e4=volume, rounding=rounding
                ),
            )
        )
    return tuple(found)


def _terms(asked: AskedLine, register: Register) -> list[_Terms]:
    """Say on what terms a line is delivered: its own tariff, or those of the register day by day.

    :raises TariffZero: its own tariff is zero.
    :raises TariffUnknown: it has none, and neither has the register on one of its days.
    """
    if asked.tariff_e4 is not None:
        if asked.tariff_e4 == 0:
            raise TariffZero(product=told(asked.product))
        return [
            _Terms(
                from_date=asked.from_date,
                until_date=asked.until_date,
                tariff_e4=asked.tariff_e4,
                rounding=Rounding.HALF_UP,
                version=0,
                scale=scale_on(asked.from_date, register.contracts),
            )
        ]
    contracts = {each.id: each for each in register.contracts}
    pieces: list[_Terms] = []
    for start, end in _pieces(asked, register):
        tariff = tariff_on(
            start, product=asked.product, contracts=contracts, tariffs=register.tariffs
        )
        if tariff is None:
            raise TariffUnknown(product=told(asked.product), day=start)
        terms = _Terms(
            from_date=start,
            until_date=end,
            tariff_e4=tariff.tariff_e4,
            rounding=tariff.rounding,
            version=tariff.version,
            scale=contracts[tariff.contract].purchase_scale,
        )
        if pieces and replace(terms, from_date=pieces[-1].from_date) == replace(
            pieces[-1], until_date=end
        ):
            terms = replace(pieces.pop(), until_date=end)
        pieces.append(terms)
    return pieces


def _pieces(asked: AskedLine, register: Register) -> list[tuple[date, date]]:
    """Cut the days of a line wherever its terms could change."""
    begins = {tariff.from_date for tariff in register.tariffs}
    begins |= {contract.from_date for contract in register.contracts}
    begins |= {contract.until_date for contract in register.contracts if contract.until_date}
    cuts = sorted(day for day in begins if asked.from_date < day < asked.until_date)
    return list(zip([asked.from_date, *cuts], [*cuts, asked.until_date], strict=True))
