"""`ontschot boek`: a plain journal entry, from a JSON file or from the command line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
import rich_click as click
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.cli.accounts import account_id, path_of
from api.cli.desk import Desk, at_desk, instruction, rehearse, tell
from api.cli.options import (
    CENTS,
    DAY,
    as_format,
    common,
    content_of_file,
    content_of_input,
    gemeente,
    proef,
    settings_for,
)
from api.cli.output import (
    EXIT_FINDING,
    EXIT_OK,
    Format,
    Value,
    amount,
    print_json,
    print_text,
    say,
)
from api.http.body import decode
from api.http.perform import KEY
from api.http.wire import END, Bedrag, Tekst, VerplichteTekst
from api.problems import InvalidInput, UnreadableJson
from domains import chart
from domains.municipalities.names import by_code_or_name
from domains.plain_entries import check_plain
from ledger import balances, books, money
from ledger.entries import (
    Booked,
    Entry,
    Outcome,
    Posting,
    PostingRequest,
    Refused,
    fingerprint,
)

_STANDARD_INPUT: Final = "-"
_MOST_FAULTS: Final = 20


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line: debit above zero, credit below."""

    rekening: str
    bedrag: Bedrag
    grond: Annotated[str, Meta(max_length=60, pattern="^[A-Za-z0-9-]*" + END)] = ""


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A journal entry as people write it in a file."""

    boekdatum: date
    omschrijving: VerplichteTekst
    regels: list[_Line]
    soort: Literal["betaling", "correctie", "factuur", "memoriaal"] = "memoriaal"
    document: Tekst = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """A line as it is told back: the account by its names, and the signed amount."""

    path: str
    name: str
    amount_cents: int


@click.command(
    options_metavar="[OPTIES]",
    help="Boek een eigen journaalpost op bestaande rekeningen.\n\n"
    "Uit een JSON-bestand (een boeking of een lijst ervan; - leest de standaardinvoer), of met"
    " --debet, --credit en --bedrag. Een lijst is alles of niets per boeking. Met --sleutel wordt"
    " een opdracht die u herhaalt niet dubbel geboekt.",
    epilog="Voorbeeld: ontschot boek --gemeente GM0344 --debet 0125/JW-2025 --credit 0110/JW-2025"
    " --bedrag 100 --boekdatum 2025-03-01 --omschrijving Reserve --proef",
)
@click.argument("bestand", required=False)
@gemeente
@click.option("--debet", metavar="REKENING", help="Nummer of pad, zoals 0125/JW-2025.")
@click.option("--credit", metavar="REKENING", help="Nummer of pad van de tegenrekening.")
@click.option("--bedrag", type=CENTS, help="In euro's en boven nul, zoals 1250 of 1.250,00.")
@click.option("--boekdatum", type=DAY, help="Zoals 2025-03-01.")
@click.option("--omschrijving", help="Waarom is er geboekt?")
@click.option("--sleutel", help="Idempotentiesleutel (standaard elke keer een nieuwe).")
@proef
@common
def command(  # noqa: D103, PLR0913 - its help says it; one argument per option.
    *,
    bestand: str | None,
    gemeente: str,
    debet: str | None,
    credit: str | None,
    bedrag: int | None,
    boekdatum: date | None,
    omschrijving: str | None,
    sleutel: str | None,
    proef: bool,
    formaat: str,
    folder: str | None,
) -> int:
    settings = settings_for(folder)
    municipality = by_code_or_name(gemeente)
    if sleutel is not None and KEY.fullmatch(sleutel) is None:
        message = "--sleutel: geef 1 tot 200 zichtbare ASCII-tekens, voor elke opdracht andere."
        raise click.UsageError(message)
    if bestand is not None and any((debet, credit, bedrag, boekdatum, omschrijving)):
        message = "Geef een JSON-bestand of een boeking in opties, niet beide."
        raise click.UsageError(message)
    written = (
        _from_file(bestand)
        if bestand is not None
        else _from_options(
            debet=debet,
            credit=credit,
            bedrag=bedrag,
            boekdatum=boekdatum,
            omschrijving=omschrijving,
        )
    )

    async def work(desk: Desk) -> int:
        outcome = await _post(
            desk, municipality.code, written, key=sleutel or str(desk.clock.new_id()), proef=proef
        )
        named = await _accounts(desk, municipality.code, written)
        lines = [
            [_told(line, municipality.code, named) for line in each.regels] for each in written
        ]
        return _show(outcome, lines, as_format(formaat), proef=proef)

    return at_desk(settings, work)


async def _post(
    desk: Desk, gemeente: str, written: Sequence[_Entry], *, key: str, proef: bool
) -> Outcome:
    asked = instruction(
        desk,
        gemeente=gemeente,
        key=key,
        fingerprint=fingerprint("boek", msgspec.json.encode(written).decode()),
    )
    request = PostingRequest(
        client=asked.actor.client,
        key=asked.key,
        actor=asked.actor.subject,
        fingerprint=asked.fingerprint,
        groups=tuple((_entry(each, asked.new_id(), gemeente),) for each in written),
    )

    named = {line.account for group in request.groups for each in group for line in each.postings}

    async def operation(connection: AsyncConnection) -> Outcome:
        await check_plain(connection, gemeente=gemeente, accounts=named)
        outcomes = await books.post(
            connection, gemeente=gemeente, recorded_at=asked.at, requests=[request]
        )
        (outcome,) = outcomes
        if not outcome.replayed:
            await tell(connection, desk, gemeente=gemeente, result=_result(outcome))
        return outcome

    if proef:
        return await rehearse(desk, gemeente, operation)
    return await db.run(desk.engine, gemeente, operation)


def _result(outcome: Outcome) -> str:
    """Say what became of a request as a whole: done, as soon as one entry is booked."""
    if outcome.refusal is not None:
        return outcome.refusal.code
    refused = [each.refusal.code for each in outcome.groups if isinstance(each, Refused)]
    return refused[0] if len(refused) == len(outcome.groups) else "gedaan"


async def _accounts(
    desk: Desk, gemeente: str, written: Sequence[_Entry]
) -> dict[UUID, tuple[str, str]]:
    """Give the path and the name of every account that is written on and exists."""
    asked = {
        account_id(line.rekening, gemeente=gemeente) for each in written for line in each.regels
    }
    async with db.transaction(desk.engine, gemeente) as connection:
        found = await balances.find_accounts(connection, gemeente=gemeente, accounts=list(asked))
    return {key: (path_of(each), chart.name_of(each.code)) for key, each in found.items()}


def _told(line: _Line, gemeente: str, named: Mapping[UUID, tuple[str, str]]) -> _Told:
    account = account_id(line.rekening, gemeente=gemeente)
    path, name = named.get(account, (line.rekening, "onbekend"))
    return _Told(path=path, name=name, amount_cents=line.bedrag.cents)


def _from_file(name: str) -> list[_Entry]:
    content = content_of_input() if name == _STANDARD_INPUT else content_of_file(name)
    headline = (
        f"{Path(name).name} is geen boeking in JSON. Verwacht: boekdatum, omschrijving en regels"
        ' met rekening en bedrag {"waarde": "1250.00", "valuta": "EUR"}, credit met een minteken;'
        " soort is betaling, correctie, factuur of memoriaal."
    )
    return _read(content, headline)


def _read(content: bytes, headline: str) -> list[_Entry]:
    """Read one entry or a list, with the limits that it has over HTTP: what is booked stays.

    :raises click.UsageError: under the headline, every spot that is wrong.
    """
    try:
        if not content.lstrip().startswith(b"["):
            return [decode(content, _Entry)]
        found = decode(content, list[_Entry])
    except (InvalidInput, UnreadableJson) as problem:
        spots = (
            [f"\n- {each.naam}: {each.reden}" for each in problem.fields[:_MOST_FAULTS]]
            if isinstance(problem, InvalidInput)
            else [f"\n- {problem.message()}"]
        )
        raise click.UsageError("".join([headline, *spots])) from problem
    if not found:
        raise click.UsageError(f"{headline}\n- de lijst is leeg.")
    return found


def _from_options(
    *,
    debet: str | None,
    credit: str | None,
    bedrag: int | None,
    boekdatum: date | None,
    omschrijving: str | None,
) -> list[_Entry]:
    """Make an entry of two lines.

    :raises click.UsageError: one of the five is missing, or no text for the books.
    """
    if debet is None or credit is None or bedrag is None or boekdatum is None or not omschrijving:
        message = (
            "Geef een JSON-bestand, of alle vijf: --debet, --credit, --bedrag, --boekdatum en"
            " --omschrijving."
        )
        raise click.UsageError(message)
    entry = _Entry(
        boekdatum=boekdatum,
        omschrijving=omschrijving,
        regels=[
            _Line(rekening=debet, bedrag=Bedrag(waarde=money.write(bedrag))),
            _Line(rekening=credit, bedrag=Bedrag(waarde=money.write(-bedrag))),
        ],
    )
    return _read(msgspec.json.encode(entry), "Zo is dit niet te boeken.")


def _entry(written: _Entry, entry_id: UUID, gemeente: str) -> Entry:
    return Entry(
        id=entry_id,
        booking_date=written.boekdatum,
        kind=written.soort,
        description=written.omschrijving,
        document=written.document,
        postings=tuple(
            Posting(
                account=account_id(line.rekening, gemeente=gemeente),
                amount_cents=line.bedrag.cents,
                basis=line.grond,
            )
            for line in written.regels
        ),
    )


def _show(
    outcome: Outcome, lines: Sequence[Sequence[_Told]], chosen: Format, *, proef: bool
) -> int:
    all_booked = all(isinstance(group, Booked) for group in outcome.groups)
    if chosen is Format.JSON:
        print_json(
            {
                "proef": proef,
                "schakel": None if proef else outcome.chain_number,
                "herhaald": outcome.replayed,
                "boekingen": [
                    {**_verdict(group), "regels": [_line(each) for each in told]}
                    for group, told in zip(outcome.groups, lines, strict=True)
                ],
            }
        )
    else:
        for number, (group, told) in enumerate(zip(outcome.groups, lines, strict=True), 1):
            if isinstance(group, Booked):
                (entry,) = group.entries
                print_text(f"{number}. {'zou kunnen' if proef else f'geboekt: {entry}'}")
            else:
                print_text(f"{number}. geweigerd: {group.refusal.message()} [{group.refusal.code}]")
            for each in told:
                side = "debet" if each.amount_cents > 0 else "credit"
                shown = money.show(abs(each.amount_cents))
                print_text(f"   {side:<6} {shown}  {each.path} ({each.name})")
        if proef:
            say("Proef: niets geboekt.")
        elif outcome.replayed:
            say("Deze opdracht was al gedaan; er is niets dubbel geboekt.")
    return EXIT_OK if all_booked else EXIT_FINDING


def _line(told: _Told) -> dict[str, Value]:
    return {"rekening": told.path, "naam": told.name, "bedrag": amount(told.amount_cents)}


def _verdict(group: Booked | Refused) -> dict[str, Value]:
    if isinstance(group, Booked):
        return {"uitkomst": "geboekt", "boeking": group.entries[0]}
    refusal = group.refusal
    return {"uitkomst": "geweigerd", "code": refusal.code, "melding": refusal.message()}
