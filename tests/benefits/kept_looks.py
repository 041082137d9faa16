"""Keeps what was found of each replication, so that a bench that was broken off goes on."""

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from types import ModuleType

import msgspec

from tests.benefits.scenarios import Figures


class _Line(msgspec.Struct, frozen=True):
    scenario: str
    seed: int
    figures: list[tuple[str, str, float]]


class KeptLooks:
    """The figures of each replication of each scenario, in a file that is only added to."""

    def __init__(self, path: Path) -> None:
        """Read the file if there is one; a line that was broken off counts as not there."""
        self._path = path
        self._found: dict[tuple[str, int], Figures] = {}
        for text in path.read_bytes().splitlines() if path.exists() else ():
            try:
                line = msgspec.json.decode(text, type=_Line)
            except msgspec.DecodeError:
                continue
            self._found[line.scenario, line.seed] = {
                (domain, name): value for domain, name, value in line.figures
            }

    def keep(self, scenario: str, seed: int, figures: Figures) -> None:
        """Keep a replication."""
        line = _Line(
            scenario=scenario,
            seed=seed,
            figures=[(domain, name, float(value)) for (domain, name), value in figures.items()],
        )
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            # A new line first, so that what follows on a broken one stands apart from it.
            file.write(b"\n" + msgspec.json.encode(line))
        self._found[scenario, seed] = figures

    def missing(self, scenario: str, count: int) -> list[int]:
        """Give which of the first so many replications were not done."""
        return [seed for seed in range(count) if (scenario, seed) not in self._found]

    def of(self, scenario: str, count: int) -> list[Figures]:
        """Give the first so many replications."""
        return [self._found[scenario, seed] for seed in range(count)]


def fingerprint(modules: Iterable[ModuleType]) -> str:
    """Name a state of some modules: what was found with another one is worth nothing."""
    found = sha256()
    for module in modules:
        found.update(Path(module.__file__ or "").read_bytes())
    return found.hexdigest()[:12]
