"""The database itself refuses a line whose rule does not allow its fund to pay on those days."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.accounts import Account, Book
from ledger.entries import Booked, Entry, Posting, Refused
from tests.support import making
from tests.support.databases import Database
from tests.support.making import change_period, new_id, post, request

# rule | fund | days of performance, until exclusive (none: the booking day) -> what happens
LINES = """
-   | JW-2026     | 2026-03-01..2026-03-02 | geboekt
E01 | JW-2026     | 2026-03-01..2026-03-02 | geboekt
E01 | JW-2026     | -                      | geboekt
E01 | WMO-2026    | 2026-03-01..2026-03-02 | geweigerd, de regel is van een andere bron
E01 | JW          | 2026-03-01..2026-03-02 | geweigerd, dit is geen middel
E01 | JW-2022     | 2022-12-31..2023-01-01 | geweigerd, de regel gold nog niet
E01 | JW-2022     | 2022-12-31..2023-01-02 | geweigerd, de regel gold niet op elke dag
E01 | JW-2023     | 2023-01-01..2023-01-02 | geboekt
E04 | JW-2024     | 2024-01-01..2025-01-01 | geboekt
E04 | JW-2025     | 2024-12-31..2025-01-02 | geweigerd, er gelden twee versies
E05 | JW-2026     | 2026-03-01..2026-03-02 | geweigerd, de regel is een nee
E05 | WMO-2026    | 2026-03-01..2026-03-02 | geweigerd, de regel is een nee
E24 | ARM-2026    | 2026-03-01..2026-03-02 | geweigerd, de regel is een nee
E27 | BUIG-2026   | 2026-03-01..2026-03-02 | geweigerd, de regel is een nee
E36 | JW-2026     | 2026-03-01..2026-03-02 | geweigerd, de regel is een nee
E35 | SHV-2026    | 2026-03-01..2026-03-02 | geboekt
E35 | BUIG-2026   | 2026-03-01..2026-03-02 | geweigerd, buiten de bundeling
E41 | TEKORT-2026 | 2026-03-01..2026-03-02 | geboekt
E41 | JW-2026     | 2026-03-01..2026-03-02 | geweigerd, alleen een tekort
E99 | JW-2026     | 2026-03-01..2026-03-02 | geweigerd, de regel bestaat niet
"""


def lawful_entry(
    gemeente: str, rule: str, fund: str, days: str
) -> tuple[Entry, tuple[Account, ...]]:
    """Make an entry of 5,00 cost that rests on a rule; without days it has the booking day only."""
    accounts = (
        Account(gemeente=gemeente, book=Book.LASTEN, code="4210", colour=fund),
        Account(gemeente=gemeente, book=Book.LASTEN, code="1200", colour=fund),
    )
    made = making.entry((accounts[0], 5_00), (accounts[1], -5_00))
    start, _, end = days.partition("..")
    return (
        replace(
            made,
            performance_from=date.fromisoformat(start) if end else None,
            performance_until=date.fromisoformat(end) if end else None,
            postings=tuple(replace(line, basis=rule) for line in made.postings),
        ),
        accounts,
    )


async def booked(engine: AsyncEngine, gemeente: str, entries: Sequence[Entry]) -> bool:
    """Tell whether the database lets entries pass, all or none."""
    try:
        await post(engine, gemeente, request(str(new_id()), tuple(entries)))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != "OS010":
            raise
        return False
    return True


@pytest.mark.parametrize("row", LINES.strip().splitlines())
async def test_a_line_stands_on_a_rule_of_its_own_fund_that_held_on_every_day(
    engine: AsyncEngine, gemeente: str, row: str
) -> None:
    rule, fund, days, expected = (cell.strip() for cell in row.split("|"))
    await change_period(engine, gemeente)
    made, accounts = lawful_entry(gemeente, rule.replace("-", ""), fund, days)
    await post(engine, gemeente, request("rekeningen", accounts=accounts, results=(new_id(),)))
    assert await booked(engine, gemeente, [made]) is (expected == "geboekt")


async def test_one_unlawful_line_stops_everything_of_its_call(
    engine: AsyncEngine, gemeente: str
) -> None:
    await change_period(engine, gemeente)
    good, accounts = lawful_entry(gemeente, "E01", "JW-2026", "2026-03-01..2026-03-02")
    bad, _ = lawful_entry(gemeente, "E05", "JW-2026", "2026-03-01..2026-03-02")
    await post(engine, gemeente, request("rekeningen", accounts=accounts, results=(new_id(),)))
    assert not await booked(engine, gemeente, [good, bad])
    assert await booked(engine, gemeente, [good])


@pytest.mark.parametrize("wrong", ["niet-in-evenwicht", "meer-dan-een-boek", "rekening-onbekend"])
async def test_entry_that_the_books_refuse_is_not_asked_for_its_rule(
    engine: AsyncEngine, gemeente: str, wrong: str
) -> None:
    await change_period(engine, gemeente)
    good, (cost, paid) = lawful_entry(gemeente, "E01", "JW-2026", "2026-03-01..2026-03-02")
    other = {
        "niet-in-evenwicht": replace(paid, colour="WMO-2026"),
        "meer-dan-een-boek": replace(paid, book=Book.BUDGET),
        "rekening-onbekend": replace(paid, code="1299"),
    }
    opened = (cost, paid, other["niet-in-evenwicht"], other["meer-dan-een-boek"])
    await post(engine, gemeente, request("rekeningen", accounts=opened, results=(new_id(),)))
    lines = (good.postings[0], replace(good.postings[1], account=other[wrong].id))
    bad = replace(good, id=new_id(), postings=tuple(replace(line, basis="E99") for line in lines))

    (outcome,) = await post(engine, gemeente, request("samen", (good,), (bad,)))

    booked_group, refused_group = outcome.groups
    assert booked_group == Booked(entries=(good.id,))
    assert isinstance(refused_group, Refused)
    assert refused_group.refusal.code == wrong


async def test_every_line_of_a_draw_names_a_rule(engine: AsyncEngine, gemeente: str) -> None:
    await change_period(engine, gemeente)
    made, accounts = lawful_entry(gemeente, "E01", "JW-2026", "2026-03-01..2026-03-02")
    await post(engine, gemeente, request("rekeningen", accounts=accounts, results=(new_id(),)))
    first, second = made.postings
    for bare in ((replace(first, basis=""), second), (first, replace(second, basis=""))):
        draw = replace(made, id=new_id(), kind="trekking", postings=bare)
        assert not await booked(engine, gemeente, [draw])
        assert await booked(engine, gemeente, [replace(draw, kind="memoriaal")])
    assert await booked(engine, gemeente, [replace(made, kind="trekking")])


def test_rules_are_added_by_the_owner_only_and_never_changed(app_url: str, owner_url: str) -> None:
    for url, statement, code in (
        (app_url, "UPDATE domains.rule SET outcome = 'TOEGESTAAN'", "42501"),
        (app_url, "DELETE FROM domains.rule", "42501"),
        (owner_url, "UPDATE domains.rule SET outcome = 'TOEGESTAAN'", "OS001"),
        (owner_url, "DELETE FROM domains.rule", "OS001"),
        (owner_url, "TRUNCATE domains.rule", "OS001"),
        (owner_url, "UPDATE domains.source SET hardness = 'RAAD'", "OS001"),
    ):
        with psycopg.connect(url) as connection, pytest.raises(psycopg.DatabaseError) as found:
            connection.execute(statement.encode())
        assert found.value.sqlstate == code


# gemeente | rule | outcome | hardness | decision | sources | kinds | ages -> what stops it
LOCAL_RULES = """
-      | E50 | TOEGESTAAN | RAAD | besluit 1 | ARM | kindpakket | 0-18 | 42501
eigen  | L01 | TOEGESTAAN | RAAD | besluit 1 | ARM | kindpakket | 0-18 | -
eigen  | L02 | TOEGESTAAN | WET  | besluit 1 | ARM | kindpakket | 0-18 | 23514
eigen  | L03 | EXTERN     | RAAD | besluit 1 | ARM | kindpakket | 0-18 | 23514
eigen  | L04 | TOEGESTAAN | RAAD | -         | ARM | kindpakket | 0-18 | 23514
eigen  | E05 | TOEGESTAAN | RAAD | besluit 1 | JW  | kindpakket | 0-18 | OS011
eigen  | E01 | NIET       | RAAD | besluit 1 | JW  | kindpakket | 0-18 | OS011
eigen  | E25 | NIET       | RAAD | besluit 1 | ARM | kindpakket | 0-18 | -
eigen  | L05 | TOEGESTAAN | RAAD | besluit 1 | JW  | begeleiding-bij-beperking | 18-99 | OS011
eigen  | L05 | TOEGESTAAN | RAAD | besluit 1 | BUIG | kindpakket | 0-18 | OS011
eigen  | L05 | NIET       | RAAD | besluit 1 | BUIG | kindpakket | 0-18 | -
eigen  | L05 | TOEGESTAAN | RAAD | besluit 1 | SHV | begeleiding-bij-beperking | 18-99 | -
anders | L06 | TOEGESTAAN | RAAD | besluit 1 | ARM | kindpakket | 0-18 | 42501
"""


@pytest.mark.parametrize("row", LOCAL_RULES.strip().splitlines())
def test_the_database_lets_a_municipality_add_rules_but_never_loosen_the_law(
    app_url: str, gemeente: str, row: str
) -> None:
    whose, rule, outcome, hardness, decision, source, kind, ages, expected = (
        cell.strip() for cell in row.split("|")
    )
    age_from, _, age_until = ages.partition("-")
    values = (
        {"-": "", "eigen": gemeente, "anders": "GM0001"}[whose],
        rule,
        new_id(),
        [source],
        [kind],
        int(age_from),
        int(age_until),
        outcome,
        hardness,
        decision.replace("-", ""),
    )
    code = _insert(app_url, gemeente, values)
    assert (code or "-") == expected


def _insert(url: str, gemeente: str, values: tuple[object, ...]) -> str | None:
    """Add a local rule as the application; give the code of what stopped it."""
    with psycopg.connect(url) as connection:
        connection.execute("SELECT set_config('ontschot.gemeente', %s, true)", (gemeente,))
        try:
            connection.execute(
                "INSERT INTO domains.rule (gemeente, rule_id, version, version_id, sources,"
                " sources_in_order, reach, kinds, person, age_from, age_until, conditions,"
                " outcome, hardness, legal_basis, explanation, valid_from, decision, recorded_at,"
                " actor) VALUES (%s, %s, 1, %s, %s, false, 'soort', %s, 'iedereen', %s, %s, '',"
                " %s, %s, 'verordening', 'Uitleg.', '2026-01-01', %s, '2026-01-01', 'proef')",
                values,
            )
        except psycopg.DatabaseError as error:
            return error.sqlstate
    return None


async def test_a_reversal_of_a_lawful_line_passes_when_its_rule_was_closed_since(
    engine: AsyncEngine, app_url: str, gemeente: str
) -> None:
    await change_period(engine, gemeente)
    made, accounts = lawful_entry(gemeente, "E25", "ARM-2026", "2026-03-01..2026-03-02")
    await post(engine, gemeente, request("een", (made,), accounts=accounts))
    values = (gemeente, "E25", new_id(), ["ARM"], ["kindpakket"], 0, 18, "NIET", "RAAD", "besluit")
    assert _insert(app_url, gemeente, values) is None
    again, _ = lawful_entry(gemeente, "E25", "ARM-2026", "2026-03-01..2026-03-02")
    assert not await booked(engine, gemeente, [again])
    assert await booked(engine, gemeente, [_mirror(made)])
    before, _ = lawful_entry(gemeente, "E25", "ARM-2026", "2025-12-30..2026-01-01")
    assert await booked(engine, gemeente, [before])


def _mirror(made: Entry) -> Entry:
    """Give the entry that takes another one back."""
    return replace(
        made,
        id=new_id(),
        reverses=made.id,
        postings=tuple(
            Posting(account=line.account, amount_cents=-line.amount_cents, basis=line.basis)
            for line in made.postings
        ),
    )


def test_another_municipality_sees_no_rules_but_its_own_and_the_common_ones(
    app_url: str, gemeente: str, database: Database
) -> None:
    number: UUID = new_id()
    values = (gemeente, "L01", number, ["ARM"], ["kindpakket"], 0, 18, "NIET", "RAAD", "besluit")
    assert _insert(app_url, gemeente, values) is None
    for reader, expected in ((gemeente, {"", gemeente}), ("GM0001", {""})):
        with psycopg.connect(database.app_url) as connection:
            connection.execute("SELECT set_config('ontschot.gemeente', %s, true)", (reader,))
            found = connection.execute("SELECT DISTINCT gemeente FROM domains.rule").fetchall()
        assert {row[0] for row in found} == expected
