"""Checks that the books are right: derives again what was derived and names every difference.

It reads in ranges, so that memory stays flat however long the books are, and never writes. Give it
a connection whose database transaction is REPEATABLE READ READ ONLY, so that it sees one moment.
"""

from asyncio import TaskGroup
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, cast
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.accounts import Account, Book
from ledger.chain_statements import REQUESTS
from ledger.findings import Finding, Report, found_by
from ledger.passes import PASSES, Axis

Progress: TypeAlias = Callable[[str, int, int], None]
"""Told what is being read, how much of it was, and how much there is."""

MOST_FINDINGS: Final = 1_000
"""How many findings of one pass are told; of the others only the number."""

PYTHON_GUARDS: Final = (
    ("account", "account_id"),
    ("request", "request_number"),
    ("request", "verdicts"),
    ("request", "results"),
    ("entry", "request_number"),
    ("entry", "group_number"),
)
"""Table and columns that are guarded by a pass in Python instead of a statement."""

UNGUARDED: Final[Mapping[tuple[str, str], str]] = {
    ("chain_head", "posted_by"): "Technical: stops a second call in one database transaction;"
    " tells nothing about money and does not survive a restored copy.",
}
"""Columns of the books that no pass guards, each with the reason."""

_RANGE: Final = 10_000
"""Rows per range, as measured: larger is hardly faster and takes more of work_mem."""

_LARGEST_RANGE: Final = 100_000
"""Rows per range where there are many accounts, because each range reads them all."""

_LOWEST: Final = -(2**63)
_HIGHEST: Final = 2**63 - 1
_IDS: Final = 2**128

# Statistics may be old right after a large import; these keep every range on its keys.
_PLANNER: Final = """
SELECT set_config('enable_seqscan', 'off', true), set_config('enable_nestloop', 'off', true),
       set_config('jit', 'off', true), set_config('datestyle', 'ISO, YMD', true),
       set_config('work_mem', '32MB', true)
"""

# Without the right settings every table looks empty, and an empty ledger is always right.
_SEES: Final = """
SELECT NOT row_security_active('ledger.entry')
    OR coalesce(current_setting('ontschot.gemeente', true), '') = %(gemeente)s
       AND coalesce(current_setting('ontschot.teams', true), '') = '*'
"""

_SIZES: Final = """
SELECT (SELECT count(*) FROM ledger.entry
        WHERE gemeente = %(gemeente)s AND chain_number > %(after)s),
       (SELECT count(*) FROM ledger.posting WHERE gemeente = %(gemeente)s),
       (SELECT count(*) FROM ledger.account WHERE gemeente = %(gemeente)s),
       (SELECT coalesce(max(chain_number), 0) FROM ledger.link WHERE gemeente = %(gemeente)s)
"""

_NEXT: Final = """
SELECT chain_number, entries FROM (
    SELECT chain_number, sum(entries) OVER walk AS entries,
           sum(1::bigint + accounts + entries + requests) OVER walk AS rows
    FROM ledger.link WHERE gemeente = %(gemeente)s AND chain_number > %(after)s
    WINDOW walk AS (ORDER BY chain_number)) AS link
WHERE rows >= %(rows)s::bigint ORDER BY chain_number LIMIT 1
"""

_ACCOUNTS: Final = """
SELECT account_id, book, code, colour, dimensions, chain_number FROM ledger.account
WHERE gemeente = %(gemeente)s AND account_id BETWEEN %(first)s AND %(last)s ORDER BY account_id
"""


async def check(
    connection: AsyncConnection,
    *,
    gemeente: str,
    progress: Progress | None,
    since: int | None = None,
    beside: Sequence[AsyncConnection] = (),
) -> Report:
    """Check the books of one gemeente and report every difference.

    With ``since``, entries and links up to and including that chain number are taken as checked;
    balances, month totals and floors are always checked over the whole books. Connections
    ``beside`` the first share its work; each must see this gemeente at the same moment as it.

    :raises ValueError: a database transaction is for another gemeente.
    """
    for one in (connection, *beside):
        await one.exec_driver_sql(_PLANNER)
        sees = await one.exec_driver_sql(_SEES, {"gemeente": gemeente})
        if not sees.scalar_one():
            raise ValueError(f"this database transaction does not see the rows of {gemeente}")
    found = _Found(gemeente)
    jobs = await _jobs(connection, found, since)
    waiting = iter(jobs)
    done: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for job in jobs:
        total[job.what] += job.size

    async def work(one: AsyncConnection) -> None:
        for job in waiting:
            await _do(one, job, found)
            done[job.what] += job.size
            if progress is not None:
                progress(job.what, done[job.what], total[job.what])

    try:
        async with TaskGroup() as tasks:
            for one in (connection, *beside):
                tasks.create_task(work(one))
    except ExceptionGroup as several:
        raise several.exceptions[0] from several  # The caller knows errors of one connection.
    await _ask(connection, Axis.WHOLE, {"gemeente": gemeente}, found)
    return found.report()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """One range of the books to be looked at, and how much of what is in it."""

    axis: Axis
    bounds: Mapping[str, Any]
    what: str
    size: int


async def _jobs(connection: AsyncConnection, found: "_Found", since: int | None) -> list[_Job]:
    """Cut the books into ranges of about the same number of rows."""
    gemeente, after = found.gemeente, _LOWEST if since is None else since
    sizes = await connection.exec_driver_sql(_SIZES, {"gemeente": gemeente, "after": after})
    entries, postings, accounts, chain_number = (int(size) for size in sizes.one())
    found.entries, found.chain_number = entries, chain_number
    jobs: list[_Job] = []
    left = entries
    rows = max(_RANGE, min(accounts, _LARGEST_RANGE))
    while after < _HIGHEST:
        start = {"gemeente": gemeente, "after": after, "rows": rows}
        answer = await connection.exec_driver_sql(_NEXT, start)
        step: Sequence[Any] = answer.first() or (_HIGHEST, left)
        until, size = step
        bounds = {"gemeente": gemeente, "after": after, "until": until}
        jobs.append(_Job(axis=Axis.CHAIN, bounds=bounds, what="boekingen", size=int(size)))
        after, left = until, left - int(size)
    parts = 1 + max(accounts // _RANGE, postings // (4 * _RANGE))
    for part in range(parts):
        bounds = {
            "gemeente": gemeente,
            "first": UUID(int=_IDS * part // parts),
            "last": UUID(int=_IDS * (part + 1) // parts - 1),
        }
        size = accounts * (part + 1) // parts - accounts * part // parts
        jobs.append(_Job(axis=Axis.ACCOUNTS, bounds=bounds, what="rekeningen", size=size))
    return jobs


async def _do(connection: AsyncConnection, job: _Job, found: "_Found") -> None:
    """Run every pass over one range."""
    await _ask(connection, job.axis, job.bounds, found)
    if job.axis is Axis.CHAIN:
        await _check_requests(connection, job.bounds, found)
    else:
        await _check_account_ids(connection, job.bounds, found)


class _Found:
    """What was found so far, and per pass how many findings there were."""

    def __init__(self, gemeente: str) -> None:
        self.gemeente = gemeente
        self.entries = 0
        self.chain_number = 0
        self.kept: list[Finding] = []
        self._number: Counter[str] = Counter()

    def add(self, name: str, findings: Sequence[Finding], total: int) -> None:
        room = max(0, MOST_FINDINGS - self._number[name])
        self._number[name] += total
        self.kept += findings[:room]

    def report(self) -> Report:
        return Report(
            gemeente=self.gemeente,
            chain_number=self.chain_number,
            entries=self.entries,
            findings=tuple(self.kept),
            omitted=tuple(
                (name, number - MOST_FINDINGS)
                for name, number in self._number.items()
                if number > MOST_FINDINGS
            ),
        )


async def _ask(
    connection: AsyncConnection, axis: Axis, bounds: Mapping[str, Any], found: _Found
) -> None:
    """Run every pass of one axis over one range."""
    for one in PASSES:
        if one.axis is not axis:
            continue
        answer = await connection.exec_driver_sql(_told(one.statement), dict(bounds))
        rows = answer.all()
        if rows:
            found.add(one.name, [_finding(found.gemeente, row) for row in rows], rows[0][-1])


def _told(statement: str) -> str:
    """Keep an answer short: in order, the first ones only, each with the number of all."""
    return f"""
        SELECT told.*, count(*) OVER () FROM ({statement}) AS told
            (kind, chain_number, entry, account, detail, expected, found)
        ORDER BY chain_number, entry, account, kind, detail LIMIT {MOST_FINDINGS}"""


def _finding(gemeente: str, row: Sequence[Any]) -> Finding:
    kind, chain_number, entry, account, detail, expected, found, _ = row
    return found_by(
        kind,
        gemeente,
        chain_number=chain_number,
        entry=entry,
        account=account,
        detail=detail,
        expected=expected,
        found=found,
    )


async def _check_requests(
    connection: AsyncConnection, bounds: Mapping[str, Any], found: _Found
) -> None:
    """Compare the answers to requests with what was booked."""
    answer = await connection.exec_driver_sql(REQUESTS, dict(bounds))
    rows: Sequence[Sequence[Any]] = answer.all()
    findings: list[Finding] = []
    for chain_number, request_number, verdicts, sizes, has_results in rows:
        try:
            read = msgspec.json.decode(verdicts, type=list[int | dict[str, Any]])
        except msgspec.DecodeError:
            kind, expected, booked = "opdracht-onleesbaar", None, verdicts
        else:
            answered = [verdict for verdict in read if isinstance(verdict, int)]
            if answered == sizes and (sizes or has_results):
                continue
            kind, expected, booked = "opdracht-leeg", None, None
            if answered != sizes:
                kind = "opdracht-boekingen"
                expected, booked = ", ".join(map(str, answered)), ", ".join(map(str, sizes))
        findings.append(
            found_by(
                kind,
                found.gemeente,
                chain_number=chain_number,
                detail=f"opdracht {request_number}",
                expected=expected,
                found=booked,
            )
        )
    found.add("opdrachten", findings, len(findings))


async def _check_account_ids(
    connection: AsyncConnection, bounds: Mapping[str, Any], found: _Found
) -> None:
    """Derive every account's id again from its natural key."""
    answer = await connection.exec_driver_sql(_ACCOUNTS, dict(bounds))
    rows: Sequence[Sequence[Any]] = answer.all()
    findings: list[Finding] = []
    for account_id, book, code, colour, dimensions, chain_number in rows:
        account = Account(
            gemeente=found.gemeente,
            book=cast("Book", book),  # Also a book that does not exist is a finding.
            code=code,
            colour=colour,
            dimensions=tuple(sorted((name, str(value)) for name, value in dimensions.items())),
        )
        if account.id != account_id:
            findings.append(
                found_by(
                    "rekening-nummer",
                    found.gemeente,
                    chain_number=chain_number,
                    account=account_id,
                    expected=str(account.id),
                    found=str(account_id),
                )
            )
    found.add("rekeningnummers", findings, len(findings))
