"""`ontschot importeer`: the council's budget, the districts and cost histories, from files."""

import hashlib
from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final
from uuid import UUID

import rich_click as click
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.cli.booked_files import open_year, rehearse_file
from api.cli.debt_help import schuldhulp
from api.cli.desk import (
    Desk,
    Done,
    at_desk,
    instruction,
    key_for,
    once,
)
from api.cli.messages import bericht, declaratie, personen
from api.cli.observed import kosten, zwaarte
from api.cli.options import (
    DAY,
    as_format,
    choice,
    common,
    content_of_file,
    gemeente,
    proef,
    settings_for,
)
from api.cli.output import (
    EXIT_OK,
    Format,
    Side,
    Value,
    amount,
    print_json,
    print_text,
    say,
    table,
)
from domains import chart
from domains.budgets.mapping import (
    DEFAULT_MAPPING,
    Mapping,
    assumptions,
    map_budget,
    parse_mapping,
)
from domains.budgets.operations import import_budget
from domains.budgets.queries import budget_imports
from domains.districts.operations import import_districts
from domains.municipalities.names import Municipality, by_code_or_name
from domains.readers.model import BudgetFile, District, Unit
from domains.readers.registry import read_budget, read_districts
from ledger.entries import fingerprint
from ledger.money import show

_TAAKVELDEN_SHOWN: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class _LeftOut:
    """What stayed out for one reason, on one side."""

    reason: str
    side: str
    lines: tuple[tuple[int, str, int], ...]
    """Line number, taakveld and whole cents."""

    @property
    def cents(self) -> int:
        """The sum of the lines."""
        return sum(cents for _, _, cents in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Report:
    """What became of a budget file."""

    municipality: Municipality
    file: BudgetFile
    by_source: tuple[tuple[str, int], ...]
    left_out: tuple[_LeftOut, ...]
    assumptions: tuple[str, ...]


@click.group(
    options_metavar="[OPTIES]",
    subcommand_metavar="WAT",
    help="Lees een begroting, wijken, waargenomen kosten of berichten van aanbieders in.",
    epilog="Voorbeeld: ontschot importeer begroting iv3.csv --gemeente GM0344 --jaar 2025",
)
@click.help_option("-h", "--help", help="Toon deze uitleg.")
def command() -> None:  # noqa: D103 - its help says it.
    pass


@command.command(
    name="begroting",
    options_metavar="[OPTIES]",
    help="Lees de begroting van een gemeente in: CBS Iv3"
    " (Gemeenten;Taakveld;Baten;Lasten) of een eigen begroting"
    " (programma;taakveld;naam;baten_eur;lasten_eur).\n\n"
    "Toont per middel wat is geboekt, en wat buiten bleef en waarom. Hetzelfde bestand nog eens"
    " boekt niets dubbel. Het boekjaar wordt geopend als dat nooit gebeurde.",
    epilog="Voorbeeld: ontschot importeer begroting iv3.csv --gemeente GM0344 --jaar 2025 --proef",
)
@click.argument("bestand")
@gemeente
@click.option(
    "--jaar",
    type=click.IntRange(2000, 2199),
    metavar="GETAL",
    required=True,
    help="Begrotingsjaar van het bestand.",
)
@click.option(
    "--eenheid",
    type=choice("euro", "duizend"),
    help="Waarin de bedragen staan, als het bestand dat niet of verkeerd zegt.",
)
@click.option(
    "--toewijzing",
    metavar="CSV",
    help="Eigen verdeling taakveld;bron;aandeel in plaats van het meegeleverde voorstel.",
)
@click.option("--boekdatum", type=DAY, help="Boekdatum (standaard 1 januari van het jaar).")
@proef
@common
def begroting(  # noqa: D103, PLR0913 - its help says it; one argument per option.
    *,
    bestand: str,
    gemeente: str,
    jaar: int,
    eenheid: str | None,
    toewijzing: str | None,
    boekdatum: date | None,
    proef: bool,
    formaat: str,
    folder: str | None,
) -> int:
    settings = settings_for(folder)
    municipality = by_code_or_name(gemeente)
    name = Path(bestand).name
    mapping = _mapping(toewijzing)
    file = read_budget(
        content_of_file(bestand),
        file_name=name,
        municipality=municipality.code,
        year=jaar,
        unit=None if eenheid is None else Unit(eenheid.casefold()),
    )

    async def work(desk: Desk) -> int:
        booking = _Booking(
            desk=desk,
            file=file,
            file_name=name,
            mapping=mapping,
            booking_date=boekdatum or date(jaar, 1, 1),
        )
        if proef:
            await booking.rehearse()
            _show(_planned(municipality, file, mapping), None, chosen=as_format(formaat))
        else:
            await open_year(desk, gemeente=municipality.code, year=jaar)
            done = await booking.book()
            _show(await _booked(desk, municipality, file, done), done, chosen=as_format(formaat))
        return EXIT_OK

    return at_desk(settings, work)


@command.command(
    name="wijken",
    options_metavar="[OPTIES]",
    help="Lees de wijken van een gemeente in uit een bestand van het CBS"
    " (wijken en buurten, met inwoners of huishoudens).\n\nWat al bekend is, blijft zoals het is;"
    " alleen een cijfer dat nog ontbrak, wordt ingevuld.",
    epilog="Voorbeeld: ontschot importeer wijken wijken.csv --gemeente Amsterdam",
)
@click.argument("bestand")
@gemeente
@proef
@common
def wijken(  # noqa: D103 - its help says it.
    *, bestand: str, gemeente: str, proef: bool, formaat: str, folder: str | None
) -> int:
    settings = settings_for(folder)
    municipality = by_code_or_name(gemeente)
    content = content_of_file(bestand)
    found = read_districts(content, file_name=Path(bestand).name, municipality=municipality.code)

    async def work(desk: Desk) -> int:
        if not proef:
            sha256 = hashlib.sha256(content).hexdigest()
            asked = instruction(
                desk,
                gemeente=municipality.code,
                key=key_for("wijken", sha256),
                fingerprint=fingerprint("wijken", sha256),
            )
            await once(
                desk,
                municipality.code,
                lambda connection: import_districts(connection, instruction=asked, districts=found),
            )
        _show_districts(municipality, found, chosen=as_format(formaat), proef=proef)
        return EXIT_OK

    return at_desk(settings, work)


command.add_command(kosten)
command.add_command(schuldhulp)
command.add_command(zwaarte)
command.add_command(declaratie)
command.add_command(bericht)
command.add_command(personen)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Booking:
    """The import of one budget file."""

    desk: Desk
    file: BudgetFile
    file_name: str
    mapping: Mapping
    booking_date: date

    async def book(self) -> Done:
        """Book the file, once."""
        return await once(self.desk, self.file.municipality, self._operation)

    async def rehearse(self) -> None:
        """Do all that booking does, and take it back."""
        await rehearse_file(
            self.desk,
            self.file.municipality,
            self._operation,
            year=self.file.year,
            booking_date=self.booking_date,
        )

    async def _operation(self, connection: AsyncConnection) -> tuple[UUID, ...]:
        asked = (
            "begroting",
            str(self.file.year),
            self.file.sha256,
            repr(self.mapping),
            self.booking_date.isoformat(),
        )
        return await import_budget(
            connection,
            instruction=instruction(
                self.desk,
                gemeente=self.file.municipality,
                key=key_for(*asked),
                fingerprint=fingerprint(*asked),
            ),
            file=self.file,
            file_name=self.file_name,
            mapping=self.mapping,
            booking_date=self.booking_date,
        )


def _mapping(name: str | None) -> Mapping:
    if name is None:
        return DEFAULT_MAPPING
    return parse_mapping(content_of_file(name), file_name=Path(name).name)


def _planned(municipality: Municipality, file: BudgetFile, mapping: Mapping) -> _Report:
    mapped = map_budget(file, mapping)
    return _Report(
        municipality=municipality,
        file=file,
        by_source=tuple(mapped.totals_by_source().items()),
        left_out=_grouped(
            [
                (
                    str(left.reason),
                    str(left.side),
                    left.line_number,
                    left.taakveld,
                    left.amount_cents,
                )
                for left in mapped.left_out
            ]
        ),
        assumptions=assumptions(mapping),
    )


async def _booked(desk: Desk, municipality: Municipality, file: BudgetFile, done: Done) -> _Report:
    """Tell what stands in the books, which may come from an earlier run."""
    async with db.transaction(desk.engine, municipality.code) as connection:
        (found,) = await budget_imports(connection, gemeente=municipality.code, ids=done.results)
    by_source: dict[str, int] = {}
    for line in found.lines:
        if line.source is not None:
            by_source[line.source] = by_source.get(line.source, 0) + line.amount_cents
    return _Report(
        municipality=municipality,
        file=file,
        by_source=tuple(by_source.items()),
        left_out=_grouped(
            [
                (line.reason, line.side, line.line_number, line.taakveld, line.amount_cents)
                for line in found.lines
                if line.reason is not None
            ]
        ),
        assumptions=found.assumptions,
    )


def _grouped(left: Sequence[tuple[str, str, int, str, int]]) -> tuple[_LeftOut, ...]:
    groups: dict[tuple[str, str], list[tuple[int, str, int]]] = {}
    for reason, side, number, taakveld, cents in left:
        groups.setdefault((reason, side), []).append((number, taakveld, cents))
    return tuple(
        _LeftOut(reason=reason, side=side, lines=tuple(lines))
        for (reason, side), lines in groups.items()
    )


def _show(report: _Report, done: Done | None, *, chosen: Format) -> None:
    if chosen is Format.JSON:
        print_json(_document(report, done))
        return
    print_text(_text(report))
    if done is None:
        say("Proef: niets geboekt.")
    elif done.replayed:
        say("Dit bestand was al ingelezen; er is niets dubbel geboekt.")


def _document(report: _Report, done: Done | None) -> Map[str, Value]:
    return {
        "gemeente": report.municipality.code,
        "jaar": report.file.year,
        "proef": done is None,
        "import": None if done is None else done.results[0],
        "eerderIngelezen": done is not None and done.replayed,
        "eenheid": str(report.file.unit),
        "middelen": [
            {"middel": chart.fund(source, report.file.year), "bedrag": amount(cents)}
            for source, cents in report.by_source
        ],
        "weggelaten": [
            {
                "reden": left.reason,
                "kant": left.side,
                "bedrag": amount(left.cents),
                "regels": [
                    {"regel": number, "taakveld": taakveld, "bedrag": amount(cents)}
                    for number, taakveld, cents in left.lines
                ],
            }
            for left in report.left_out
        ],
        "aannames": list(report.assumptions),
    }


def _text(report: _Report) -> str:
    year = report.file.year
    mapped = table(
        ["middel", "bedrag"],
        [
            *([chart.fund(source, year), show(cents)] for source, cents in report.by_source),
            ["samen", show(sum(cents for _, cents in report.by_source))],
        ],
        [Side.LEFT, Side.RIGHT],
    )
    left = table(
        ["weggelaten omdat", "kant", "regels", "bedrag", "taakvelden"],
        [
            [each.reason, each.side, str(len(each.lines)), show(each.cents), _taakvelden(each)]
            for each in report.left_out
        ],
        [Side.LEFT, Side.LEFT, Side.RIGHT, Side.RIGHT],
    )
    assumed = "\n".join(f"- {line}" for line in report.assumptions) or "- geen"
    return (
        f"Begroting {year} van {report.municipality.name} ({report.municipality.code}), bedragen"
        f" in het bestand in {_unit(report.file.unit)}\n\n{mapped}\n\n{left}\n\n"
        f"Aannames:\n{assumed}"
    )


def _unit(unit: Unit) -> str:
    return "euro's" if unit is Unit.EURO else "duizenden euro's"


def _taakvelden(left: _LeftOut) -> str:
    codes = list(dict.fromkeys(taakveld for _, taakveld, _ in left.lines))
    more = f" en nog {len(codes) - _TAAKVELDEN_SHOWN}" if len(codes) > _TAAKVELDEN_SHOWN else ""
    return ", ".join(codes[:_TAAKVELDEN_SHOWN]) + more


def _show_districts(
    municipality: Municipality, found: Sequence[District], *, chosen: Format, proef: bool
) -> None:
    if chosen is Format.JSON:
        print_json(
            {
                "gemeente": municipality.code,
                "proef": proef,
                "wijken": [
                    {
                        "code": each.code,
                        "naam": each.name,
                        "inwoners": each.inhabitants,
                        "huishoudens": each.households,
                    }
                    for each in found
                ],
            }
        )
        return
    figures = [
        [
            each.code,
            each.name,
            "-" if each.inhabitants is None else str(each.inhabitants),
            "-" if each.households is None else str(each.households),
        ]
        for each in found
    ]
    heading = ["wijk", "naam", "inwoners", "huishoudens"]
    print_text(table(heading, figures, [Side.LEFT, Side.LEFT, Side.RIGHT, Side.RIGHT]))
    say("Proef: niets bewaard." if proef else f"{len(found)} wijken bekend.")
