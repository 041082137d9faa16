"""`ontschot importeer declaratie`, `bericht` and `personen`: what providers send, and for whom."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO, cast

import rich_click as click

from api import db
from api.cli import progress
from api.cli.desk import Desk, actor_of, at_desk, instruction, key_for, once
from api.cli.options import (
    DAY,
    as_format,
    common,
    content_of_file,
    gemeente,
    opened,
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
from api.messages import (
    Office,
    Tell,
    check_notice,
    first_refused,
    rehearse_declaration,
    take_in_declaration,
    take_in_notice,
    vault_of,
)
from api.runtime import require_books
from api.settings import Settings
from domains.declarations.answering import write_answer
from domains.declarations.model import ReceivedMessage, RefusedLine
from domains.declarations.rules import MEANINGS
from domains.messages.reading import type_of
from domains.messages.schema import schema_file
from domains.messages.standard import Kind, MessageType
from domains.municipalities.names import by_code_or_name
from domains.persons.operations import register_persons
from domains.persons.reading import read_persons
from ledger.entries import fingerprint
from ledger.money import show
from ledger.refusals import Refusal


@click.command(
    name="declaratie",
    options_metavar="[OPTIES]",
    help="Verwerk een declaratie van een aanbieder (JW323 of WMO323) en schrijf het antwoord"
    " (325).\n\nElke prestatie wordt getoetst en geboekt, of geweigerd met haar retourcode. Een"
    " bestand dat niet klopt, boekt niets. Hetzelfde bestand nog eens gaat verder waar het was en"
    " geeft hetzelfde antwoord.",
    epilog="Voorbeeld: ontschot importeer declaratie JW323.xml --gemeente GM0344"
    " --antwoord JW325.xml",
)
@click.argument("bestand")
@gemeente
@click.option(
    "--antwoord", metavar="BESTAND", help="Waar het antwoord komt (standaard naast de declaratie)."
)
@click.option("--boekdatum", type=DAY, help="Boekdatum (standaard vandaag).")
@proef
@common
def declaratie(  # noqa: D103 - its help says it.
    *,
    bestand: str,
    gemeente: str,
    antwoord: str | None,
    boekdatum: date | None,
    proef: bool,
    formaat: str,
    folder: str | None,
) -> int:
    settings = settings_for(folder)
    municipality = by_code_or_name(gemeente)
    require_books(settings)
    path = Path(bestand).expanduser()

    async def work(desk: Desk) -> int:
        refused: list[RefusedLine] = []
        answer = None
        with opened(path) as file, progress.bar("Declaratie") as tell:
            _say_schema(settings, type_of(file, file_name=path.name))
            office = _office(desk, settings, municipality.code, tell)
            if proef:
                found = await rehearse_declaration(
                    office,
                    file,
                    file_name=path.name,
                    booking_date=boekdatum,
                    hear=refused.extend,
                )
            else:
                # Before anything is booked of which the answer could not be written.
                answer = _place_for_answer(antwoord, declared=path)
                found = await take_in_declaration(
                    office, file, file_name=path.name, booking_date=boekdatum
                )
                refused.extend(await first_refused(office, found.id))
        if not found.is_answered:
            answer = None
        if answer is not None:
            await _write_answer(office, found, answer)
        _show(found, refused, answer, chosen=as_format(formaat), proef=proef)
        return EXIT_OK if found.is_answered or proef else EXIT_FINDING

    return at_desk(settings, work)


@click.command(
    name="bericht",
    options_metavar="[OPTIES]",
    help="Verwerk een bericht over één persoon: toewijzing (301), start (305), stop (307), verzoek"
    " om toewijzing (315) of om wijziging (317).\n\nEen toewijzing uit de zorgadministratie wordt"
    " een verplichting op het gezinsbudget, of past die aan; wat niet kan, staat bij de signalen en"
    " lukt later door hetzelfde bestand opnieuw aan te bieden. Een bericht van een aanbieder wordt"
    " vastgelegd bij de hulp waar het over gaat; een verzoek wacht daarna op een besluit.",
    epilog="Voorbeeld: ontschot importeer bericht JW305.xml --gemeente GM0344",
)
@click.argument("bestand")
@gemeente
@proef
@common
def bericht(  # noqa: D103 - its help says it.
    *, bestand: str, gemeente: str, proef: bool, formaat: str, folder: str | None
) -> int:
    settings = settings_for(folder)
    municipality = by_code_or_name(gemeente)
    require_books(settings)
    path = Path(bestand).expanduser()

    async def work(desk: Desk) -> int:
        with opened(path) as file:
            found = type_of(file, file_name=path.name)
            if found.kind is Kind.DECLARATION:
                message = "Gebruik voor een declaratie `ontschot importeer declaratie`."
                raise click.UsageError(message)
            _say_schema(settings, found)
            office = _office(desk, settings, municipality.code, lambda *_: None)
            refused: list[tuple[int, Refusal]] = []
            if proef:
                check_notice(office, file, file_name=path.name)
            else:
                taken = await take_in_notice(office, file, file_name=path.name)
                refused = sorted(taken.refused.items())
        if as_format(formaat) is Format.JSON:
            print_json(
                {
                    "gemeente": municipality.code,
                    "proef": proef,
                    "bericht": found.name,
                    "nietGeboekt": [
                        {"toewijzing": number, "code": why.code, "melding": why.message()}
                        for number, why in refused
                    ],
                }
            )
        else:
            print_text(f"{found.name} {'gelezen' if proef else 'vastgelegd'}.")
            for number, why in refused:
                print_text(f"Toewijzing {number} wacht: [{why.code}] {why.message()}")
        if proef:
            say("Proef: niets bewaard.")
        return EXIT_OK

    return at_desk(settings, work)


@click.command(
    name="personen",
    options_metavar="[OPTIES]",
    help="Leg vast wie er achter pseudoniemen schuilgaan, uit een CSV-bestand"
    " (persoon;bsn;geboortedatum;geslacht;voorvoegsel;achternaam;voorletters).\n\nDe gegevens"
    " worden per gezin verzegeld met een sleutel buiten de database; in de boeken komt er niets"
    " van.",
    epilog="Voorbeeld: ontschot importeer personen personen.csv --gemeente GM0344",
)
@click.argument("bestand")
@gemeente
@proef
@common
def personen(  # noqa: D103 - its help says it.
    *, bestand: str, gemeente: str, proef: bool, formaat: str, folder: str | None
) -> int:
    settings = settings_for(folder)
    municipality = by_code_or_name(gemeente)
    content = content_of_file(bestand)
    found = read_persons(content, file_name=Path(bestand).name)

    async def work(desk: Desk) -> int:
        vault = vault_of(settings, desk.database.key_folder)
        # Only the vault's own mark: a plain hash of a list of numbers tells the numbers.
        mark = vault.mark(b"personen", content).hex()
        asked = instruction(
            desk,
            gemeente=municipality.code,
            key=key_for("personen", mark),
            fingerprint=fingerprint("personen", mark),
        )
        if not proef:
            await once(
                desk,
                municipality.code,
                lambda connection: register_persons(
                    connection, instruction=asked, vault=vault, persons=found
                ),
            )
        if as_format(formaat) is Format.JSON:
            print_json({"gemeente": municipality.code, "proef": proef, "personen": len(found)})
        else:
            print_text(f"{len(found)} personen {'gelezen' if proef else 'verzegeld vastgelegd'}.")
        return EXIT_OK

    return at_desk(settings, work)


def _office(desk: Desk, settings: Settings, code: str, tell: Tell) -> Office:
    return Office(
        engine=desk.engine,
        clock=desk.clock,
        actor=actor_of(code),
        vault=vault_of(settings, desk.database.key_folder),
        schemas=settings.message_schemas,
        tell=tell,
    )


def _say_schema(settings: Settings, message: MessageType) -> None:
    """Say by what a message is checked, where that is not the XSD of the standard."""
    if schema_file(settings.message_schemas, message) is None:
        say(f"Zonder XSD van {message.name} (instelling berichtschemas): het eigen model toetst.")


def _place_for_answer(said: str | None, *, declared: Path) -> Path:
    """Say where the answer comes.

    :raises click.UsageError: it cannot be written there, or would take the declaration's place.
    """
    if said is None:
        place = declared.with_name(f"{declared.stem}_325.xml")
    else:
        place = Path(said).expanduser()
    lack = ""
    if not place.parent.is_dir():
        lack = f"de map {place.parent} bestaat niet"
    elif not os.access(place.parent, os.W_OK):
        lack = f"geen recht om in {place.parent} te schrijven"
    elif place.exists() and place.samefile(declared):
        lack = "dat is de declaratie zelf"
    elif place.exists() and not place.is_file():
        lack = "dat is geen gewoon bestand"
    if lack:
        message = (
            f"Het antwoord kan niet in {place} komen: {lack}. Er is niets geboekt; kies met"
            " --antwoord een andere plaats."
        )
        raise click.UsageError(message)
    return place


@contextmanager
def _whole(path: Path) -> Iterator[BinaryIO]:
    """Write a file whole or not at all, for its owner only: it names people by their number."""
    with NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".xml", delete=False) as file:
        written = Path(file.name)
        try:
            yield cast("BinaryIO", file)
            file.flush()
            written.replace(path)
        except BaseException:
            written.unlink()
            raise


async def _write_answer(office: Office, message: ReceivedMessage, path: Path) -> None:
    gemeente = office.actor.gemeente
    with _whole(path) as file:
        async with db.transaction(office.engine, gemeente) as connection:
            await write_answer(
                connection,
                gemeente=gemeente,
                vault=office.vault,
                message=message.id,
                file=file,
            )


def _show(
    found: ReceivedMessage,
    refused: Sequence[RefusedLine],
    answer: Path | None,
    *,
    chosen: Format,
    proef: bool,
) -> None:
    if chosen is Format.JSON:
        print_json(_document(found, refused, answer, proef=proef))
        return
    granted = found.done - found.refused - found.waiting
    print_text(
        f"{found.law.upper()}{found.kind} {found.declaration} van aanbieder {found.provider}\n\n"
        + table(
            ["", "regels", "bedrag"],
            [
                ["ingediend", str(found.lines), show(found.total_cents)],
                ["toegekend", str(granted), show(found.granted_cents)],
                ["afgewezen", str(found.refused), ""],
                ["wacht", str(found.waiting), ""],
            ],
            [Side.LEFT, Side.RIGHT, Side.RIGHT],
        )
    )
    for each in refused:
        why = " ".join(f"{code}: {MEANINGS[code]}" for code in each.codes)
        print_text(f"Afgewezen {each.line.reference}: {why}")
    if found.refused > len(refused):
        print_text(f"En nog {found.refused - len(refused)}; het antwoord (325) noemt ze alle.")
    if found.codes:
        why = " ".join(f"{code}: {MEANINGS[code]}" for code in found.codes)
        print_text(f"De declaratie is als geheel afgewezen. {why}")
    if proef:
        say("Proef: niets geboekt.")
    elif answer is not None:
        say(f"Antwoord geschreven in {answer}.")
    else:
        say("Nog geen antwoord: er wachten regels. Bied het bestand opnieuw aan na de verhoging.")


def _document(
    found: ReceivedMessage, refused: Sequence[RefusedLine], answer: Path | None, *, proef: bool
) -> dict[str, Value]:
    return {
        "bericht": None if proef else found.id,
        "proef": proef,
        "declaratie": found.declaration,
        "aanbieder": found.provider,
        "aantalRegels": found.lines,
        "beoordeeld": found.done,
        "afgewezen": found.refused,
        "wachtend": found.waiting,
        "ingediend": amount(found.total_cents),
        "toegekend": amount(found.granted_cents),
        "retourcodes": _codes(found.codes),
        # The first of them; the answer has them all.
        "afgewezenPrestaties": [
            {"referentie": each.line.reference, "retourcodes": _codes(each.codes)}
            for each in refused
        ],
        "antwoord": None if answer is None else str(answer),
    }


def _codes(codes: Sequence[str]) -> list[Value]:
    return [{"code": code, "betekenis": MEANINGS[code]} for code in codes]
