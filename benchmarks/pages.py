"""How long visitors wait for the first byte of a page while others visit too.

``python -m benchmarks.pages``; `make bench` measures it too. Some visitors walk through the main
pages of the demo without pause, each with its own session; the same visitors then ask in turn for
something that needs no database, which is the ceiling of this server, this client and machine.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from benchmarks.measurements import Row
from tests.api.web.conftest import Browser
from tests.browser.__main__ import demo

_VISITORS: Final = 8
_ROUNDS: Final = 2
_CEILING: Final = "/gezondheid/leeft"
_PLACE: Final = "GM0344 wijkteam WK034400"
_PAGES: Final = {
    "teamleider": ("/wijkteam", "/wijkteam/akkoord"),
    "wethouder": ("/wethouder", "/wethouder/ontwikkeling"),
    "financieel": ("/financien", "/financien/betalers", "/financien/journaal"),
    "controller": ("/controle", "/controle/rechtmatigheid"),
}


def measure() -> Row:
    """Measure at a demo of our own; the slowest percent of all pages, and each page beside it."""
    with demo() as here:
        waits = asyncio.run(_visit(here))
    every = [wait for path, found in waits.items() if path != _CEILING for wait in found]
    return Row(
        name=f"pages, first byte, ms: p99 with {_VISITORS} visitors at once",
        value=_share(every, 99),
        facts={
            path: f"p50 {_share(found, 50):.1f}, p99 {_share(found, 99):.1f}"
            for path, found in [("all pages", every), *waits.items()]
        },
    )


async def _visit(here: str) -> Mapping[str, Sequence[float]]:
    """Let every visitor walk at once; gives the milliseconds of each visit by path."""
    waits: dict[str, list[float]] = defaultdict(list)
    personas = [list(_PAGES)[number % len(_PAGES)] for number in range(_VISITORS)]
    visitors = [Browser(base_url=here, timeout=60) for _ in personas]
    for visitor, persona in zip(visitors, personas, strict=True):
        await visitor.sign_in(persona, _PLACE)
    for rounds in (1, _ROUNDS):  # The first round warms up.
        waits.clear()
        await asyncio.gather(
            *(
                _walk(visitor, _PAGES[persona] * rounds, waits)
                for visitor, persona in zip(visitors, personas, strict=True)
            )
        )
    asked = [_CEILING] * 20
    await asyncio.gather(*(_walk(visitor, asked, waits) for visitor in visitors))
    for visitor in visitors:
        await visitor.aclose()
    return waits


async def _walk(visitor: Browser, paths: Sequence[str], waits: dict[str, list[float]]) -> None:
    for path in paths:
        began = time.perf_counter()
        async with visitor.stream("GET", path) as answer:
            waits[path].append((time.perf_counter() - began) * 1000)
            await answer.aread()
        assert answer.is_success, f"{path}: {answer.status_code}"


def _share(waits: Sequence[float], percent: int) -> float:
    """Give what so many percent of the waits stay under."""
    return sorted(waits)[min(len(waits) * percent // 100, len(waits) - 1)]


if __name__ == "__main__":
    row = measure()
    print(f"{row.name}: {row.value:.1f}")
    for fact, told in row.facts.items():
        print(f"    {fact}: {told}")
