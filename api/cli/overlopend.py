"""`ontschot overlopend`: what closed years accrued and nobody declared, and letting it go."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

import rich_click as click
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.cli.desk import Desk, at_desk, instruction, key_for, once, rehearse
from api.cli.options import DAY, TEXT, as_format, common, gemeente, proef, settings_for
from api.cli.output import EXIT_OK, Format, Side, amount, print_json, print_text, say, table
from api.runtime import require_books
from domains.accruals.model import OpenAccrual
from domains.accruals.operations import release_accrual
from domains.accruals.queries import open_accruals
from domains.municipalities.names import by_code_or_name
from ledger.entries import fingerprint
from ledger.money import show

_SIDES: Final = (*[Side.LEFT] * 5, Side.RIGHT, Side.RIGHT)


@click.group(
    options_metavar="[OPTIES]",
    subcommand_metavar="WAT",
    help="Toon wat in een afgesloten jaar is geleverd en niemand nog declareerde, of laat het"
    " vrijvallen.",
    epilog="Voorbeeld: ontschot overlopend lijst --gemeente GM0344",
)
@click.help_option("-h", "--help", help="Toon deze uitleg.")
def command() -> None:  # noqa: D103 - its help says it.
    pass


@command.command(
    name="lijst",
    options_metavar="[OPTIES]",
    help="Toon elke overlopende post met het bedrag en hoe lang hij openstaat.",
    epilog="Voorbeeld: ontschot overlopend lijst --gemeente GM0344 --formaat json",
)
@gemeente
@common
def list_(  # noqa: D103 - its help says it.
    *, gemeente: str, formaat: str, folder: str | None
) -> int:
    settings = settings_for(folder)
    code = by_code_or_name(gemeente).code
    require_books(settings)

    async def work(desk: Desk) -> int:
        async with db.transaction(desk.engine, code) as connection:
            found = await open_accruals(connection, gemeente=code)
        _show(found, as_format(formaat), today=desk.clock.today())
        return EXIT_OK

    return at_desk(settings, work)


@command.command(
    name="vrijval",
    options_metavar="[OPTIES]",
    help="Laat alles vrijvallen wat van een trekking overliep en niemand meer declareert.\n\n"
    "De last daalt in het jaar van de boekdatum, en het budget van het afgesloten jaar vervalt."
    " Een declaratie die later komt, vindt er niets meer van.",
    epilog="Voorbeeld: ontschot overlopend vrijval 3fd42359-92ed-4f45-9a1a-fe878b33e968"
    " --gemeente GM0344 --reden 'aanbieder declareert niet meer' --document 'brief 2027-3' --proef",
)
@click.argument("trekking", type=click.UUID)
@gemeente
@click.option(
    "--reden", required=True, type=TEXT, metavar="TEKST", help="Waarom niemand het declareert."
)
@click.option("--document", required=True, type=TEXT, metavar="TEKST", help="Waaruit dat blijkt.")
@click.option("--boekdatum", type=DAY, help="In welk open jaar het valt; anders vandaag.")
@proef
@common
def release(  # noqa: D103 - its help says it.
    *,
    trekking: UUID,
    gemeente: str,
    reden: str,
    document: str,
    boekdatum: date | None,
    proef: bool,
    formaat: str,
    folder: str | None,
) -> int:
    settings = settings_for(folder)
    code = by_code_or_name(gemeente).code
    require_books(settings)

    async def work(desk: Desk) -> int:
        async with db.transaction(desk.engine, code) as connection:
            found = await open_accruals(connection, gemeente=code, draws=[trekking])
        on = boekdatum or desk.clock.today()
        # What stands open is part of the request: what came back since may be released again.
        told = (str(trekking), reden, document, str(on), repr(found))
        asked = instruction(
            desk,
            gemeente=code,
            key=key_for("overlopend", *told),
            fingerprint=fingerprint(*told),
        )

        async def released(connection: AsyncConnection) -> tuple[UUID, ...]:
            return await release_accrual(
                connection,
                instruction=asked,
                draw=trekking,
                reason=reden,
                document=document,
                booking_date=on,
            )

        if proef:
            await rehearse(desk, code, released)
        else:
            await once(desk, code, released)
        _show(found, as_format(formaat), today=desk.clock.today())
        say("Proef: niets geboekt." if proef else "Vrijgevallen.")
        return EXIT_OK

    return at_desk(settings, work)


def _show(found: Sequence[OpenAccrual], chosen: Format, *, today: date) -> None:
    if chosen is Format.JSON:
        print_json(
            {
                "overlopendePosten": [
                    {
                        "trekking": each.draw,
                        "middel": each.fund,
                        "aanbieder": each.provider,
                        "soort": each.kind,
                        "bedrag": amount(each.amount_cents),
                        "sinds": each.since,
                        "dagenOpen": each.age_days(today),
                    }
                    for each in found
                ]
            }
        )
        return
    if not found:
        print_text("Er staat niets overlopend.")
        return
    print_text(
        table(
            ["trekking", "middel", "aanbieder", "hulp", "sinds", "dagen", "bedrag"],
            [
                [
                    str(each.draw),
                    each.fund,
                    each.provider,
                    each.kind,
                    str(each.since),
                    str(each.age_days(today)),
                    show(each.amount_cents),
                ]
                for each in found
            ],
            _SIDES,
        )
    )
