"""`ontschot importeer kosten` and `zwaarte`: what cost histories are made from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final
from uuid import UUID

import rich_click as click
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.cli.booked_files import open_year, rehearse_file
from api.cli.desk import (
    Desk,
    Done,
    at_desk,
    instruction,
    key_for,
    once,
    rehearse,
)
from api.cli.options import (
    DAY,
    as_format,
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
from api.cli.progress import steps
from domains.costs.model import CostFile, CostImport
from domains.costs.operations import import_costs
from domains.costs.queries import cost_imports, import_of_file
from domains.instruction import AlreadyAnsweredError
from domains.municipalities.names import by_code_or_name
from domains.readers.cost_history import read_costs
from domains.readers.severities import read_severities
from domains.severity.operations import record_severities
from ledger.entries import fingerprint
from ledger.money import show

_LINES_SHOWN: Final = 20


@click.command(
    name="kosten",
    options_metavar="[OPTIES]",
    help="Lees in wat hulp kostte buiten het gezinsbudget:"
    " persoon;maand;bron;hulpsoort;bedrag_eur;factuurdatum;document.\n\n"
    "De kosten komen in het boek WAARNEMING, dat in geen rapport over geld meetelt. Toont per"
    " middel wat is geboekt, en wat buiten bleef en waarom. Hetzelfde bestand nog eens boekt niets"
    " dubbel.",
    epilog="Voorbeeld: ontschot importeer kosten kosten_2024.csv --gemeente GM0344 --proef",
)
@click.argument("bestand")
@gemeente
@click.option("--boekdatum", type=DAY, help="Boekdatum (standaard vandaag).")
@proef
@common
def kosten(  # noqa: D103 - its help says it.
    *,
    bestand: str,
    gemeente: str,
    boekdatum: date | None,
    proef: bool,
    formaat: str,
    folder: str | None,
) -> int:
    settings = settings_for(folder)
    code = by_code_or_name(gemeente).code
    content, name = content_of_file(bestand), Path(bestand).name

    async def work(desk: Desk) -> int:
        with steps() as tell:
            tell(f"{name} lezen")
            file = read_costs(content, file_name=name, today=desk.clock.today())
            tell(f"{len(file.lines)} regels boeken")
            booking = _Booking(
                desk=desk,
                gemeente=code,
                file=file,
                file_name=name,
                booking_date=boekdatum or desk.clock.today(),
            )
            found, done = await (booking.rehearse() if proef else booking.book())
        if found is not None:
            _show(found, done, chosen=as_format(formaat))
        return EXIT_OK

    return at_desk(settings, work)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Booking:
    """The import of one file of observed costs."""

    desk: Desk
    gemeente: str
    file: CostFile
    file_name: str
    booking_date: date

    async def book(self) -> tuple[CostImport, Done]:
        """Book the file, once."""
        await open_year(self.desk, gemeente=self.gemeente, year=self.booking_date.year)
        async with db.transaction(self.desk.engine, self.gemeente) as connection:
            known = await import_of_file(
                connection, gemeente=self.gemeente, sha256=self.file.sha256
            )
        done = await once(self.desk, self.gemeente, self._operation)
        async with db.transaction(self.desk.engine, self.gemeente) as connection:
            found = await self._found(connection, done.results)
        return found, Done(results=done.results, replayed=known is not None)

    async def rehearse(self) -> tuple[CostImport | None, None]:
        """Do all that booking does, and take it back."""
        found = await rehearse_file(
            self.desk,
            self.gemeente,
            self._trial,
            year=self.booking_date.year,
            booking_date=self.booking_date,
        )
        return found, None

    async def _trial(self, connection: AsyncConnection) -> CostImport:
        return await self._found(connection, await self._operation(connection))

    async def _operation(self, connection: AsyncConnection) -> tuple[UUID, ...]:
        asked = ("kosten", self.file.sha256, self.booking_date.isoformat())
        return await import_costs(
            connection,
            instruction=instruction(
                self.desk,
                gemeente=self.gemeente,
                key=key_for(*asked),
                fingerprint=fingerprint(*asked),
            ),
            file=self.file,
            file_name=self.file_name,
            booking_date=self.booking_date,
        )

    async def _found(self, connection: AsyncConnection, results: tuple[UUID, ...]) -> CostImport:
        (found,) = await cost_imports(connection, gemeente=self.gemeente, ids=results)
        return found


@click.command(
    name="zwaarte",
    options_metavar="[OPTIES]",
    help="Lees in hoe zwaar de problemen van gezinnen waren: gezin;gemeten_op;zwaarte.\n\n"
    "1 is gemiddeld, 2 is twee keer zo zwaar. Alleen wat van vóór de hulp is, telt bij het"
    " schatten van domeinbaten.",
    epilog="Voorbeeld: ontschot importeer zwaarte zwaarte.csv --gemeente GM0344",
)
@click.argument("bestand")
@gemeente
@proef
@common
def zwaarte(  # noqa: D103 - its help says it.
    *, bestand: str, gemeente: str, proef: bool, formaat: str, folder: str | None
) -> int:
    settings = settings_for(folder)
    code = by_code_or_name(gemeente).code
    content, name = content_of_file(bestand), Path(bestand).name

    async def work(desk: Desk) -> int:
        file = read_severities(content, file_name=name, today=desk.clock.today())
        asked = ("zwaarte", file.sha256)

        async def operation(connection: AsyncConnection) -> tuple[UUID, ...]:
            return await record_severities(
                connection,
                instruction=instruction(
                    desk, gemeente=code, key=key_for(*asked), fingerprint=fingerprint(*asked)
                ),
                measurements=file.measurements,
            )

        replayed = False
        if proef:
            try:
                await rehearse(desk, code, operation)
            except AlreadyAnsweredError:
                replayed = True
        else:
            replayed = (await once(desk, code, operation)).replayed
        count = len(file.measurements)
        if as_format(formaat) is Format.JSON:
            print_json(
                {
                    "gemeente": code,
                    "proef": proef,
                    "metingen": count,
                    "eerderIngelezen": replayed,
                }
            )
        else:
            print_text(f"{count} metingen van zwaarte")
            if replayed:
                say("Dit bestand was al ingelezen; er is niets dubbel vastgelegd.")
            elif proef:
                say("Proef: niets vastgelegd.")
        return EXIT_OK

    return at_desk(settings, work)


def _show(found: CostImport, done: Done | None, *, chosen: Format) -> None:
    if chosen is Format.JSON:
        print_json(_document(found, done))
        return
    print_text(_text(found))
    if done is None:
        say("Proef: niets geboekt.")
    elif done.replayed:
        say("Dit bestand was al ingelezen; er is niets dubbel geboekt.")


def _document(found: CostImport, done: Done | None) -> Mapping[str, Value]:
    return {
        "bestand": found.file_name,
        "proef": done is None,
        "import": None if done is None else found.id,
        "eerderIngelezen": done is not None and done.replayed,
        "regels": found.lines,
        "bedrag": amount(found.amount_cents),
        "middelen": [{"middel": fund, "bedrag": amount(cents)} for fund, cents in found.by_fund],
        "weggelaten": [
            {
                "regel": each.line_number,
                "bedrag": amount(each.amount_cents),
                "reden": each.reason,
            }
            for each in found.left_out
        ],
    }


def _text(found: CostImport) -> str:
    booked = table(
        ["middel", "bedrag"],
        [
            *([fund, show(cents)] for fund, cents in found.by_fund),
            ["samen", show(found.amount_cents)],
        ],
        [Side.LEFT, Side.RIGHT],
    )
    text = f"Waargenomen kosten uit {found.file_name}: {found.lines} regels\n\n{booked}"
    if not found.left_out:
        return f"{text}\n\nNiets bleef buiten."
    shown = table(
        ["regel", "bedrag", "weggelaten omdat"],
        [
            [str(each.line_number), show(each.amount_cents), each.reason]
            for each in found.left_out[:_LINES_SHOWN]
        ],
        [Side.RIGHT, Side.RIGHT, Side.LEFT],
    )
    more = len(found.left_out) - _LINES_SHOWN
    return f"{text}\n\n{shown}" + (f"\nen nog {more} regels" if more > 0 else "")
