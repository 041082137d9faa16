"""Who bears what another municipality paid: the fund whose help it is, the rest is a shortage."""

from datetime import date
from uuid import UUID

import pytest

from domains.eligibility.catalogue import RULE_BASE
from domains.eligibility.model import Facts
from domains.neighbours.model import Settlement
from domains.neighbours.rules import bear, days_of, funds_of

_BORN = date(2008, 5, 15)


def settlement(
    cents: int,
    *,
    kind: str = "begeleiding-bij-beperking",
    days: tuple[date, date] = (date(2026, 5, 10), date(2026, 5, 20)),
    facts: Facts = (("beperking", True), ("wlz-recht", False)),
) -> Settlement:
    """Make a settlement of ten days over the eighteenth birthday unless told."""
    return Settlement(
        id=UUID(int=1),
        gemeente="GM0344",
        to_gemeente="GM0150",
        item=UUID(int=2),
        amount_cents=cents,
        claimed_cents=0,
        is_accepted=False,
        kind=kind,
        birth_date=_BORN,
        facts=facts,
        from_date=days[0],
        until_date=days[1],
    )


# What is settled, what is free, and who bears how much.
@pytest.mark.parametrize(
    ("asked", "rooms", "borne"),
    [
        pytest.param(
            settlement(100),
            {"JW-2026": 500, "WMO-2026": 500},
            [("JW-2026", "E04", 50), ("WMO-2026", "E14", 50)],
            id="each law its own days",
        ),
        pytest.param(
            settlement(100),
            {"JW-2026": 20, "WMO-2026": 0},
            [("JW-2026", "E04", 20), ("TEKORT-2026", "E41", 30), ("TEKORT-2026", "E41", 50)],
            id="what a fund has, and the rest is a shortage",
        ),
        pytest.param(
            settlement(100, kind="maatwerk", facts=()),
            {},
            [("TEKORT-2026", "E41", 100)],
            id="help of no law is a shortage until people choose",
        ),
        pytest.param(
            settlement(
                100,
                kind="ggz-behandeling-volwassene",
                days=(date(2026, 6, 1), date(2026, 6, 11)),
                facts=(("verwijzing", True),),
            ),
            {"JW-2026": 500},
            [("TEKORT-2026", "E41", 100)],
            id="help of an outside payer",
        ),
    ],
)
def test_the_fund_whose_help_it_is_bears_the_costs(
    asked: Settlement, rooms: dict[str, int], borne: list[tuple[str, str, int]]
) -> None:
    judged = days_of(asked, rules=RULE_BASE)
    assert set(rooms) <= set(funds_of(judged)) | {"JW-2026"}
    found = bear(asked, judged=judged, rooms=rooms)
    assert [(each.fund, each.rule, each.amount_cents) for each in found] == borne
    assert sum(each.amount_cents for each in found) == asked.amount_cents
