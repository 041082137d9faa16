"""`ontschot jaarafsluiting`: close a year, or see what stands in the way of it."""

from pathlib import Path
from typing import Final
from uuid import UUID

import rich_click as click
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.cli.desk import Desk, at_desk, instruction, key_for, once, rehearse
from api.cli.options import (
    CENTS,
    DAY,
    TEXT,
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
from domains.readers.faults import refuse_if_any
from domains.readers.table import Row, check_columns, table_of
from domains.year_end import operations, queries
from domains.year_end.model import (
    WAYS,
    CarryOver,
    Closing,
    NewClosing,
    Outcome,
    Treatment,
)
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
    help="CSV met kolommen " + ";".join(_COLUMNS) + ". Wegen: " + ", ".join(WAYS) + ".",
)
@click.option(
    "--tekortbesluit",
    type=TEXT,
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
    tekortbesluit: str | None,
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
        shortage_decision=tekortbesluit or "",
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

    :raises click.UsageError: a cell cannot be read.
    :raises ledger.refusals.Refusal: it is no such table; one of those in ``domains/readers``.
    """
    file_name = Path(name).name
    found = table_of(content_of_file(name), file_name=file_name, separators=";")
    check_columns(found, needed=_COLUMNS[:-1], present=frozenset(found.columns))
    refuse_if_any(list(found.faults), file_name=file_name)
    return tuple(_carry_over(file_name, row) for row in found.rows)


def _carry_over(name: str, row: Row) -> CarryOver:
    cells = {column: row.cells.get(column, "") for column in _COLUMNS}
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
        raise click.UsageError(f"{name}, regel {row.line}: {problem.message}") from problem


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
                    each.accrued_cents,
                    each.settled_before_cents,
                    each.unspent_cents,
                    each.carried_cents,
                    each.lapsed_cents,
                )
            ),
        )
        for each in record.funds
    ]
    heading = (
        "middel",
        "toegestaan",
        "besteed",
        "waarvan overlopend",
        "eerder afgewikkeld",
        "over",
        "overgeheveld",
        "valt vrij",
    )
    print_text(table(heading, rows, sides=(Side.LEFT, *[Side.RIGHT] * 7)))
    for each in record.carried:
        way = WAYS[each.way]
        room = "" if way.gives_room else "; geeft in het nieuwe jaar geen ruimte"
        print_text(
            f"{each.fund}: {money.show(each.amount_cents)} overgeheveld met {each.decision}"
            f" ({way.name}{room})."
        )
    for grant in record.grants:
        print_text(
            f"{grant.fund}: besteed {money.show(grant.used_cents)} van wat is ontvangen; loopt door"
            f" {money.show(grant.carried_cents)}, nog verschuldigd {money.show(grant.owed_cents)}."
        )
    for row in record.rows[:_MOST_TOLD]:
        sum_told = "" if row.amount_cents is None else f" ({money.show(row.amount_cents)})"
        mark = "In de weg" if row.blocks else "Let op"
        say(f"{mark}: {row.what} {row.where}{sum_told}. {row.remedy} [{row.kind}]")
    if len(record.rows) > _MOST_TOLD:
        say(f"… en nog {len(record.rows) - _MOST_TOLD} regels; --formaat json geeft ze alle.")
    if blocking:
        number = "1 regel staat" if len(blocking) == 1 else f"{len(blocking)} regels staan"
        say(f"{number} in de weg; er is niets geboekt.")


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
                "eerderAfgewikkeld": amount(each.settled_before_cents),
                "overlopend": amount(each.accrued_cents),
                "vrijgevallenVerplichtingen": amount(each.released_cents),
                "over": amount(each.unspent_cents),
                "overgeheveld": amount(each.carried_cents),
                "vrijgevallen": amount(each.lapsed_cents),
            }
            for each in record.funds
        ],
        "uitkeringen": [
            {
                "middel": each.fund,
                "ontvangen": amount(each.received_cents),
                "besteed": amount(each.used_cents),
                "looptDoor": amount(each.carried_cents),
                "verschuldigd": amount(each.owed_cents),
            }
            for each in record.grants
        ],
        "overgeheveld": [
            {
                "middel": each.fund,
                "weg": each.way,
                "bedrag": amount(each.amount_cents),
                "programma": each.programme,
                "taakveld": each.taakveld,
                "besluit": each.decision,
                "beslotenOp": each.decided_on.isoformat(),
                "wijzigingNieuwJaar": each.next_year_change,
            }
            for each in record.carried
        ],
        "tekortbesluit": record.asked.shortage_decision,
    }
