"""`ontschot jaarafsluiting`: close a year, or see what stands in the way of it."""

import csv
import io
from collections.abc import Mapping
from typing import Final
from uuid import UUID

import rich_click as click
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.cli.desk import Desk, at_desk, instruction, key_for, once, rehearse
from api.cli.options import (
    CENTS,
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
    EXIT_FINDING,
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
from api.cli.progress import bar
from api.runtime import require_books
from api.sealing import keep, seal_of, sign
from domains.municipalities.names import by_code_or_name
from domains.year_end import operations, queries
from domains.year_end.model import CarryOver, Closing, NewClosing, Outcome, Treatment
from ledger import money
from ledger.entries import fingerprint

_COLUMNS: Final = (
    "middel",
    "weg",
    "bedrag",
    "programma",
    "taakveld",
    "besluit",
    "besloten_op",
    "wijziging_nieuw_jaar",
)
_MOST_TOLD: Final = 50


@click.command(
    options_metavar="[OPTIES]",
    help="Sluit een jaar af, of laat met --proef zien wat er zou gebeuren.\n\n"
    "Wat nog verplicht is wordt overlopend of valt vrij, wat over is valt vrij of gaat op een"
    " wettige weg naar het volgende jaar, en de dagen van het jaar gaan dicht met een ondertekend"
    " controlepunt. Wat in de weg staat wordt regel voor regel genoemd; dan is er niets geboekt en"
    " is de exitcode 1. Nog eens afsluiten verandert niets.",
    epilog="Voorbeeld: ontschot jaarafsluiting 2026 --gemeente GM0344"
    " --verplichtingen overlopend --proef",
)
@click.argument("jaar", type=click.IntRange(2000, 2199))
@gemeente
@click.option(
    "--verplichtingen",
    type=choice("overlopend", "vrijval"),
    help="Wat er gebeurt met wat verplicht is en niet gedeclareerd; zonder keuze staat het in de"
    " weg.",
)
@click.option(
    "--overhevelingen",
    metavar="BESTAND",
    help="CSV met kolommen " + ";".join(_COLUMNS) + ".",
)
@click.option(
    "--tekortbesluit",
    default="",
    metavar="BESLUIT",
    help="Het raadsbesluit over hulp zonder dekking.",
)
@proef
@common
def command(  # noqa: D103 - its help says it.
    *,
    jaar: int,
    gemeente: str,
    verplichtingen: str | None,
    overhevelingen: str | None,
    tekortbesluit: str,
    proef: bool,
    formaat: str,
    folder: str | None,
) -> int:
    settings = settings_for(folder)
    municipality = by_code_or_name(gemeente)
    require_books(settings)
    asked = NewClosing(
        year=jaar,
        undeclared=Treatment(verplichtingen) if verplichtingen else None,
        carry_overs=_carry_overs(overhevelingen) if overhevelingen else (),
        shortage_decision=tekortbesluit,
    )

    async def work(desk: Desk) -> int:
        code = municipality.code
        folders = desk.database.key_folder, desk.database.checkpoint_folder
        seal = None if proef else seal_of(*folders)
        # Each run is a request of its own: what is closed already stays as it is.
        key = key_for("jaarafsluiting", code, str(desk.clock.new_id()))
        given = instruction(desk, gemeente=code, key=key, fingerprint=fingerprint(key, repr(asked)))
        with bar(f"{code} {jaar}") as progress:

            async def close(connection: AsyncConnection) -> tuple[UUID, ...]:
                return await operations.close_year(
                    connection, instruction=given, asked=asked, progress=progress
                )

            async def rehearsed(connection: AsyncConnection) -> Closing:
                (made, *_) = await close(connection)
                return await queries.closing(connection, gemeente=code, closing_id=made)

            if proef:
                closing = await rehearse(desk, code, rehearsed)
            else:
                (made, *_) = (await once(desk, code, close)).results
                async with db.transaction(desk.engine, code) as connection:
                    closing = await queries.closing(connection, gemeente=code, closing_id=made)
        closed = closing.record.outcome is Outcome.CLOSED
        point = None
        if closed and seal is not None:
            point = await sign(desk.engine, code, at=desk.clock.now(), seal=seal)
            keep(seal, point)
        if as_format(formaat) is Format.JSON:
            print_json(
                {
                    **_document(closing),
                    "proef": proef,
                    "schakel": point.chain_number if point else None,
                }
            )
        else:
            _print(closing)
            if point is not None:
                say(f"Verzegeld met een controlepunt op schakel {point.chain_number}.")
            if proef:
                say("Proef: er is niets geboekt en het jaar is nog open.")
        return EXIT_OK if closed else EXIT_FINDING

    return at_desk(settings, work)


def _carry_overs(name: str) -> tuple[CarryOver, ...]:
    """Read carry-overs from a CSV file.

    :raises click.UsageError: a column is missing, or a cell cannot be read.
    """
    text = content_of_file(name).decode("utf-8-sig", errors="replace")
    reader = csv.DictReader(io.StringIO(text), delimiter=";")
    missing = [column for column in _COLUMNS[:-1] if column not in (reader.fieldnames or ())]
    if missing:
        message = f"In {name} ontbreken de kolommen {', '.join(missing)}; zet ze in de kopregel."
        raise click.UsageError(message)
    return tuple(_carry_over(name, reader.line_num, row) for row in reader)


def _carry_over(name: str, line: int, row: Mapping[str, str | None]) -> CarryOver:
    cells = {column: (row.get(column) or "").strip() for column in _COLUMNS}
    try:
        return CarryOver(
            fund=cells["middel"],
            way=cells["weg"],
            amount_cents=CENTS.convert(cells["bedrag"], None, None),
            decision=cells["besluit"],
            decided_on=DAY.convert(cells["besloten_op"], None, None),
            next_year_change=cells["wijziging_nieuw_jaar"],
            programme=cells["programma"],
            taakveld=cells["taakveld"],
        )
    except click.BadParameter as problem:
        raise click.UsageError(f"{name}, regel {line}: {problem.message}") from problem


def _print(closing: Closing) -> None:
    """Tell people what stands in the way, and what becomes of each fund."""
    record = closing.record
    blocking = [row for row in record.rows if row.blocks]
    print_text(
        f"Jaarafsluiting {record.asked.year}, nummer {closing.number}: {record.outcome}."
        f" {record.accrued_draws} trekkingen overlopend, {record.released_draws} vrijgevallen."
    )
    rows = [
        (
            each.fund,
            *(
                money.show(cents)
                for cents in (
                    each.authorised_cents,
                    each.spent_cents,
                    each.unspent_cents,
                    each.carried_cents,
                    each.lapsed_cents,
                )
            ),
        )
        for each in record.funds
    ]
    heading = ("middel", "toegestaan", "besteed", "over", "overgeheveld", "valt vrij")
    print_text(table(heading, rows, sides=(Side.LEFT, *[Side.RIGHT] * 5)))
    for each in record.grants:
        print_text(
            f"{each.fund}: besteed {money.show(each.used_cents)} van wat is ontvangen; loopt door"
            f" {money.show(each.carried_cents)}, nog verschuldigd {money.show(each.owed_cents)}."
        )
    for row in record.rows[:_MOST_TOLD]:
        sum_told = "" if row.amount_cents is None else f" ({money.show(row.amount_cents)})"
        mark = "In de weg" if row.blocks else "Let op"
        say(f"{mark}: {row.what} {row.where}{sum_told}. {row.remedy} [{row.kind}]")
    if len(record.rows) > _MOST_TOLD:
        say(f"… en nog {len(record.rows) - _MOST_TOLD} regels; --formaat json geeft ze alle.")
    if blocking:
        say(f"{len(blocking)} regels staan in de weg; er is niets geboekt.")


def _document(closing: Closing) -> dict[str, Value]:
    record = closing.record
    return {
        "id": closing.id,
        "jaar": record.asked.year,
        "nummer": closing.number,
        "uitkomst": record.outcome.value,
        "overlopendeTrekkingen": record.accrued_draws,
        "vrijgevallenTrekkingen": record.released_draws,
        "regels": [
            {
                "soort": row.kind.value,
                "blokkeert": row.blocks,
                "wat": row.what,
                "waar": row.where,
                "bedrag": None if row.amount_cents is None else amount(row.amount_cents),
                "remedie": row.remedy,
            }
            for row in record.rows
        ],
        "middelen": [
            {
                "middel": each.fund,
                "toegestaan": amount(each.authorised_cents),
                "besteed": amount(each.spent_cents),
                "overlopend": amount(each.accrued_cents),
                "over": amount(each.unspent_cents),
                "overgeheveld": amount(each.carried_cents),
                "vrijgevallen": amount(each.lapsed_cents),
            }
            for each in record.funds
        ],
    }
