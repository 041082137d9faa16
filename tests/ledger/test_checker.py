"""The checker itself: what it reads, in which ranges, and how much it tells."""

from collections.abc import AsyncIterator, Callable
from string import Formatter
from typing import Final

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import db
from ledger import checker, independent
from ledger.findings import SENTENCES, Report, found_by
from ledger.passes import PASSES
from tests.ledger.filled import fill
from tests.support.databases import Database
from tests.support.making import account, change_period, entry, post, request

pytestmark = [pytest.mark.postgres, pytest.mark.anyio]

ENTRIES: Final = 9
LINKS: Final = 7


@pytest.fixture
async def filled(engine: AsyncEngine, new_gemeente: Callable[[], str]) -> str:
    """Give a municipality with books."""
    gemeente = new_gemeente()
    await fill(engine, gemeente)
    return gemeente


@pytest.fixture
async def superuser(database: Database) -> AsyncIterator[AsyncConnection]:
    """Give a superuser whose changes are rolled back, with the triggers out of the way."""
    made = db.engine_for(database.superuser_url)
    async with made.connect() as connection:
        await connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        yield connection
        await connection.rollback()
    await made.dispose()


async def test_books_that_were_only_posted_to_are_clean(engine: AsyncEngine, filled: str) -> None:
    async with db.transaction(engine, filled) as connection:
        report = await checker.check(connection, gemeente=filled, progress=None)
        other = await independent.check(connection, gemeente=filled, progress=None)
    assert report == other
    assert report == Report(gemeente=filled, chain_number=LINKS, entries=ENTRIES, findings=())
    assert report.is_clean


async def test_municipality_without_books_is_clean(engine: AsyncEngine, gemeente: str) -> None:
    async with db.transaction(engine, gemeente) as connection:
        report = await checker.check(connection, gemeente=gemeente, progress=None)
        other = await independent.check(connection, gemeente=gemeente, progress=None)
    assert report == other == Report(gemeente=gemeente, chain_number=0, entries=0, findings=())


async def test_books_where_all_was_refused_are_clean(engine: AsyncEngine, gemeente: str) -> None:
    nowhere = account(gemeente, "0100")
    await post(engine, gemeente, request("geweigerd", (entry((nowhere, 1), (nowhere, -1)),)))
    async with db.transaction(engine, gemeente) as connection:
        report = await checker.check(connection, gemeente=gemeente, progress=None)
        other = await independent.check(connection, gemeente=gemeente, progress=None)
    assert report == other
    assert report.is_clean


async def test_check_reads_and_never_writes(engine: AsyncEngine, filled: str) -> None:
    async with db.snapshot(engine, filled) as connection:
        report = await checker.check(connection, gemeente=filled, progress=None)
        other = await independent.check(connection, gemeente=filled, progress=None)
    assert report == other
    assert report.entries == ENTRIES


async def test_connections_beside_share_the_work_and_the_moment(
    engine: AsyncEngine, filled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checker, "_RANGE", 1)
    monkeypatch.setattr(checker, "_LARGEST_RANGE", 1)
    steps: list[tuple[str, int, int]] = []
    async with db.snapshot(engine, filled) as first:
        await change_period(engine, filled)
        async with (
            db.same_moment(engine, filled, first) as second,
            db.same_moment(engine, filled, first) as third,
        ):
            report = await checker.check(
                first,
                gemeente=filled,
                progress=lambda *step: steps.append(step),
                beside=[second, third],
            )
    assert report == Report(gemeente=filled, chain_number=LINKS, entries=ENTRIES, findings=())
    assert ("boekingen", ENTRIES, ENTRIES) in steps
    assert ("rekeningen", 9, 9) in steps


async def test_transaction_for_another_municipality_is_refused(
    engine: AsyncEngine, filled: str, new_gemeente: Callable[[], str]
) -> None:
    async with db.transaction(engine, new_gemeente()) as connection:
        with pytest.raises(ValueError, match=filled):
            await checker.check(connection, gemeente=filled, progress=None)
        with pytest.raises(ValueError, match=filled):
            await independent.check(connection, gemeente=filled, progress=None)


async def test_database_error_reaches_the_caller_as_it_was(
    filled: str, superuser: AsyncConnection
) -> None:
    await superuser.exec_driver_sql("ALTER TABLE ledger.posting RENAME COLUMN basis TO grond")
    with pytest.raises(DBAPIError, match="basis"):
        await checker.check(superuser, gemeente=filled, progress=None)


@pytest.mark.parametrize("rows", [1, 2, 3])
async def test_small_ranges_find_the_same(
    filled: str, superuser: AsyncConnection, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    for change in (
        "UPDATE ledger.posting SET amount_cents = amount_cents + 1 WHERE {}",
        "UPDATE ledger.link SET entries = entries + 1, recorded_at = now() WHERE {}",
        "DELETE FROM ledger.link WHERE {} AND chain_number = 3",
        "UPDATE ledger.account SET code = code || 'x' WHERE {}",
    ):
        await superuser.exec_driver_sql(change.format(f"gemeente = '{filled}'"))
    whole = await checker.check(superuser, gemeente=filled, progress=None)
    monkeypatch.setattr(checker, "_RANGE", rows)
    monkeypatch.setattr(checker, "_LARGEST_RANGE", rows)
    steps: list[tuple[str, int, int]] = []
    in_parts = await checker.check(
        superuser, gemeente=filled, progress=lambda *step: steps.append(step)
    )
    other = await independent.check(superuser, gemeente=filled, progress=None)
    assert set(in_parts.findings) == set(whole.findings) == set(other.findings)
    assert len(steps) > 6 // rows
    assert steps[-1] == ("rekeningen", 9, 9)


async def test_progress_ends_where_the_books_end(engine: AsyncEngine, filled: str) -> None:
    steps: list[tuple[str, int, int]] = []
    async with db.transaction(engine, filled) as connection:
        await checker.check(connection, gemeente=filled, progress=lambda *step: steps.append(step))
        await independent.check(
            connection, gemeente=filled, progress=lambda *step: steps.append(step)
        )
    assert steps[:2] == [("boekingen", ENTRIES, ENTRIES), ("rekeningen", 9, 9)]
    assert steps[-1] == ("boekingen", ENTRIES, ENTRIES)


async def test_what_was_checked_before_can_be_left_out(
    filled: str, superuser: AsyncConnection
) -> None:
    await superuser.exec_driver_sql(
        f"UPDATE ledger.entry SET description = 'anders' WHERE gemeente = '{filled}'"
    )
    late = await checker.check(superuser, gemeente=filled, progress=None, since=4)
    assert {finding.chain_number for finding in late.findings} == {7}
    assert late.entries == 1
    nothing = await checker.check(superuser, gemeente=filled, progress=None, since=LINKS)
    assert nothing.is_clean
    assert nothing.entries == 0


async def test_many_findings_are_counted_and_the_first_ones_told(
    filled: str, superuser: AsyncConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    await superuser.exec_driver_sql(
        f"UPDATE ledger.entry SET description = 'anders' WHERE gemeente = '{filled}'"
    )
    monkeypatch.setattr(checker, "MOST_FINDINGS", 4)
    for rows in (2, 5_000):
        monkeypatch.setattr(checker, "_RANGE", rows)
        monkeypatch.setattr(checker, "_LARGEST_RANGE", rows)
        report = await checker.check(superuser, gemeente=filled, progress=None)
        assert len(report.findings) == 4
        assert report.omitted == (("boekingen", ENTRIES - 4),)


async def test_another_municipality_is_not_looked_at(
    engine: AsyncEngine, filled: str, new_gemeente: Callable[[], str], superuser: AsyncConnection
) -> None:
    neighbour = new_gemeente()
    await change_period(engine, neighbour)
    await superuser.exec_driver_sql(
        f"UPDATE ledger.entry SET description = 'anders' WHERE gemeente = '{filled}'"
    )
    report = await checker.check(superuser, gemeente=neighbour, progress=None)
    assert report.is_clean


def test_every_pass_has_its_own_name() -> None:
    assert len({one.name for one in PASSES}) == len(PASSES)


@pytest.mark.parametrize("kind", SENTENCES)
def test_every_sentence_names_the_place(kind: str) -> None:
    names = {name for _, name, _, _ in Formatter().parse(SENTENCES[kind]) if name}
    assert names <= {"detail", "expected", "found"}
    finding = found_by(kind, "GM1998", chain_number=3, expected="1", found="2", detail="iets")
    assert finding.message.startswith("Gemeente GM1998, schakel 3: ")
    assert finding.message.endswith(".")
