"""Sixteen callers who each post one entry at a time: the books, and the ceiling under them."""

import asyncio
import re
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import psycopg
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from benchmarks import workload
from ledger.coalescer import Coalescer
from ledger.entries import PostingRequest

CALLERS: Final = 16

_MANY: Final = r"""
\set giving random(1, 2000)
\set step random(1, 1999)
\set receiving 1 + (:giving - 1 + :step) % 2000
SELECT raw.post(:giving, :receiving, 1);
"""
_HOT: Final = r"""
\set receiving random(2, 2000)
SELECT raw.post(1, :receiving, 1);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Entries per second, how long a caller waited (milliseconds), and our processor time."""

    per_second: float
    entries: int
    program_us: float
    median_ms: float
    p99_ms: float


def make_ceiling(url: str) -> None:
    """Make the tables and the function of the ceiling in a database of their own."""
    statements = (Path(__file__).parent / "ceiling.sql").read_text()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statements.encode())
        connection.execute("VACUUM ANALYZE")


def ceiling(binaries: Path, url: str, *, hot: bool, seconds: int) -> float:
    """Give the entries per second of pgbench calling the ceiling's function."""
    command = [str(binaries / "pgbench"), "--no-vacuum", "--protocol=prepared"]
    command += [f"--client={CALLERS}", "--jobs=1", f"--time={seconds}", "--file=-", url]
    done = subprocess.run(
        command, input=_HOT if hot else _MANY, capture_output=True, text=True, check=True
    )
    found = re.search(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)
    assert found is not None, done.stdout
    return float(found[1])


async def coalesced(
    engine: AsyncEngine, asked: Sequence[PostingRequest], *, seconds: float
) -> Speed:
    """Give the speed of callers who share commits; the requests were made beforehand."""
    coalescer = Coalescer(partial(db.posts, engine), lambda: workload.NOW)
    left = iter(asked)
    waits: list[float] = []
    started = time.perf_counter()
    used = time.process_time()

    async def call() -> None:
        for request in left:
            before = time.perf_counter()
            workload.check([await coalescer.post(workload.GEMEENTE, request)])
            after = time.perf_counter()
            waits.append(after - before)
            if after - started > seconds:
                return

    await asyncio.gather(*(call() for _ in range(CALLERS)))
    took = time.perf_counter() - started
    await coalescer.aclose()
    waits.sort()
    return Speed(
        per_second=len(waits) / took,
        entries=len(waits),
        program_us=(time.process_time() - used) / len(waits) * 1e6,
        median_ms=waits[len(waits) // 2] * 1000,
        p99_ms=waits[len(waits) * 99 // 100] * 1000,
    )
