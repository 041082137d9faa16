"""Holds the report of the demo against what was invented: ``python -m tests.benefits.demo_truth``.

For a demo that was loaded before (``make demo``). An interval of 95% misses the truth now and then;
cells of one estimate miss together, so of the few in one matrix the share goes up and down.
"""

import sys
from typing import Final

import numpy as np
import rich_click as click
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import db
from api.chain import known_link
from api.cli.desk import Desk, at_desk
from api.cli.options import common, gemeente, settings_for
from api.cli.output import EXIT_FINDING, EXIT_OK, Side, print_text, table
from api.clock import Clock
from api.invented_histories import FIRST_MONTH, PAID, SOURCES, world
from api.runtime import require_books
from domains.benefits.report.model import Report, Scope
from domains.benefits.report.operations import show_report
from domains.benefits.suppression import TOTAL, Place
from domains.municipalities.names import by_code_or_name
from ledger.money import show
from ledger.reading import rows

SHARE: Final = 0.90
"""Of so many cells at least the interval contains the truth, of intervals that aim at 95%."""
_MONTHS_A_QUARTER: Final = 3


async def shown(engine: AsyncEngine, clock: Clock, *, gemeente: str) -> Report:
    """Show the whole report, as known by now."""

    async def show_all(connection: AsyncConnection) -> Report:
        return await show_report(
            connection,
            gemeente=gemeente,
            scope=Scope(
                wijk=None,
                from_date=None,
                until_date=None,
                on=clock.today(),
                known_up_to=await known_link(connection, gemeente=gemeente, asked=None),
            ),
            report_id=clock.new_random_id(),
            at=clock.now(),
            actor="toets",
        )

    return await db.run(engine, gemeente, show_all)


async def truth(engine: AsyncEngine, *, gemeente: str) -> dict[Place, float]:
    """Give what was really saved per contributor and receiver, of what is booked as known."""
    async with db.transaction(engine, gemeente) as connection:
        booked = await rows(
            connection,
            "SELECT DISTINCT exposure[1], receiver, period FROM domains.benefit_line"
            " WHERE gemeente = %s AND state <> 'verwacht' AND ended_by IS NULL",
            (gemeente,),
        )
    invented = world()
    month = np.arange(invented.cents.shape[1])
    start = np.array([each.start for each in invented.households])[:, None]
    saved = invented.without_help - invented.with_help
    domain_of = {source: domain for domain, source in SOURCES.items()}
    found: dict[Place, float] = {}
    for code, receiver, period in booked:
        first = (period.year - FIRST_MONTH.year) * 12 + period.month - FIRST_MONTH.month
        mine = np.array([each.help == code for each in invented.households])[:, None]
        cells = mine & (month >= max(first, 0)) & (month < first + _MONTHS_A_QUARTER)
        cents = float(saved[:, :, list(SOURCES).index(receiver)][cells & (month >= start)].sum())
        for source, paid in PAID[code].items():
            place = (domain_of[source], receiver)
            found[place] = found.get(place, 0.0) + cents * paid / sum(PAID[code].values())
    return found


def inside(report: Report, true: dict[Place, float]) -> dict[Place, bool]:
    """Say per cell whether its interval contains the truth."""
    return {
        place: cell.figure.low_cents <= true[place] <= cell.figure.high_cents
        for place, cell in report.cells.items()
    }


def in_words(report: Report, true: dict[Place, float]) -> str:
    """Write the matrix beside the truth."""
    found = inside(report, true)
    total, truly = report.totals[TOTAL, TOTAL], round(sum(true.values()))
    lines = [
        (*place, cell.figure.known_cents, cell.figure.low_cents, cell.figure.high_cents)
        for place, cell in report.cells.items()
    ]
    shown_lines = [
        [
            payer,
            receiver,
            *(show(cents) for cents in (known, low, high, round(true[payer, receiver]))),
            "ja" if found[payer, receiver] else "nee",
        ]
        for payer, receiver, known, low, high in lines
    ]
    shown_lines.append(
        [
            *("samen", ""),
            *(show(each) for each in (total.known_cents, total.low_cents, total.high_cents)),
            show(truly),
            "ja" if total.low_cents <= truly <= total.high_cents else "nee",
        ]
    )
    told = table(
        ["betaler", "ontvanger", "geschat", "van", "tot", "waarheid", "erin"],
        shown_lines,
        [Side.LEFT, Side.LEFT, *[Side.RIGHT] * 4],
    )
    share = 100 * sum(found.values()) / len(found)
    return (
        f"{told}\n\nHet interval bevat de gesimuleerde waarheid in {sum(found.values())} van"
        f" {len(found)} cellen: {share:.0f}% (intervallen van 95%; lat {100 * SHARE:.0f}%)."
    )


@click.command(help="Vergelijk het rapport van de demo met wat er verzonnen is.")
@gemeente
@common
def main(*, gemeente: str, formaat: str, folder: str | None) -> int:
    settings = settings_for(folder)
    code = by_code_or_name(gemeente).code
    require_books(settings)

    async def work(desk: Desk) -> int:
        report = await shown(desk.engine, desk.clock, gemeente=code)
        true = await truth(desk.engine, gemeente=code)
        print_text(in_words(report, true))
        found = inside(report, true)
        return EXIT_OK if sum(found.values()) >= SHARE * len(found) else EXIT_FINDING

    return at_desk(settings, work)


if __name__ == "__main__":
    sys.exit(main(standalone_mode=False))
