"""Which fund source pays for which taakveld, and what a budget comes to per source.

Iv3 knows taakvelden, the law knows sources, and they are not the same: 6.3 holds social
assistance, poverty and debt together, and youth mental health care (GGZ) has no taakveld at all.
So a municipality states shares; every share below one is an assumption that must be shown.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar, Final

from domains.budgets.taakvelden import ever
from domains.data.files import content_of
from domains.readers.faults import AtPlaces, DuplicateRow, Fault, refuse_if_any
from domains.readers.model import BudgetFile, BudgetLine, Place
from domains.readers.table import Row, check_columns, empty_cells, table_of
from domains.sources import SOURCES
from ledger.money import split
from ledger.refusals import Refusal

SOCIAL_DOMAIN: Final = "6."
"""How the codes of the social domain begin."""

_COLUMNS: Final = ("taakveld", "bron", "aandeel")
_WITHOUT_BUDGET: Final = "TEKORT"
_SHARE: Final = re.compile(r"([0-9]+)(?:[.,]([0-9]{1,6})|/([1-9][0-9]{0,5}))?")


@dataclass(kw_only=True, unsafe_hash=True)
class InvalidShare(AtPlaces, Refusal):
    """A share in a mapping is no number above 0 and at most 1."""

    code: ClassVar[str] = "aandeel-onjuist"
    headline: ClassVar[str] = "Een aandeel klopt niet"
    remedy: ClassVar[str] = "Schrijf een aandeel groter dan 0 en hooguit 1: 0,85 of 1/3."


@dataclass(kw_only=True, unsafe_hash=True)
class SharesNotWhole(AtPlaces, Refusal):
    """The shares of a taakveld in a mapping do not add up to one."""

    code: ClassVar[str] = "aandelen-niet-samen-een"
    headline: ClassVar[str] = "De aandelen van een taakveld zijn samen niet precies 1"
    remedy: ClassVar[str] = "Verdeel elk taakveld helemaal, zodat elke cent een bron heeft."


@dataclass(kw_only=True, unsafe_hash=True)
class UnmappableSource(AtPlaces, Refusal):
    """A mapping names a source that does not exist or can have no budget."""

    code: ClassVar[str] = "bron-zonder-begroting"
    headline: ClassVar[str] = "Een bron kan hier niet staan"
    remedy: ClassVar[str] = "Kies een bron met een gemeentelijk budget, zoals JW, WMO of ARM."


@dataclass(kw_only=True, unsafe_hash=True)
class UnmappableTaakveld(AtPlaces, Refusal):
    """A mapping names a taakveld that never existed."""

    code: ClassVar[str] = "toewijzing-onbekend-taakveld"
    headline: ClassVar[str] = "Een taakveld in de toewijzing is onbekend"
    remedy: ClassVar[str] = "Gebruik de codes van Iv3, zoals 6.711."


class LeftOutReason(StrEnum):
    """Why an amount of a budget file is not put on a source; the value is Dutch."""

    NOT_SOCIAL = "niet sociaal domein"
    NO_SOURCE = "taakveld heeft geen bron in de toewijzing"
    NO_FIGURE = "geen cijfer in het bestand"
    ZERO = "nul"
    NEGATIVE = "negatieve lasten kunnen niet worden gebundeld"
    REVENUE = "baten; alleen lasten worden geautoriseerd"


class Side(StrEnum):
    """Which amount of a budget line is meant."""

    EXPENSES = "lasten"
    REVENUES = "baten"


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingRow:
    """One share of a taakveld: which part of it which source pays."""

    taakveld: str
    source_code: str
    share: Fraction
    """Above 0 and at most 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """The shares of all taakvelden of a municipality; per taakveld they add up to one."""

    rows: tuple[MappingRow, ...]

    def shares_of(self, taakveld: str) -> tuple[MappingRow, ...]:
        """Return the shares of a taakveld in the order of the file; empty if it has no source."""
        return tuple(row for row in self.rows if row.taakveld == taakveld)


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedLine:
    """An amount of a budget line that one source pays."""

    source: str
    taakveld: str
    programme: str
    amount_cents: int
    line_number: int
    share: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """An amount of a budget file that no source gets, and why."""

    line_number: int
    programme: str
    taakveld: str
    amount_cents: int
    reason: LeftOutReason
    side: Side


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedBudget:
    """A budget by source: every cent of the file is mapped or left out, once."""

    year: int
    municipality: str
    lines: tuple[MappedLine, ...]
    left_out: tuple[LeftOut, ...]

    def totals_by_source(self) -> dict[str, int]:
        """Return the cents per source, in the order of ``SOURCES``, only those with money."""
        totals = {
            source.code: sum(line.amount_cents for line in self.lines if line.source == source.code)
            for source in SOURCES
        }
        return {code: cents for code, cents in totals.items() if cents}


def parse_mapping(content: bytes, *, file_name: str) -> Mapping:
    """Read a mapping: CSV with ``taakveld;bron;aandeel``, columns in any order.

    :raises Refusal: an unreadable file, or wrong lines, all at once.
    """
    table = table_of(content, file_name=file_name, separators=";")
    check_columns(table, needed=_COLUMNS, present=frozenset(table.columns))
    faults = list(table.faults)
    found: dict[tuple[str, str], MappingRow] = {}
    lines: dict[str, int] = {}
    for row in table.rows:
        faults += empty_cells(row, _COLUMNS) or _faults_of(row)
        key = (row.cells["taakveld"], row.cells["bron"])
        if key in found:
            place = row.place("bron", f"staat al bij taakveld {key[0]}")
            faults.append(Fault(kind=DuplicateRow, place=place))
        share = _share(row.cells["aandeel"])
        if share is not None:
            found[key] = MappingRow(taakveld=key[0], source_code=key[1], share=share)
        lines.setdefault(key[0], row.line)
    refuse_if_any(faults, file_name=file_name)
    mapping = Mapping(rows=tuple(found.values()))
    refuse_if_any(_faults_of_sums(mapping, lines), file_name=file_name)
    return mapping


def map_budget(file: BudgetFile, mapping: Mapping) -> MappedBudget:
    """Put the lasten of a budget on sources, by the shares of the mapping.

    A line is split to the cent, largest remainder first. Baten are never authorised, so they are
    left out and reported; so is a negative last, because a pool cannot hold less than nothing.
    """
    without_figure = {(each.line_number, each.column) for each in file.no_figure}
    mapped: list[MappedLine] = []
    left_out: list[LeftOut] = []
    for line in file.lines:
        no_expenses = (line.line_number, Side.EXPENSES.value) in without_figure
        no_revenues = (line.line_number, Side.REVENUES.value) in without_figure
        shares = mapping.shares_of(line.taakveld)
        reason = _reason_to_leave(line, shares, no_figure=no_expenses)
        if reason is None:
            mapped += _split(line, shares)
        else:
            left_out.append(_left_out(line, line.expenses_cents, reason, Side.EXPENSES))
        if no_revenues:
            left_out.append(_left_out(line, 0, LeftOutReason.NO_FIGURE, Side.REVENUES))
        elif line.revenues_cents:
            reason = LeftOutReason.REVENUE
            left_out.append(_left_out(line, line.revenues_cents, reason, Side.REVENUES))
    return MappedBudget(
        year=file.year,
        municipality=file.municipality,
        lines=tuple(mapped),
        left_out=tuple(left_out),
    )


def assumptions(mapping: Mapping) -> tuple[str, ...]:
    """Return a Dutch line for each taakveld whose money is split by an assumed share."""
    split_over = dict.fromkeys(row.taakveld for row in mapping.rows if row.share < 1)
    return tuple(
        f"taakveld {code}{_name_of(code)}: "
        + ", ".join(f"{row.source_code} {_percent(row.share)}" for row in mapping.shares_of(code))
        + " (aanname, in te stellen per gemeente)"
        for code in split_over
    )


def _faults_of(row: Row) -> list[Fault]:
    """Return what is wrong with one line of a mapping."""
    faults = []
    if not ever(row.cells["taakveld"]):
        place = row.place("taakveld", "bestaat in geen enkel jaar")
        faults.append(Fault(kind=UnmappableTaakveld, place=place))
    source = next((each for each in SOURCES if each.code == row.cells["bron"]), None)
    if source is None:
        faults.append(Fault(kind=UnmappableSource, place=row.place("bron", "bestaat niet")))
    elif source.external or source.code == _WITHOUT_BUDGET:
        place = row.place("bron", "heeft geen budget in de gemeente")
        faults.append(Fault(kind=UnmappableSource, place=place))
    if _share(row.cells["aandeel"]) is None:
        place = row.place("aandeel", "is geen getal boven 0 en tot en met 1")
        faults.append(Fault(kind=InvalidShare, place=place))
    return faults


def _share(text: str) -> Fraction | None:
    """Return a share as an exact fraction, or nothing for a text that is no share."""
    found = _SHARE.fullmatch(text)
    if found is None:
        return None
    share = Fraction(text.replace(",", "."))
    return share if 0 < share <= 1 else None


def _faults_of_sums(mapping: Mapping, lines: dict[str, int]) -> list[Fault]:
    """Return a fault for each taakveld whose shares are not one together."""
    faults = []
    for taakveld, line in lines.items():
        total = sum((row.share for row in mapping.shares_of(taakveld)), Fraction(0))
        if total != 1:
            reason = f"de aandelen zijn samen {_percent(total)}"
            place = Place(line=line, column="aandeel", value=taakveld, reason=reason)
            faults.append(Fault(kind=SharesNotWhole, place=place))
    return faults


def _reason_to_leave(
    line: BudgetLine, shares: tuple[MappingRow, ...], *, no_figure: bool
) -> LeftOutReason | None:
    """Return why the lasten of a line go to no source, or nothing when they do."""
    if not shares and not line.taakveld.startswith(SOCIAL_DOMAIN):
        return LeftOutReason.NOT_SOCIAL
    if no_figure:
        return LeftOutReason.NO_FIGURE
    if line.expenses_cents == 0:
        return LeftOutReason.ZERO
    if line.expenses_cents < 0:
        return LeftOutReason.NEGATIVE
    return None if shares else LeftOutReason.NO_SOURCE


def _split(line: BudgetLine, shares: tuple[MappingRow, ...]) -> list[MappedLine]:
    """Split the lasten of a line over its sources; a part of nought is no line."""
    parts = split(line.expenses_cents, [row.share for row in shares])
    return [
        MappedLine(
            source=row.source_code,
            taakveld=line.taakveld,
            programme=line.programme,
            amount_cents=part,
            line_number=line.line_number,
            share=row.share,
        )
        for row, part in zip(shares, parts, strict=True)
        if part
    ]


def _left_out(line: BudgetLine, amount_cents: int, reason: LeftOutReason, side: Side) -> LeftOut:
    """Return an amount of a line as left out."""
    return LeftOut(
        line_number=line.line_number,
        programme=line.programme,
        taakveld=line.taakveld,
        amount_cents=amount_cents,
        reason=reason,
        side=side,
    )


def _name_of(code: str) -> str:
    """Return the newest name of a taakveld, after a space."""
    uses = ever(code)
    return f" {uses[-1].name}" if uses else ""


def _percent(share: Fraction) -> str:
    """Return a share as a Dutch percentage, to two decimals, without superfluous noughts."""
    hundredths = round(share * 10_000)
    whole, rest = divmod(hundredths, 100)
    decimals = f",{rest:02d}".rstrip("0").rstrip(",")
    return f"{whole}{decimals} %"


DEFAULT_MAPPING: Final = parse_mapping(content_of("mapping_2025.csv"), file_name="mapping_2025.csv")
"""The proposal that travels with the program, for the taakvelden of 2025 and later."""
