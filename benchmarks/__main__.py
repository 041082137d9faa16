"""Run the measurements, print them with their aims and keep them as JSON.

``python -m benchmarks`` (about six minutes) or ``python -m benchmarks --snel`` (one minute, small
books, for who is changing something).
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from dataclasses import asdict
from datetime import UTC
from pathlib import Path
from typing import Final

import uvloop

from api.clock import SystemClock
from api.postgres import erase, find_binaries, start
from benchmarks import pages
from benchmarks.machine import describe
from benchmarks.measurements import Plan, Row, measure

_QUICK: Final = Plan(
    rounds=2, seconds=2, bulk_entries=20_000, few_entries=5_000, many_entries=40_000, accounts=4_000
)
_FULL: Final = Plan(
    rounds=3,
    seconds=3,
    bulk_entries=100_000,
    few_entries=10_000,
    many_entries=1_000_000,
    accounts=100_000,
)
_SETTINGS: Final = {"shared_buffers": "1GB", "max_wal_size": "8GB"}
"""Room for the books in memory; everything that makes a commit durable stays on."""


def main() -> int:
    """Measure in a folder of our own, which is thrown away afterwards."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--snel", action="store_true", help="klein en kort")
    chosen = parser.parse_args()
    plan = _QUICK if chosen.snel else _FULL
    folder = Path(tempfile.mkdtemp(prefix="ontschot-meting-", dir="/var/tmp"))
    folder.chmod(0o711)
    binaries = find_binaries(None)
    machine = describe(folder)
    print(json.dumps(asdict(machine)), flush=True)
    try:
        with start(folder, binaries, settings=_SETTINGS) as server:
            rows = uvloop.run(measure(server, binaries, plan, _tell))
    finally:
        erase(folder, binaries)
        shutil.rmtree(folder, ignore_errors=True)
    rows.append(pages.measure())
    _tell(rows[-1])
    results = Path(__file__).parent / "results"
    results.mkdir(exist_ok=True)
    at = SystemClock().now().astimezone(UTC)
    kept = results / f"{at:%Y%m%dT%H%M%SZ}{'-snel' if chosen.snel else ''}.json"
    document = {
        "machine": asdict(machine),
        "load_at_end": os.getloadavg(),
        "settings": _SETTINGS,
        "plan": asdict(plan),
        "measurements": [asdict(row) | {"met": row.met} for row in rows],
    }
    kept.write_text(json.dumps(document, indent=2) + "\n")
    print()
    for row in rows:
        _tell(row)
    print(f"\nload at the end {os.getloadavg()[0]:.2f}; kept in {kept}")
    return 0


def _tell(row: Row) -> None:
    """Print one measurement with its least and its aim."""
    bound = "" if row.least is None else f"{'' if row.met else '  NOT MET'}"
    limits = "" if row.least is None else f"({row.sense} {row.least:g}, aim {row.aim:g})"
    print(f"{row.name:<66} {row.value:>10.3g} {limits}{bound}", flush=True)
    for fact, value in row.facts.items():
        print(f"    {fact}: {value}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
