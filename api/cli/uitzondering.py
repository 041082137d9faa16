"""`ontschot uitzondering`: open days of a closed year for a time, and tell what was booked then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import rich_click as click
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.cli.desk import Desk, at_desk, instruction, key_for, once, rehearse
from api.cli.options import DAY, TEXT, as_format, common, gemeente, proef, settings_for
from api.cli.output import EXIT_OK, Format, Side, Value, amount, print_json, print_text, say, table
from api.runtime import require_books
from domains.days import NETHERLANDS
from domains.municipalities.names import by_code_or_name
from domains.year_end import operations, queries
from domains.year_end.model import PeriodException
from ledger.entries import fingerprint
from ledger.money import show

_SIDES: Final = (*[Side.LEFT] * 5, Side.RIGHT)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What is asked on the command line, by the names of its options."""

    gemeente: str
    van: date
    tot_en_met: date
    open_tot: datetime
    reden: str
    op_verzoek_van: str


@click.group(
    options_metavar="[OPTIES]",
    subcommand_metavar="WAT",
    help="Open dagen van een afgesloten jaar voor een tijd, met reden; of toon wat er toen is"
    " geboekt.",
    epilog="Voorbeeld: ontschot uitzondering lijst --gemeente GM0344",
)
@click.help_option("-h", "--help", help="Toon deze uitleg.")
def command() -> None:  # noqa: D103 - its help says it.
    pass


@command.command(
    name="open",
    options_metavar="[OPTIES]",
    help="Open dagen van een afgesloten jaar tot een moment; daarna gaan zij vanzelf dicht.",
    epilog="Voorbeeld: ontschot uitzondering open --gemeente GM0344 --van 2025-12-01"
    " --tot-en-met 2025-12-31 --open-tot 2026-06-30T17:00 --reden 'nagekomen nota'"
    " --op-verzoek-van 'concerncontroller'",
)
@gemeente
@click.option("--van", type=DAY, required=True, help="Eerste dag.")
@click.option("--tot-en-met", type=DAY, required=True, help="Laatste dag.")
@click.option(
    "--open-tot",
    type=click.DateTime(["%Y-%m-%dT%H:%M"]),
    required=True,
    metavar="MOMENT",
    help="Moment waarop de dagen weer dichtgaan, in Nederlandse tijd.",
)
@click.option("--reden", required=True, type=TEXT, metavar="TEKST", help="Waarom dit nodig is.")
@click.option("--op-verzoek-van", required=True, type=TEXT, metavar="NAAM", help="Wie erom vroeg.")
@proef
@common
def open_(*, proef: bool, formaat: str, folder: str | None, **said: Any) -> int:  # noqa: D103 - Idem.
    wish = _Wish(**said)
    settings = settings_for(folder)
    code = by_code_or_name(wish.gemeente).code
    require_books(settings)
    until = wish.open_tot.replace(tzinfo=NETHERLANDS)
    print_of = fingerprint(repr(wish))

    async def work(desk: Desk) -> int:
        key = key_for("uitzondering", print_of.hex())
        asked = instruction(desk, gemeente=code, key=key, fingerprint=print_of)

        async def opened(connection: AsyncConnection) -> tuple[UUID, ...]:
            return await operations.open_exception(
                connection,
                instruction=asked,
                from_date=wish.van,
                until_date=wish.tot_en_met + timedelta(days=1),
                open_until=until,
                reason=wish.reden,
                asked_by=wish.op_verzoek_van,
            )

        if proef:
            await rehearse(desk, code, opened)
            say("Proef: er is niets geopend.")
            return EXIT_OK
        (made,) = (await once(desk, code, opened)).results
        async with db.transaction(desk.engine, code) as connection:
            found = await queries.exception(connection, gemeente=code, exception_id=made)
        _show((found,), as_format(formaat))
        return EXIT_OK

    return at_desk(settings, work)


@command.command(
    name="lijst",
    options_metavar="[OPTIES]",
    help="Toon elke uitzondering met alles wat eronder is geboekt.",
    epilog="Voorbeeld: ontschot uitzondering lijst --gemeente GM0344 --formaat json",
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
            found = await queries.exceptions(connection, gemeente=code)
        _show(found, as_format(formaat))
        return EXIT_OK

    return at_desk(settings, work)


def _show(found: Sequence[PeriodException], chosen: Format) -> None:
    if chosen is Format.JSON:
        print_json({"uitzonderingen": [_document(each) for each in found]})
        return
    if not found:
        print_text("Er zijn geen uitzonderingen.")
    for each in found:
        print_text(
            f"{each.from_date} t/m {each.until_date - timedelta(days=1)}, {_until(each)},"
            f" op verzoek van {each.asked_by}: {each.reason}"
        )
        if each.booked:
            print_text(
                table(
                    ["boekdatum", "wie", "soort", "omschrijving", "document", "debet"],
                    [
                        [
                            str(booked.booking_date),
                            booked.actor,
                            booked.kind,
                            booked.description,
                            booked.document,
                            show(booked.debit_cents),
                        ]
                        for booked in each.booked
                    ],
                    _SIDES,
                )
            )
        else:
            print_text("Er is niets onder geboekt.")


def _until(found: PeriodException) -> str:
    if found.closed_at is not None:
        return f"weer dicht sinds {_moment(found.closed_at)}"
    return f"open tot {_moment(found.open_until)}"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(NETHERLANDS):%Y-%m-%d %H:%M}"


def _document(found: PeriodException) -> Value:
    return {
        "id": found.id,
        "van": found.from_date,
        "totEnMet": found.until_date - timedelta(days=1),
        "openTot": found.open_until,
        "geslotenOp": found.closed_at,
        "reden": found.reason,
        "opVerzoekVan": found.asked_by,
        "boekingen": [
            {
                "boeking": booked.entry,
                "boekdatum": booked.booking_date,
                "wie": booked.actor,
                "soort": booked.kind,
                "omschrijving": booked.description,
                "document": booked.document,
                "middelen": list(booked.funds),
                "debet": amount(booked.debit_cents),
            }
            for booked in found.booked
        ],
    }
