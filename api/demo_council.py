"""A change of the budget in the demo, put before the council and adopted in the year itself."""

from datetime import date
from typing import Final

from api import db
from api.demo_benefits import Steps
from api.invented import YEAR
from domains.budget_changes.model import ChangeLine, Duration
from domains.budget_changes.operations import adopt, draft
from domains.budget_changes.queries import budget_changes
from domains.budgets.mapping import Side
from domains.council.model import Cause

_DECIDED_ON: Final = date(YEAR, 6, 26)


async def load_change(steps: Steps, *, amount_cents: int) -> None:
    """Let the council give debt help more, out of what is free for poverty."""
    (version,) = await steps.once(
        lambda connection: draft(
            connection,
            instruction=steps.instruction("voorjaarswijziging"),
            year=YEAR,
            description="Voorjaarswijziging: meer schuldhulp (verzonnen)",
            lines=_lines(amount_cents),
        )
    )
    async with db.transaction(steps.engine, steps.gemeente) as connection:
        (change,) = await budget_changes(connection, gemeente=steps.gemeente, version=version)
    await steps.once(
        lambda connection: adopt(
            connection,
            instruction=steps.instruction("voorjaarswijziging-vastgesteld"),
            change=change.id,
            number=change.number,
            decision="Raadsbesluit voorjaarswijziging (verzonnen)",
            decided_on=_DECIDED_ON,
        )
    )


def _lines(amount_cents: int) -> tuple[ChangeLine, ...]:
    return tuple(
        ChangeLine(
            side=Side.EXPENSES,
            source=source,
            programme="H6",
            taakveld="6.3",
            change_cents=cents,
            duration=Duration.INCIDENTAL,
            cause=Cause.OWN,
        )
        for source, cents in (("SHV", amount_cents), ("ARM", -amount_cents))
    )
