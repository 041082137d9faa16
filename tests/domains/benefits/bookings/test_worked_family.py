"""The worked family, line by line: from forecast to what its domains settle."""

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from api import db
from domains.budget_changes.queries import budget_changes
from domains.budgets.mapping import Side
from ledger.balances import JournalEntry
from tests.domains.benefits.bookings import story
from tests.domains.benefits.bookings.support import (
    booked,
    entries,
    estimated,
    forecast,
    plan_of,
    standing,
)
from tests.domains.support import YEAR, Town

pytestmark = pytest.mark.postgres

STATES: Final = {
    "FORECAST": "verwacht",
    "MEASURED": "gemeten",
    "VALIDATED": "bekrachtigd",
    "SETTLED": "verzilverd",
}


@pytest.fixture
def example(testdata: Path) -> dict[str, Any]:
    """Read the worked example."""
    path = testdata / "attribution" / "benefit_ledger_example.json"
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return read


def wanted_of(entry: dict[str, Any]) -> tuple[str, frozenset[tuple[str, str, int]]]:
    return STATES[entry["state"]], frozenset(
        (line["account"], line["domain"].lower(), int(Decimal(line["amount"]) * 100))
        for line in entry["lines"]
    )


def written(entry: JournalEntry) -> tuple[str, frozenset[tuple[str, str, int]]]:
    return entry.lines[0].account.colour.partition("/")[2], frozenset(
        (
            "CONTRIB" if line.account.code == "9900" else "RECV",
            line.account.dimension("domein") or "",
            line.amount_cents,
        )
        for line in entry.lines
    )


async def test_the_worked_family_is_reproduced_line_by_line(
    town: Town, example: dict[str, Any]
) -> None:
    await story.told(town)
    async with db.transaction(town.engine, town.gemeente) as connection:
        (draft,) = await budget_changes(connection, gemeente=town.gemeente)
    assert [(line.side, line.source, line.change_cents) for line in draft.lines] == [
        (Side.EXPENSES, "JW", 1_068_60),
        (Side.REVENUES, "SHV", 1_068_60),
    ]
    assert draft.year == YEAR
    found = await entries(town)
    by_id = {each.id: each for each in found}
    wanted = {each["id"]: each for each in example["entries"] if each["book"] == "BATEN"}
    assert Counter(
        (written(each), written(by_id[each.reverses]) if each.reverses else None) for each in found
    ) == Counter(
        (wanted_of(each), wanted_of(wanted[each["reverses"]]) if each["reverses"] else None)
        for each in wanted.values()
    )
    kinds = {"RECV": "ontvanger", "CONTRIB": "betaler"}
    assert await standing(town) == {
        f"{STATES[state]} {kinds[account]} {domain.lower()}": int(Decimal(amount) * 100)
        for name, amount in example["balances"].items()
        for book, state, account, domain in [name.split("|")]
        if book == "BATEN" and Decimal(amount) != 0
    }
    await town.assert_sound()


async def test_a_forecast_stands_until_it_is_measured(town: Town) -> None:
    await forecast(town, story.EXPECTED)
    assert await standing(town) == {
        "verwacht betaler schulden": -5_140_80,
        "verwacht ontvanger jeugd": 5_140_80,
    }
    plan = await plan_of(town, "jeugd")
    await booked(town, plan, estimated(story.YOUTH))
    assert {each.partition(" ")[0] for each in await standing(town)} == {"gemeten"}
