"""An import of many entries: the books in batches, and a plain COPY of the same rows."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final

import psycopg
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from benchmarks import workload
from ledger.entries import PostingRequest

UNDER_WAY: Final = 2
"""An importer prepares the next batch while the server works on this one."""

_BARE: Final = """
DROP SCHEMA IF EXISTS bare CASCADE;
CREATE SCHEMA bare;
CREATE TABLE bare.entry (LIKE ledger.entry INCLUDING INDEXES INCLUDING STORAGE);
CREATE TABLE bare.posting (LIKE ledger.posting INCLUDING INDEXES INCLUDING STORAGE);
"""
_ROWS: Final = """
COPY (SELECT * FROM ledger.{table} WHERE chain_number > {after}
      ORDER BY chain_number, position) TO STDOUT
"""


async def posted(
    engine: AsyncEngine, asked: Sequence[PostingRequest], *, batch: int, under_way: int
) -> float:
    """Post everything in batches, a request and a commit each, and give the entries per second."""
    batches = iter([asked[first : first + batch] for first in range(0, len(asked), batch)])

    async def work() -> None:
        async with db.posts(engine, workload.GEMEENTE) as post:
            for each in batches:
                workload.check(await post(workload.NOW, [workload.as_import(each)]))

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(under_way)))
    return len(asked) / (time.perf_counter() - started)


def copied(url: str, *, after: int, entries: int) -> float:
    """Copy what was posted after a link into bare tables and give the entries per second."""
    with psycopg.connect(url) as connection:
        connection.execute(_BARE.encode())
        connection.commit()
        rows = {}
        for table in ("entry", "posting"):
            with connection.cursor().copy(_ROWS.format(table=table, after=after).encode()) as out:
                rows[table] = b"".join(out)
        connection.commit()
        started = time.perf_counter()
        for table, data in rows.items():
            with connection.cursor().copy(f"COPY bare.{table} FROM STDIN".encode()) as into:
                into.write(data)
        connection.commit()
        took = time.perf_counter() - started
        found = connection.execute("SELECT count(*) FROM bare.entry").fetchone()
        assert found == (entries,), found
        return entries / took
