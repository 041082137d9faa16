"""`ontschot dagstart`: what is due is done, such as who pays from an eighteenth birthday on."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import rich_click as click
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import db
from api.cli.desk import ALL, Desk, actor_of, at_desk, rehearse, tell
from api.cli.options import DAY, as_format, common, proef, settings_for
from api.cli.output import EXIT_FINDING, EXIT_OK, Format, Value, print_json, print_text, say
from api.cli.progress import bar
from api.day_start import Attempt, DayStart, Morning, Work
from api.runtime import require_books
from domains.municipalities.names import by_code_or_name


@click.command(
    options_metavar="[OPTIES]",
    help="Voer uit wat vandaag moet: wie betaalt er vanaf nu?\n\n"
    "Verjaardagen (18, 21, 23), verhuizingen, indicaties die eindigen en nieuwe rechtsregels: de"
    " hulp loopt door, en wat nog komt wordt opnieuw gedekt. Tekorten krijgen dekking als er"
    " ruimte is, en vragen die te lang wachten gaan een stap omhoog. Nog eens draaien doet niets"
    " dubbel. Exitcode 1 als iets niet lukte.",
    epilog="Voorbeeld: ontschot dagstart --gemeente GM0344 --proef",
)
@click.option(
    "--gemeente",
    default=ALL[0],
    show_default=True,
    metavar="CODE|NAAM|alle",
    help="Voor welke gemeente.",
)
@click.option(
    "--peildatum", type=DAY, help="Tot en met welke dag, en de boekdatum; standaard vandaag."
)
@proef
@common
def command(  # noqa: D103 - its help says it.
    *, gemeente: str, peildatum: date | None, proef: bool, formaat: str, folder: str | None
) -> int:
    settings = settings_for(folder)
    asked = None if gemeente.casefold() in ALL else by_code_or_name(gemeente).code
    require_books(settings)

    async def work(desk: Desk) -> int:
        codes = [asked] if asked is not None else await db.with_books(desk.engine)
        done = []
        for code in codes:
            with bar(code) as progress:
                done.append(
                    await Morning(
                        engine=desk.engine,
                        clock=desk.clock,
                        actor=actor_of(code),
                        up_to=peildatum or desk.clock.today(),
                        attempt=_tried(desk) if proef else _done(desk),
                        progress=progress,
                    ).work()
                )
        if as_format(formaat) is Format.JSON:
            print_json({"proef": proef, "dagstarts": [_document(each) for each in done]})
        else:
            _print(done, in_rehearsal=proef)
        return EXIT_FINDING if any(each.failures for each in done) else EXIT_OK

    return at_desk(settings, work)


def _done(desk: Desk) -> Attempt:
    """Do each piece of work, and tell so in the audit log."""

    async def attempt(engine: AsyncEngine, code: str, work: Work) -> tuple[UUID, ...]:
        async def told(connection: AsyncConnection) -> tuple[UUID, ...]:
            results = await work(connection)
            if results:
                await tell(connection, desk, gemeente=code)
            return results

        return await db.run(engine, code, told)

    return attempt


def _tried(desk: Desk) -> Attempt:
    """Do each piece of work and take it back."""

    async def attempt(_engine: AsyncEngine, code: str, work: Work) -> tuple[UUID, ...]:
        return await rehearse(desk, code, work)

    return attempt


def _print(done: Sequence[DayStart], *, in_rehearsal: bool) -> None:
    if not done:
        say("Er zijn nog geen boeken; er is niets te doen.")
    for each in done:
        print_text(
            f"{each.gemeente}, tot en met {each.up_to}: {each.events} gebeurtenissen nagelopen,"
            f" waarvan {each.changing} met gevolgen voor wie hulp betaalt,"
            f" {len(each.recovered)} trekkingen opnieuw gedekt, {len(each.covered)} tekorten"
            f" gedekt, {len(each.escalated)} vragen een stap omhoog,"
            f" {len(each.settled)} verrekeningen met andere gemeenten,"
            f" {len(each.received)} betalingen van andere gemeenten,"
            f" {len(each.taken_back)} teruggeboekte betalingen van andere gemeenten,"
            f" {each.overdue_payers} openstaande betalers over hun termijn."
        )
        for failure in each.failures:
            say(f"Niet gedaan: {failure.what}. {failure.reason} [{failure.code}]")
        if each.failures:
            say(f"{len(each.failures)} niet gelukt; een volgende dagstart probeert het opnieuw.")
    if in_rehearsal:
        say("Proef: er is niets geboekt.")


def _document(done: DayStart) -> Value:
    return {
        "gemeente": done.gemeente,
        "totEnMet": done.up_to,
        "gebeurtenissen": done.events,
        "gebeurtenissenMetGevolg": done.changing,
        "opnieuwGedekt": done.recovered,
        "tekortenGedekt": done.covered,
        "stapOmhoog": done.escalated,
        "verrekendMetGemeenten": done.settled,
        "ontvangenVanGemeenten": done.received,
        "teruggeboektDoorGemeenten": done.taken_back,
        "betalersOverTermijn": done.overdue_payers,
        "nietGelukt": [
            {"wat": each.what, "code": each.code, "melding": each.reason} for each in done.failures
        ],
    }
