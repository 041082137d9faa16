"""`ontschot domeinbaten`: what help by one domain saved in another, from histories to report."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID

import rich_click as click
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.chain import known_link
from api.cli.benefit_tables import (
    attribution_document,
    attribution_text,
    panel_document,
    panel_text,
    report_document,
    report_text,
    study_document,
    study_text,
)
from api.cli.desk import CLIENT, Desk, at_desk, instruction, key_for, once, rehearse
from api.cli.options import (
    DAY,
    NUMBER,
    as_format,
    common,
    gemeente,
    proef,
    settings_for,
)
from api.cli.output import EXIT_OK, Format, Value, print_json, print_text, say
from api.cli.progress import bar
from api.effect_studies import estimate, keep, look
from api.runtime import require_books
from domains.benefits.bookings.operations import book_study
from domains.benefits.bookings.queries import kept_blocks
from domains.benefits.bookings.refusals import StudyUnknown
from domains.benefits.report.model import Report, Scope
from domains.benefits.report.operations import show_report
from domains.benefits.report.queries import line_reports, study_reports
from domains.instruction import AlreadyAnsweredError, Instruction
from domains.municipalities.names import by_code_or_name
from ledger.entries import fingerprint

_ACTOR: Final = f"{CLIENT}:domeinbaten"


@click.group(
    options_metavar="[OPTIES]",
    subcommand_metavar="WAT",
    help="Schat, verdeel, boek en toon wat hulp van het ene domein bespaart in het andere.",
    epilog="Voorbeeld: ontschot domeinbaten rapport --gemeente Ermelo",
)
@click.help_option("-h", "--help", help="Toon deze uitleg.")
def command() -> None:  # noqa: D103 - its help says it.
    pass


_plan = click.option(
    "--plan", type=NUMBER, required=True, metavar="NUMMER", help="Nummer van het analyseplan."
)
_studie = click.option(
    "--studie", type=NUMBER, required=True, metavar="NUMMER", help="Nummer van de effectstudie."
)
_stand = click.option(
    "--stand-per",
    type=click.IntRange(0),
    metavar="GETAL",
    help="Bekend tot en met dit ketennummer; standaard alles.",
)


@command.command(
    name="panel",
    options_metavar="[OPTIES]",
    help="Toon welke gezinnen en maanden een analyseplan ziet, en wat buiten beschouwing blijft.",
    epilog="Voorbeeld: ontschot domeinbaten panel --gemeente Ermelo --plan NUMMER",
)
@gemeente
@_plan
@_stand
@common
def panel(  # noqa: D103 - its help says it.
    *, gemeente: str, plan: UUID, stand_per: int | None, formaat: str, folder: str | None
) -> int:
    async def work(desk: Desk, code: str) -> int:
        async with db.transaction(desk.engine, code) as connection:
            looked = await look(connection, gemeente=code, plan_id=plan, known_up_to=stand_per)
        _print(as_format(formaat), panel_document(looked), panel_text(looked))
        return EXIT_OK

    return _at_books(gemeente, folder, work)


@command.command(
    name="schat",
    options_metavar="[OPTIES]",
    help="Maak een effectstudie van een analyseplan op de boeken van nu.\n\n"
    "Dezelfde gegevens nog eens geven de studie die er al is. Rekent in eigen processen, één per"
    " ontvangend domein.",
    epilog="Voorbeeld: ontschot domeinbaten schat --gemeente Ermelo --plan NUMMER --proef",
)
@gemeente
@_plan
@_stand
@proef
@common
def schat(  # noqa: D103 - its help says it.
    *,
    gemeente: str,
    plan: UUID,
    stand_per: int | None,
    proef: bool,
    formaat: str,
    folder: str | None,
) -> int:
    async def work(desk: Desk, code: str) -> int:
        async with db.transaction(desk.engine, code) as connection:
            looked = await look(connection, gemeente=code, plan_id=plan, known_up_to=stand_per)
        with bar(f"Schatten voor {code}") as progress:
            study = estimate(looked, lambda done, total: progress("domeinen", done, total))
        made = None
        if not proef:
            asked = _instruction(desk, code, "schat", str(plan), study.data_hash.hex())
            made = await keep(desk.engine, asked, plan_id=plan, study=study)
        _print(
            as_format(formaat),
            {"proef": proef, "effectstudie": made, **study_document(study)},
            study_text(study),
        )
        if study.warning:
            say(study.warning)
        say("Proef: niets bewaard." if made is None else f"Effectstudie {made}.")
        return EXIT_OK

    return _at_books(gemeente, folder, work)


@command.command(
    name="toereken",
    options_metavar="[OPTIES]",
    help="Toon aan welke betalers een effectstudie de besparing toerekent (Shapley), met de"
    " verdeling naar rato en die naar de laatste interventie ernaast.",
    epilog="Voorbeeld: ontschot domeinbaten toereken --gemeente Ermelo --studie NUMMER",
)
@gemeente
@_studie
@common
def toereken(  # noqa: D103 - its help says it.
    *, gemeente: str, studie: UUID, formaat: str, folder: str | None
) -> int:
    async def work(desk: Desk, code: str) -> int:
        async with db.transaction(desk.engine, code) as connection:
            estimates = await _estimates(connection, code, studie)
            blocks = await kept_blocks(connection, gemeente=code, estimates=estimates)
        kept = [each.block for each in blocks]
        _print(as_format(formaat), attribution_document(kept), attribution_text(kept))
        return EXIT_OK

    return _at_books(gemeente, folder, work)


@command.command(
    name="boek",
    options_metavar="[OPTIES]",
    help="Boek een effectstudie in het boek DOMEINBATEN.\n\n"
    "Wat een eerdere studie van hetzelfde plan boekte, wordt teruggeboekt; ramingen van hetzelfde"
    " vallen vrij. Nog eens boeken doet niets.",
    epilog="Voorbeeld: ontschot domeinbaten boek --gemeente Ermelo --studie NUMMER --proef",
)
@gemeente
@_studie
@click.option("--boekdatum", type=DAY, help="Boekdatum (standaard vandaag).")
@proef
@common
def boek(  # noqa: D103 - its help says it.
    *,
    gemeente: str,
    studie: UUID,
    boekdatum: date | None,
    proef: bool,
    formaat: str,
    folder: str | None,
) -> int:
    async def work(desk: Desk, code: str) -> int:
        asked = replace(
            _instruction(desk, code, "boek", str(studie)), today=boekdatum or desk.clock.today()
        )

        async def operation(connection: AsyncConnection) -> tuple[UUID, ...]:
            return await book_study(connection, instruction=asked, study_id=studie)

        if proef:
            try:
                await rehearse(desk, code, operation)
            except AlreadyAnsweredError:
                say("Proef: deze studie is al geboekt; nog eens boeken doet niets.")
            else:
                say("Proef: deze studie is te boeken; er is niets geboekt.")
            return EXIT_OK
        done = await once(desk, code, operation)
        async with db.transaction(desk.engine, code) as connection:
            estimates = await _estimates(connection, code, studie)
            lines = await line_reports(connection, gemeente=code, estimates=estimates)
        standing = [each for each in lines if each.ended_by is None]
        _print(
            as_format(formaat),
            {"effectstudie": studie, "eerderGeboekt": done.replayed, "regels": len(standing)},
            f"{len(standing)} regels van effectstudie {studie} staan in de boeken.",
        )
        if done.replayed:
            say("Deze studie was al geboekt; er is niets dubbel geboekt.")
        return EXIT_OK

    return _at_books(gemeente, folder, work)


@command.command(
    name="rapport",
    options_metavar="[OPTIES]",
    help="Toon wie voor wie bespaarde: een matrix met interval, graad en aantal gezinnen.\n\n"
    "Een periode telt in hele kwartalen. Wat over weinig gezinnen gaat blijft verborgen, ook als"
    " het uit eerdere rapporten te herleiden zou zijn; daarom wordt onthouden wat u zag.",
    epilog="Voorbeeld: ontschot domeinbaten rapport --gemeente Ermelo --van 2024-01-01",
)
@gemeente
@click.option("--wijk", metavar="CODE", help="Alleen gezinnen in deze wijk.")
@click.option("--van", type=DAY, help="Eerste dag van het eerste kwartaal.")
@click.option("--tot-en-met", type=DAY, help="Laatste dag van het laatste kwartaal.")
@click.option("--peildatum", type=DAY, help="Geboekt tot en met deze dag; standaard vandaag.")
@_stand
@common
def rapport(  # noqa: D103 - its help says it; one argument per option.
    *,
    gemeente: str,
    wijk: str | None,
    van: date | None,
    tot_en_met: date | None,
    peildatum: date | None,
    stand_per: int | None,
    formaat: str,
    folder: str | None,
) -> int:
    async def work(desk: Desk, code: str) -> int:
        async def show(connection: AsyncConnection) -> Report:
            return await show_report(
                connection,
                gemeente=code,
                scope=Scope(
                    wijk=wijk,
                    from_date=van,
                    until_date=None if tot_en_met is None else tot_en_met + timedelta(days=1),
                    on=peildatum or desk.clock.today(),
                    known_up_to=await known_link(connection, gemeente=code, asked=stand_per),
                ),
                report_id=desk.clock.new_random_id(),
                at=desk.clock.now(),
                actor=_ACTOR,
            )

        found = await db.run(desk.engine, code, show)
        _print(as_format(formaat), report_document(found), report_text(found))
        return EXIT_OK

    return _at_books(gemeente, folder, work)


def _at_books(
    gemeente: str, folder: str | None, work: Callable[[Desk, str], Awaitable[int]]
) -> int:
    """Do the work in books that there are, for a municipality by its code or name."""
    settings = settings_for(folder)
    code = by_code_or_name(gemeente).code
    require_books(settings)
    return at_desk(settings, lambda desk: work(desk, code))


def _instruction(desk: Desk, code: str, *asked: str) -> Instruction:
    """Make an instruction whose key follows from what is asked."""
    return instruction(
        desk, gemeente=code, key=key_for("domeinbaten", *asked), fingerprint=fingerprint(*asked)
    )


async def _estimates(connection: AsyncConnection, code: str, study: UUID) -> Sequence[UUID]:
    """Give the estimates of a study.

    :raises StudyUnknown: there is no such study.
    """
    for found in await study_reports(connection, gemeente=code, ids=[study]):
        return [each.id for each in found.estimates]
    raise StudyUnknown(study=str(study))


def _print(chosen: Format, document: Value, text: str) -> None:
    if chosen is Format.JSON:
        print_json(document)
    else:
        print_text(text)
