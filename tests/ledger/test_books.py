"""What the books refuse, in the order in which they look."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import db
from ledger import balances as read
from ledger import books, checker
from ledger.accounts import Account, Book
from ledger.books import VERDICTS, BelowFloor, FloorDiffers, InvalidText, Unbalanced, UnknownAccount
from ledger.entries import Booked, Entry, Outcome, Posting, PostingRequest, Refused
from tests.support.making import (
    DAY,
    NOW,
    YEAR,
    account,
    change_period,
    entry,
    lines,
    new_id,
    open_for_a_time,
    post,
    request,
)

pytestmark = [pytest.mark.postgres, pytest.mark.anyio]

REPAIRED_ONE_BY_ONE: Final = """
key  | lines                                  | booked on  | delivered             | reverses  | verdict
used | nowhere 0                              | 2025-12-31 | 2026-02-02 2026-02-02 | nothing   | sleutel-hergebruikt
new  | nowhere 0                              | 2025-12-31 | 2026-02-02 2026-02-02 | nothing   | te-weinig-regels
new  | nowhere 0   wmo-room -20000000000000   | 2025-12-31 | 2026-02-02 2026-02-02 | nothing   | bedrag-nul
new  | nowhere 1   wmo-room -20000000000000   | 2025-12-31 | 2026-02-02 2026-02-02 | nothing   | bedrag-te-groot
new  | nowhere 1   wmo-room -20               | 2025-12-31 | 2026-02-02 2026-02-02 | nothing   | rekening-onbekend
new  | cost 1      wmo-room -20               | 2025-12-31 | 2026-02-02 2026-02-02 | nothing   | meer-dan-een-boek
new  | source 20   wmo-room -20               | 2025-12-31 | 2026-02-02 2026-02-02 | nothing   | niet-in-evenwicht
new  | wmo-source 20 wmo-room -20             | 2025-12-31 | 2026-02-02 2026-02-02 | nothing   | prestatieperiode-ongeldig
new  | wmo-source 20 wmo-room -20             | 2025-12-31 | 2026-02-02 2026-02-03 | nothing   | periode-onbekend
new  | wmo-source 20 wmo-room -20             | 2026-01-31 | 2026-02-02 2026-02-03 | nothing   | periode-gesloten
new  | wmo-source 20 wmo-room -20             | 2026-02-01 | 2026-02-02 2026-02-03 | nothing   | boeking-onbekend
new  | wmo-source 20 wmo-room -20             | 2026-02-01 | 2026-02-02 2026-02-03 | undone    | al-teruggeboekt
new  | wmo-source 20 wmo-room -20             | 2026-02-01 | 2026-02-02 2026-02-03 | standing  | tegenboeking-wijkt-af
new  | wmo-source 20 wmo-room -20             | 2026-02-01 | 2026-02-02 2026-02-03 |           | saldo-ontoereikend
new  | wmo-source 10 wmo-room -10             | 2026-02-01 | 2026-02-02 2026-02-03 |           | geboekt
"""  # noqa: E501 - A situation is one line.
"""Each row repairs one thing of the row above it, so the rows are the order of the checks."""

WRONG_IN_ONE_THING: Final = """
key  | lines                                  | booked on  | delivered             | reverses  | verdict
new  | source -1 room 1                       | 2026-03-01 |                       |           | geboekt
new  | source -0.01 room 0.01                 | 2026-03-01 |                       |           | geboekt
new  | source -1 room 0.50 room 0.50          | 2026-03-01 |                       |           | geboekt
new  | source -1 room 1 wmo-source -2 wmo-room 2 | 2026-03-01 |                    |           | geboekt
new  |                                        | 2026-03-01 |                       |           | te-weinig-regels
new  | room 1                                 | 2026-03-01 |                       |           | te-weinig-regels
new  | source -1 room 1 wmo-room 0            | 2026-03-01 |                       |           | bedrag-nul
new  | source -10000000000000 room 10000000000000 | 2026-03-01 |                   |           | geboekt
new  | source -10000000000000.01 room 10000000000000.01 | 2026-03-01 |             |           | bedrag-te-groot
new  | source -1e17 room 1e17                 | 2026-03-01 |                       |           | bedrag-te-groot
new  | nowhere -1 room 1                      | 2026-03-01 |                       |           | rekening-onbekend
new  | elsewhere -1 room 1                    | 2026-03-01 |                       |           | rekening-onbekend
new  | cost -1 room 1                         | 2026-03-01 |                       |           | meer-dan-een-boek
new  | source -1 room 1.01                    | 2026-03-01 |                       |           | niet-in-evenwicht
new  | source -1 wmo-room 1                   | 2026-03-01 |                       |           | niet-in-evenwicht
new  | source -1 room 1 wmo-source -2 wmo-room 1.99 | 2026-03-01 |                 |           | niet-in-evenwicht
new  | source -1 room 1                       | 2026-03-01 | 2024-05-01 2024-06-01 |           | geboekt
new  | source -1 room 1                       | 2026-03-01 | 2024-06-01 2024-05-31 |           | prestatieperiode-ongeldig
new  | source -1 room 1                       | 2026-03-01 | 2024-06-01 2024-06-01 |           | prestatieperiode-ongeldig
new  | source -1 room 1                       | 2026-03-01 | 2024-06-01 -          |           | prestatieperiode-ongeldig
new  | source -1 room 1                       | 2026-03-01 | -          2024-06-01 |           | prestatieperiode-ongeldig
new  | source -1 room 1                       | 2025-12-31 |                       |           | periode-onbekend
new  | source -1 room 1                       | 2026-01-01 |                       |           | periode-gesloten
new  | source -1 room 1                       | 2026-01-31 |                       |           | periode-gesloten
new  | source -1 room 1                       | 2026-02-01 |                       |           | geboekt
new  | source -1 room 1                       | 2026-12-31 |                       |           | geboekt
new  | source -1 room 1                       | 2027-01-01 |                       |           | periode-onbekend
new  | source 10 room -10                     | 2026-03-01 |                       |           | geboekt
new  | source 10.01 room -10.01               | 2026-03-01 |                       |           | saldo-ontoereikend
new  | source 20 room -20 source -10 room 10  | 2026-03-01 |                       |           | geboekt
new  | source -100 room 90 deficit 10         | 2026-03-01 |                       |           | geboekt
new  | deficit -5 source 5                    | 2026-03-01 |                       |           | geboekt
new  | deficit -5.01 source 5.01              | 2026-03-01 |                       |           | saldo-ontoereikend
new  | source 10 room -10                     | 2026-03-01 |                       | standing  | geboekt
new  | source 10 room -10                     | 2026-03-01 |                       | nothing   | boeking-onbekend
new  | source 10 room -10                     | 2026-03-01 |                       | itself    | boeking-onbekend
new  | source 10 room -10                     | 2026-03-01 |                       | undone    | al-teruggeboekt
new  | source -10 room 10                     | 2026-03-01 |                       | standing  | tegenboeking-wijkt-af
new  | source 9 room -9                       | 2026-03-01 |                       | standing  | tegenboeking-wijkt-af
new  | source 10 room -10 wmo-source -1 wmo-room 1 | 2026-03-01 |                  | standing  | tegenboeking-wijkt-af
new  | source 10 room -5 room -5              | 2026-03-01 |                       | standing  | tegenboeking-wijkt-af
"""  # noqa: E501 - A situation is one line.
"""Each row stands for itself and differs from a good entry in one thing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Municipality:
    """Books with 2026 open but for January, and € 10,00 in each room.

    ``deficit`` may go down to € 5,00 below zero; ``standing`` filled the room, ``undone`` was
    reversed.
    """

    gemeente: str
    accounts: dict[str, UUID]
    reversible: dict[str, UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One situation and its verdict."""

    key: str
    lines: str
    booked_on: str
    delivered: str
    reverses: str
    verdict: str


def rows(table: str) -> list[Row]:
    """Read a table of situations."""
    _, *body = table.strip().splitlines()
    cells = [[cell.strip() for cell in line.split("|")] for line in body]
    return [
        Row(key=key, lines=text, booked_on=day, delivered=days, reverses=target, verdict=verdict)
        for key, text, day, days, target, verdict in cells
    ]


async def opened(engine: AsyncEngine, gemeente: str, elsewhere: str) -> Municipality:
    """Make the municipality of the tables."""
    wmo = "WMO-2026"
    named = {
        "source": account(gemeente, "0100"),
        "room": account(gemeente, "0110", floor_cents=0),
        "deficit": account(gemeente, "0190", floor_cents=-500),
        "wmo-source": account(gemeente, "0100", colour=wmo),
        "wmo-room": account(gemeente, "0110", colour=wmo, floor_cents=0),
        "cost": account(gemeente, "4000", book=Book.LASTEN),
    }
    fill = entry((named["source"], -1_000), (named["room"], 1_000))
    fill_wmo = entry((named["wmo-source"], -1_000), (named["wmo-room"], 1_000))
    wrong = entry((named["source"], -100), (named["room"], 100))
    undo = entry((named["source"], 100), (named["room"], -100), reverses=wrong.id)
    await change_period(engine, gemeente)
    await change_period(engine, gemeente, (date(2026, 1, 1), date(2026, 2, 1)), is_open=False)
    await post(
        engine,
        gemeente,
        request("used", (fill,), (fill_wmo,), (wrong,), (undo,), accounts=tuple(named.values())),
    )
    other = account(elsewhere, "0100")
    await post(engine, elsewhere, request("opened", accounts=(other,)))
    ids = {name: place.id for name, place in named.items()}
    return Municipality(
        gemeente=gemeente,
        accounts={**ids, "nowhere": new_id(), "elsewhere": other.id},
        reversible={"standing": fill.id, "undone": wrong.id, "nothing": new_id()},
    )


def asked(row: Row, at: Municipality) -> Entry:
    """Make the entry of a row."""
    words = row.lines.split()
    amounts = [
        (at.accounts[name], int(Decimal(euros).scaleb(2)))
        for name, euros in zip(words[::2], words[1::2], strict=True)
    ]
    first, last = (
        None if day == "-" else date.fromisoformat(day) for day in row.delivered.split() or "--"
    )
    entry_id = new_id()
    targets = {**at.reversible, "itself": entry_id, "": None}
    return entry(
        *amounts,
        day=date.fromisoformat(row.booked_on),
        performance=(first, last),
        reverses=targets[row.reverses],
        entry_id=entry_id,
    )


def told(outcome: Outcome) -> str:
    """Tell what became of a request of one group."""
    (group,) = outcome.groups
    return "geboekt" if isinstance(group, Booked) else group.refusal.code


@pytest.mark.parametrize("table", [REPAIRED_ONE_BY_ONE, WRONG_IN_ONE_THING], ids=["order", "one"])
async def test_verdict_of_each_situation(
    engine: AsyncEngine, new_gemeente: Callable[[], str], table: str
) -> None:
    elsewhere = new_gemeente()
    for number, row in enumerate(rows(table), 1):
        at = await opened(engine, new_gemeente(), elsewhere)
        wanted = request(
            "used" if row.key == "used" else "new", (asked(row, at),), content=f"row {number}"
        )
        before = await balances(engine, at.gemeente)
        (outcome,) = await post(engine, at.gemeente, wanted)
        assert told(outcome) == row.verdict, f"row {number}: {row}"
        if row.verdict == "geboekt":
            assert outcome.chain_number == 4, row
        else:
            assert outcome.chain_number is None, row
            assert await balances(engine, at.gemeente) == before, row


def test_tables_hold_every_verdict_in_the_order_of_the_checks() -> None:
    in_order = [row.verdict for row in rows(REPAIRED_ONE_BY_ONE)]
    assert in_order == [*VERDICTS, "geboekt"]
    assert {row.verdict for row in rows(WRONG_IN_ONE_THING)} == {*in_order} - {
        "sleutel-hergebruikt"
    }


async def balances(engine: AsyncEngine, gemeente: str) -> dict[UUID, int]:
    """Read every balance of a municipality."""
    async with db.transaction(engine, gemeente) as connection:
        found = await connection.exec_driver_sql(
            "SELECT account_id, balance_cents FROM ledger.balance"
        )
        return {row.account_id: row.balance_cents for row in found}


async def test_refusal_tells_the_facts(
    engine: AsyncEngine, new_gemeente: Callable[[], str]
) -> None:
    at = await opened(engine, new_gemeente(), new_gemeente())
    room, source, nowhere = at.accounts["room"], at.accounts["source"], at.accounts["nowhere"]
    overdrawn = entry((room, -1_500), (source, 1_500))
    crooked = entry((room, 100), (source, -98))
    unknown = entry((nowhere, 100), (source, -100))

    (outcome,) = await post(
        engine, at.gemeente, request("feiten", (overdrawn,), (crooked,), (unknown,))
    )

    assert outcome.groups == (
        Refused(
            refusal=BelowFloor(
                account=str(room), balance_cents=1_000, change_cents=-1_500, floor_cents=0
            )
        ),
        Refused(
            refusal=Unbalanced(
                entry=str(crooked.id), book="BUDGET", colour="JW-2026", difference_cents=2
            )
        ),
        Refused(refusal=UnknownAccount(entry=str(unknown.id), account=str(nowhere))),
    )
    assert "€ 10,00" in str(outcome.groups[0].refusal)


async def test_floor_holds_for_the_group_as_a_whole(
    engine: AsyncEngine, new_gemeente: Callable[[], str]
) -> None:
    at = await opened(engine, new_gemeente(), new_gemeente())
    room, source = at.accounts["room"], at.accounts["source"]
    out_and_in = (entry((room, -1_500), (source, 1_500)), entry((room, 500), (source, -500)))
    (outcome,) = await post(engine, at.gemeente, request("heen en weer", out_and_in))
    assert told(outcome) == "geboekt"
    assert (await balances(engine, at.gemeente))[room] == 0


async def test_one_wrong_entry_refuses_its_whole_group(
    engine: AsyncEngine, new_gemeente: Callable[[], str]
) -> None:
    at = await opened(engine, new_gemeente(), new_gemeente())
    room, source = at.accounts["room"], at.accounts["source"]
    good, wrong = entry((room, -1), (source, 1)), entry((room, 1), (source, -2))
    before = await balances(engine, at.gemeente)
    (outcome,) = await post(engine, at.gemeente, request("half goed", (good, wrong)))
    assert told(outcome) == "niet-in-evenwicht"
    assert await balances(engine, at.gemeente) == before


@pytest.mark.parametrize("amount", [1.5, 2.0, 0.1 + 0.2, "12.50"])
async def test_amount_that_is_no_whole_number_of_cents_books_nothing(
    engine: AsyncEngine, new_gemeente: Callable[[], str], amount: int
) -> None:
    at = await opened(engine, new_gemeente(), new_gemeente())
    before = await balances(engine, at.gemeente)
    wrong = entry((at.accounts["room"], amount), (at.accounts["source"], amount))
    with pytest.raises((DBAPIError, TypeError)):
        await post(engine, at.gemeente, request("geen centen", (wrong,)))
    assert await balances(engine, at.gemeente) == before


async def test_text_that_the_database_cannot_keep_books_nothing(
    engine: AsyncEngine, gemeente: str
) -> None:
    with pytest.raises(InvalidText):
        await post(engine, gemeente, request("nul\0", results=(new_id(),)))
    source = account(gemeente, "0000")
    named = replace(entry((source, 1), (source, -1)), metadata=(("naam", "nul\0"),))
    with pytest.raises(InvalidText):
        await post(engine, gemeente, request("in een naam", (named,)))
    (outcome,) = await post(engine, gemeente, request(r"geen \u0000", results=(new_id(),)))
    assert outcome.chain_number == 1, "written out it is a text like any other"


async def test_entry_id_that_stands_already_books_nothing(
    engine: AsyncEngine, new_gemeente: Callable[[], str]
) -> None:
    at = await opened(engine, new_gemeente(), new_gemeente())
    before = await balances(engine, at.gemeente)
    double = entry(
        (at.accounts["room"], -1),
        (at.accounts["source"], 1),
        entry_id=at.reversible["standing"],
    )
    with pytest.raises(IntegrityError, match="uq_entry_id"):
        await post(engine, at.gemeente, request("zelfde nummer", (double,)))
    assert await balances(engine, at.gemeente) == before


async def test_account_never_gets_another_floor(
    engine: AsyncEngine, new_gemeente: Callable[[], str]
) -> None:
    at = await opened(engine, new_gemeente(), new_gemeente())
    changed = account(at.gemeente, "0110", floor_cents=-1)
    with pytest.raises(FloorDiffers):
        await post(engine, at.gemeente, request("andere ondergrens", accounts=(changed,)))
    same = account(at.gemeente, "0110", floor_cents=0)
    (outcome,) = await post(engine, at.gemeente, request("zelfde", accounts=(same,)))
    assert outcome == Outcome(chain_number=None, groups=())


async def test_request_that_booked_nothing_is_forgotten_unless_it_has_results(
    engine: AsyncEngine, new_gemeente: Callable[[], str]
) -> None:
    at = await opened(engine, new_gemeente(), new_gemeente())
    decision = new_id()

    def wanted(key: str, *results: UUID) -> PostingRequest:
        too_much = entry((at.accounts["room"], -1_500), (at.accounts["source"], 1_500))
        return request(key, (too_much,), results=results)

    for key, results, remembered in (("vergeten", (), False), ("besluit", (decision,), True)):
        await post(engine, at.gemeente, wanted(key, *results))
        (again,) = await post(engine, at.gemeente, wanted(key, *results))
        assert again.replayed is remembered
        assert again.results == results
        assert told(again) == "saldo-ontoereikend"


async def test_every_text_is_kept_as_it_was_asked(engine: AsyncEngine, gemeente: str) -> None:
    """A call is PostgreSQL's own text for lists of rows; no value may be read as part of that."""
    odd = """ "a\\", '{b}' (c),(d) \\x00 \\\\" \t\n%s :e NULL é€😀 """
    map_of_odd = ((odd, odd), ("leeg", ""))
    room = replace(account(gemeente, odd, colour=odd, floor_cents=-5), dimensions=map_of_odd)
    other = replace(room, code="0110", floor_cents=None)
    wanted = replace(
        entry((room, -5), (other, 5), performance=(DAY, date(2026, 4, 1))),
        decision=new_id(),
        metadata=map_of_odd,
        kind=odd,
        description=odd,
        document=odd,
        rule_version=odd,
    )
    asked = replace(
        request(odd, (wanted,), accounts=(room, other), client=odd, results=(new_id(),)), actor=odd
    )
    await change_period(engine, gemeente)
    for replayed in (False, True):
        (outcome,) = await post(engine, gemeente, asked)
        assert (outcome.replayed, outcome.results) == (replayed, asked.results)
    async with db.transaction(engine, gemeente) as connection:
        (found,) = await read.find_entries(connection, gemeente=gemeente, entries=[wanted.id])
        report = await checker.check(connection, gemeente=gemeente, progress=None)
    assert {found.kind, found.description, found.document, found.rule_version} == {odd}
    assert (found.actor, found.decision) == (odd, wanted.decision)
    assert dict(found.metadata) == dict(map_of_odd)
    assert (found.performance_from, found.performance_until) == (DAY, date(2026, 4, 1))
    assert [line.account.id for line in found.lines] == [room.id, other.id]
    assert (found.lines[0].account.code, found.lines[0].account.floor_cents) == (odd, -5)
    assert report.is_clean, report.findings


async def test_second_call_in_one_transaction_is_refused(
    engine: AsyncEngine, new_gemeente: Callable[[], str]
) -> None:
    at = await opened(engine, new_gemeente(), new_gemeente())
    before = await balances(engine, at.gemeente)

    def wanted() -> PostingRequest:
        return request(
            str(new_id()), (entry((at.accounts["room"], -1), (at.accounts["source"], 1)),)
        )

    async def twice() -> None:
        async with db.transaction(engine, at.gemeente) as connection:
            for _ in range(2):
                await books.post(
                    connection, gemeente=at.gemeente, recorded_at=NOW, requests=[wanted()]
                )

    with pytest.raises(DBAPIError, match="tweede boekingsopdracht"):
        await twice()
    assert await balances(engine, at.gemeente) == before


async def call_post(connection: AsyncConnection, gemeente: str) -> None:
    await books.post(connection, gemeente=gemeente, recorded_at=NOW, requests=[])


async def call_lock_accounts(connection: AsyncConnection, gemeente: str) -> None:
    await books.lock_accounts(connection, gemeente=gemeente, accounts=[])


async def call_change_period(connection: AsyncConnection, gemeente: str) -> None:
    await books.change_period(
        connection,
        gemeente=gemeente,
        from_date=DAY,
        until_date=date(2027, 1, 1),
        is_open=True,
        actor="tester",
        reason="proef",
        recorded_at=NOW,
    )


@pytest.mark.parametrize("call", [call_post, call_lock_accounts, call_change_period])
async def test_call_for_another_municipality_is_refused(
    engine: AsyncEngine,
    new_gemeente: Callable[[], str],
    call: Callable[[AsyncConnection, str], Awaitable[None]],
) -> None:
    mine, other = new_gemeente(), new_gemeente()

    async def crossed() -> None:
        async with db.transaction(engine, mine) as connection:
            await call(connection, other)

    with pytest.raises(DBAPIError, match="is niet die van deze transactie"):
        await crossed()


async def test_lock_accounts_counts_those_that_exist(
    engine: AsyncEngine, new_gemeente: Callable[[], str]
) -> None:
    at = await opened(engine, new_gemeente(), new_gemeente())
    wanted = [at.accounts[name] for name in ("room", "source", "nowhere", "elsewhere")]
    async with db.transaction(engine, at.gemeente) as connection:
        locked = await books.lock_accounts(connection, gemeente=at.gemeente, accounts=wanted)
    assert locked == 2


async def test_period_that_ends_before_it_starts_is_refused(
    engine: AsyncEngine, gemeente: str
) -> None:
    with pytest.raises(IntegrityError, match="ck_period_change_days"):
        await change_period(engine, gemeente, (DAY, DAY))


async def test_last_word_on_a_day_counts(
    engine: AsyncEngine, new_gemeente: Callable[[], str]
) -> None:
    at = await opened(engine, new_gemeente(), new_gemeente())
    days = (date(2026, 3, 1), date(2026, 4, 1))
    for is_open, verdict in ((False, "periode-gesloten"), (True, "geboekt")):
        await change_period(engine, at.gemeente, days, is_open=is_open)
        wanted = entry((at.accounts["room"], -1), (at.accounts["source"], 1))
        (outcome,) = await post(engine, at.gemeente, request(str(wanted.id), (wanted,)))
        assert told(outcome) == verdict


def test_line_keeps_its_basis_and_amount() -> None:
    place = new_id()
    assert lines((place, -5)) == (Posting(account=place, amount_cents=-5, basis=""),)


def test_account_id_follows_from_its_key() -> None:
    first = Account(gemeente="GM0344", book=Book.BUDGET, code="1", colour="JW")
    assert first.id == Account(gemeente="GM0344", book=Book.BUDGET, code="1", colour="JW").id
    others = {
        Account(gemeente="GM0345", book=Book.BUDGET, code="1", colour="JW").id,
        Account(gemeente="GM0344", book=Book.LASTEN, code="1", colour="JW").id,
        Account(gemeente="GM0344", book=Book.BUDGET, code="1J", colour="W").id,
        Account(
            gemeente="GM0344", book=Book.BUDGET, code="1", colour="JW", dimensions=(("a", "b"),)
        ).id,
        first.id,
    }
    assert len(others) == 5


async def test_days_are_open_up_to_a_moment_and_closed_from_then_on(
    engine: AsyncEngine, new_gemeente: Callable[[], str]
) -> None:
    at = await opened(engine, new_gemeente(), new_gemeente())
    days = (date(2026, 3, 1), date(2026, 4, 1))
    moment = timedelta(microseconds=1)
    for open_until, verdict in ((NOW, "periode-gesloten"), (NOW + moment, "geboekt")):
        await open_for_a_time(engine, at.gemeente, days, open_until=open_until)
        wanted = entry((at.accounts["room"], -1), (at.accounts["source"], 1))
        (outcome,) = await post(engine, at.gemeente, request(str(wanted.id), (wanted,)))
        assert told(outcome) == verdict
        async with db.transaction(engine, at.gemeente) as connection:
            is_open = await read.is_open(connection, gemeente=at.gemeente, day=days[0], at=NOW)
        assert is_open == (verdict == "geboekt")


async def test_days_are_closed_right_after_what_was_booked_in_them(
    engine: AsyncEngine, new_gemeente: Callable[[], str]
) -> None:
    at = await opened(engine, new_gemeente(), new_gemeente())

    def wanted() -> PostingRequest:
        return request(
            str(new_id()), (entry((at.accounts["room"], -1), (at.accounts["source"], 1)),)
        )

    async def close(connection: AsyncConnection) -> int:
        return await books.change_period(
            connection,
            gemeente=at.gemeente,
            from_date=YEAR[0],
            until_date=YEAR[1],
            is_open=False,
            actor="tester",
            reason="jaar is om",
            recorded_at=NOW,
        )

    async with db.transaction(engine, at.gemeente) as connection:
        (booked,) = await books.post(
            connection, gemeente=at.gemeente, recorded_at=NOW, requests=[wanted()]
        )
        number = await close(connection)
    assert (told(booked), number) == ("geboekt", (booked.chain_number or 0) + 1)
    (late,) = await post(engine, at.gemeente, wanted())
    assert told(late) == "periode-gesloten"

    async def close_first() -> None:
        async with db.transaction(engine, at.gemeente) as connection:
            await close(connection)
            await books.post(connection, gemeente=at.gemeente, recorded_at=NOW, requests=[wanted()])

    with pytest.raises(DBAPIError, match="tweede boekingsopdracht"):
        await close_first()
