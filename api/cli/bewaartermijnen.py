"""`ontschot bewaartermijnen`: forget the families whose term is over."""

from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

import rich_click as click
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.cli.desk import Desk, at_desk, instruction, key_for, once
from api.cli.options import as_format, common, gemeente, proef, settings_for
from api.cli.output import EXIT_OK, Format, print_json, print_text, say
from api.messages import vault_of
from api.runtime import require_books
from domains.municipalities.names import by_code_or_name
from domains.persons.operations import forget_family
from domains.persons.rules import StillHelped
from domains.persons.vault import Vault
from domains.privacy.model import Retention
from domains.privacy.queries import known_families
from domains.privacy.rules import decide_retention
from ledger.entries import fingerprint


@click.command(
    options_metavar="[OPTIES]",
    help="Vergeet de gezinnen waarvan de bewaartermijn voorbij is.\n\n"
    "De termijn begint bij de laatste wijziging en volgt uit wat de hulp betaalde: de langste telt."
    " Waar nog hulp loopt of iets op iemand wacht, blijft het gezin bekend.",
    epilog="Voorbeeld: ontschot bewaartermijnen --gemeente GM0344 --proef",
)
@gemeente
@proef
@common
def command(*, gemeente: str, proef: bool, formaat: str, folder: str | None) -> int:
    """Forget what is due, each family in a database transaction of its own, or only list it."""
    settings = settings_for(folder)
    require_books(settings)
    code = by_code_or_name(gemeente).code

    async def work(desk: Desk) -> tuple[list[Retention], list[UUID]]:
        async with db.transaction(desk.engine, code) as connection:
            known = await known_families(connection, gemeente=code)
        today = desk.clock.today()
        due = [each for each in map(decide_retention, known) if each.ends_on <= today]
        kept = []
        vault = partial(vault_of, settings, desk.database.key_folder)
        for each in () if proef else due:
            try:
                await _forget(desk, code, vault, each)
            except StillHelped:
                kept.append(each.family)
        return due, kept

    due, kept = at_desk(settings, work)
    _show(due, kept, chosen=as_format(formaat), in_rehearsal=proef)
    return EXIT_OK


async def _forget(desk: Desk, code: str, vault: Callable[[], Vault], due: Retention) -> None:
    reason = f"bewaartermijn {due.term.legal_basis}, laatste wijziging {due.last_change}"
    key = key_for("bewaartermijn", code, str(due.family), reason)
    given = instruction(desk, gemeente=code, key=key, fingerprint=fingerprint(key))

    async def forget(connection: AsyncConnection) -> tuple[UUID, ...]:
        return await forget_family(
            connection, instruction=given, vault=vault, family=due.family, reason=reason
        )

    await once(desk, code, forget)


def _show(
    due: Sequence[Retention], kept: Sequence[UUID], *, chosen: Format, in_rehearsal: bool
) -> None:
    if chosen is Format.JSON:
        print_json(
            {
                "proef": in_rehearsal,
                "gezinnen": [
                    {
                        "gezin": each.family,
                        "laatsteWijziging": each.last_change,
                        "bewarenTot": each.ends_on,
                        "artikel": each.term.legal_basis,
                        "vergeten": not in_rehearsal and each.family not in kept,
                    }
                    for each in due
                ],
            }
        )
        return
    for each in due:
        print_text(
            f"{each.family}  laatste wijziging {each.last_change}, te bewaren tot {each.ends_on}"
            f" ({each.term.legal_basis})"
        )
    print_text(f"{len(due)} gezinnen over hun termijn.")
    for family in kept:
        say(f"Gezin {family} blijft bekend: er loopt nog hulp of er wacht nog iets.")
    if in_rehearsal:
        say("Proef: er is niets vernietigd.")
