"""`ontschot exporteer openstaande-betalers`: who still has to pay, or was asked to."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

import rich_click as click

from api import db
from api.cli.desk import Desk, at_desk
from api.cli.options import as_format, choice, common_with_csv, gemeente, settings_for
from api.cli.output import (
    EXIT_OK,
    Format,
    Side,
    amount,
    in_cell,
    print_csv,
    print_json,
    print_text,
    table,
)
from api.clock import calendar_day
from api.runtime import require_books
from domains.municipalities.names import by_code_or_name
from domains.payers.model import UNSETTLED, PayerItem, PayerState, Standing
from domains.payers.queries import PayerFilter, payer_items
from ledger import money

_HEADING: Final = (
    "nummer",
    "soort",
    "van",
    "tot en met",
    "middel",
    "taakveld",
    "toestand",
    "betaler",
    "bedrag",
    "eigenaar",
    "uiterlijk",
    "dagen",
)
_SIDES: Final = (*[Side.LEFT] * 8, Side.RIGHT, Side.LEFT, Side.LEFT, Side.RIGHT)
_RUNNING: Final = (*UNSETTLED, PayerState.ACCEPTED)


@click.command(
    name="openstaande-betalers",
    options_metavar="[OPTIES]",
    help="Geef de voorfinancieringen die nog een betaler zoeken of nog niet betaald zijn.\n\n"
    "Een regel per toestand en betaler, met de ouderdom in dagen.",
    epilog="Voorbeeld: ontschot exporteer openstaande-betalers --gemeente GM0344 --formaat csv",
)
@gemeente
@click.option(
    "--toestand",
    type=choice(*PayerState),
    help="Alleen wat in deze toestand staat, ook als het al is afgesloten.",
)
@click.option("--betaler", metavar="CODE", help="Alleen van of verwacht van deze betaler.")
@click.option(
    "--te-laat", is_flag=True, help="Alleen wat na de uiterste dag nog een betaler zoekt."
)
@common_with_csv
def command(  # noqa: D103 - its help says it.
    *,
    gemeente: str,
    toestand: str | None,
    betaler: str | None,
    te_laat: bool,
    formaat: str,
    folder: str | None,
) -> int:
    settings = settings_for(folder)
    municipality = by_code_or_name(gemeente)
    require_books(settings)
    state = None if toestand is None else PayerState(toestand)

    async def work(desk: Desk) -> int:
        today = desk.clock.today()
        async with db.transaction(desk.engine, municipality.code) as connection:
            found = await payer_items(
                connection,
                gemeente=municipality.code,
                only=PayerFilter(state=state, payer=betaler, overdue_on=today if te_laat else None),
            )
        shown = [
            (item, standing)
            for item in found
            for standing in item.standings
            if standing.state in ((state,) if state else _RUNNING)
        ]
        _show(shown, as_format(formaat), today=today)
        return EXIT_OK

    return at_desk(settings, work)


def _show(shown: Sequence[tuple[PayerItem, Standing]], chosen: Format, *, today: date) -> None:
    written = money.show if chosen is Format.TEXT else in_cell
    rows = [_row(item, each, written=written, today=today) for item, each in shown]
    if chosen is Format.CSV:
        print_csv(_HEADING, rows)
    elif chosen is Format.JSON:
        names = [name.replace("tot en met", "totEnMet") for name in _HEADING]
        print_json(
            {
                "peilDatum": today,
                "resultaten": [
                    {
                        **dict(zip(names, row, strict=True)),
                        "bedrag": amount(each.amount_cents),
                        "dagen": int(row[-1]),
                    }
                    for row, (_, each) in zip(rows, shown, strict=True)
                ],
            }
        )
    elif rows:
        print_text(table(_HEADING, rows, _SIDES))
    else:
        print_text("Geen openstaande betalers.")


def _row(
    item: PayerItem, standing: Standing, *, written: Callable[[int], str], today: date
) -> tuple[str, ...]:
    part = item.part
    return (
        str(item.advance.id),
        item.kind,
        str(part.from_date),
        str(date.fromordinal(part.until_date.toordinal() - 1)),
        part.fund,
        part.taakveld,
        str(standing.state),
        standing.payer or part.payer,
        written(standing.amount_cents),
        item.owner,
        str(item.deadline),
        str((today - calendar_day(item.opened_at)).days),
    )
