"""`ontschot checkpoint`: what the chain is now, signed and kept outside the database."""

import rich_click as click

from api.cli.desk import Desk, at_desk
from api.cli.options import as_format, common, gemeente, proef, settings_for
from api.cli.output import EXIT_OK, Format, Value, amount, print_json, print_text, say
from api.runtime import require_books
from api.sealing import keep, seal_of, sign
from domains.municipalities.names import by_code_or_name
from ledger import checkpoints, money


@click.command(
    options_metavar="[OPTIES]",
    help="Leg de stand van de boeken vast in een ondertekend controlepunt.\n\n"
    "Bewaar een kopie van het bestand en van de publieke sleutel op een andere plek: daarmee"
    " bewijst `ontschot controleer` dat niemand de boeken heeft ingekort of herschreven.",
    epilog="Voorbeeld: ontschot checkpoint --gemeente GM0344",
)
@gemeente
@proef
@common
def command(  # noqa: D103 - its help says it.
    *, gemeente: str, proef: bool, formaat: str, folder: str | None
) -> int:
    settings = settings_for(folder)
    municipality = by_code_or_name(gemeente)
    require_books(settings)

    async def work(desk: Desk) -> int:
        seal = seal_of(desk.database.key_folder, desk.database.checkpoint_folder)
        made = await sign(desk.engine, municipality.code, at=desk.clock.now(), seal=seal)
        file = None if proef else str(keep(seal, made))
        if as_format(formaat) is Format.JSON:
            print_json(_document(made, file))
        else:
            print_text(_text(made))
            say("Proef: niets bewaard." if file is None else f"Bewaard in {file}.")
        return EXIT_OK

    return at_desk(settings, work)


def _document(made: checkpoints.Checkpoint, file: str | None) -> Value:
    return {
        "gemeente": made.gemeente,
        "schakel": made.chain_number,
        "hash": made.link_hash.hex(),
        "boekingen": made.entries,
        "debet": {book: amount(cents) for book, cents in made.debits},
        "jws": made.jws,
        "bestand": file,
    }


def _text(made: checkpoints.Checkpoint) -> str:
    debits = "; ".join(f"{book} {money.show(cents)}" for book, cents in made.debits)
    return (
        f"Controlepunt van {made.gemeente}: schakel {made.chain_number}, {made.entries} boekingen,"
        f" debet {debits or 'niets'}\nhash {made.link_hash.hex()}"
    )
