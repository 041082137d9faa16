"""Prints how estimates of domain benefits fare against known truths: ``python -m tests.benefits``.

All scenarios with a thousand replications take a quarter of an hour on two cores. Each replication
is kept, so who breaks it off goes on where it was, until a line of the method or of a scenario
changes. ``*`` is a figure that does not clear its bar. The last lines are about size: ten thousand
families, three years, five domains.
"""

import argparse
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from api.cli.progress import bar
from domains.benefits import attribution, diagnostics, estimation, panel, rates, settlement, studies
from domains.benefits.attribution import attribute, worth_of
from domains.benefits.diagnostics import diagnose
from domains.benefits.estimation import WINDOW, estimate
from domains.benefits.methods import METHODS, shapley
from domains.benefits.panel import admit
from tests.benefits import scenarios, simulator
from tests.benefits.kept_looks import KeptLooks, fingerprint
from tests.benefits.scenarios import SCENARIOS, Bar, Figures, Mean, Scenario, means
from tests.benefits.simulator import BASE, World, invent

_METHOD: Final = (
    *(attribution, diagnostics, estimation, panel, rates, settlement, shapley, studies),
    *(scenarios, simulator),
)
_KEPT: Final = Path(__file__).resolve().parents[2] / "benchmarks" / "results"
_INTERRUPTED: Final = 130
_SHOWN: Final = ("bias", "dekking", "dekking ratio", "aangetoond", "verrekend")
_HIDDEN: Final = ("truth", "error")
_MONEY: Final = ("error", "bekrachtigd")
"""Figures in cents, told in euros."""


def main() -> int:
    """Run the scenarios and print the table; 1 when a bar is not cleared, 130 when broken off."""
    parser = argparse.ArgumentParser(prog="python -m tests.benefits", description=__doc__)
    parser.add_argument("--herhalingen", type=int, default=1_000)
    parser.add_argument("--processen", type=int, default=os.cpu_count())
    parser.add_argument("--scenario", help="alleen dit scenario, zoals S4")
    chosen = parser.parse_args()
    if os.environ.get("OPENBLAS_NUM_THREADS") != "1":
        parser.error("zet OPENBLAS_NUM_THREADS=1: elk proces rekent al op een eigen kern")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    kept = KeptLooks(_KEPT / f"baten-{fingerprint(_METHOD)}.jsonl")
    asked = [each for each in SCENARIOS if chosen.scenario in {None, each.code}]
    cleared = True
    with ProcessPoolExecutor(chosen.processen, initializer=_leave_to_parent) as pool:
        try:
            for scenario in asked:
                _complete(scenario, kept, pool=pool, count=chosen.herhalingen)
                cleared &= _tell(scenario, means(kept.of(scenario.code, chosen.herhalingen)))
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            to_do = sum(len(kept.missing(each.code, chosen.herhalingen)) for each in asked)
            print(
                f"\nOnderbroken: nog {to_do} van {len(asked) * chosen.herhalingen} herhalingen."
                " Dezelfde opdracht gaat verder waar zij was.",
                file=sys.stderr,
            )
            return _INTERRUPTED
    if chosen.scenario in {None, "S12"}:
        cleared &= _tell_size()
    return 0 if cleared else 1


def _leave_to_parent() -> None:
    """Let the program that started this process say when it stops."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _complete(
    scenario: Scenario, kept: KeptLooks, *, pool: ProcessPoolExecutor, count: int
) -> None:
    """Do the replications that were not done before, and keep each."""
    missing = kept.missing(scenario.code, count)
    look: Callable[[int], Figures] = partial(scenario.look, scenario)
    with bar(scenario.code) as progress:
        for done, (seed, figures) in enumerate(
            zip(missing, pool.map(look, missing, chunksize=5), strict=True), 1
        ):
            kept.keep(scenario.code, seed, figures)
            progress(scenario.says, count - len(missing) + done, count)


def _tell(scenario: Scenario, found: Mapping[tuple[str, str], Mean]) -> bool:
    """Print a scenario; a scenario that must fail is cleared when it does."""
    must_fail = scenario.code == "S4-0"
    bars = {(bar.domain, bar.figure): bar for bar in scenario.bars}
    print(f"\n{scenario.code:<5} {scenario.says}", flush=True)
    for domain in dict.fromkeys(domain for domain, _ in found):
        names = [
            name
            for of, name in found
            if of == domain and (name not in _HIDDEN or (of, name) in bars)
        ]
        told = (
            _in_words(name, found[domain, name], bars.get((domain, name)))
            for name in sorted(names, key=lambda name: (name not in _SHOWN, name))
        )
        print(f"      {domain:<9} {'  '.join(told)}")
    cleared = [found[place].clears(bar) for place, bar in bars.items()]
    return not cleared or all(cleared) is not must_fail


def _in_words(name: str, mean: Mean, bar: Bar | None) -> str:
    """Write a mean with its standard error, its bar, and a star when it does not clear that."""
    unit = 100 if name in _MONEY else 1
    told = f"{name} {mean.value / unit:.{0 if name in _MONEY else 3}f}"
    if mean.error:
        told += f" ±{mean.error / unit:.{0 if name in _MONEY else 3}f}"
    if bar is None:
        return told
    least, most = (
        "" if np.isinf(each) else f"{each / unit:.2f}".rstrip("0").rstrip(".")
        for each in (bar.least, bar.most)
    )
    limits = least if least == most else f"{least}..{most}"
    return f"{told} [{limits}]{'' if mean.clears(bar) else '*'}"


def _tell_size() -> bool:
    """Measure an estimate with attribution at full size, in seconds and megabytes."""
    town = invent(World(families=10_000, domains=tuple(BASE), ratios={"jeugd": 0.8}), seed=1)
    before = time.perf_counter()
    admission = admit(town.panel, window=WINDOW)
    found = estimate(town.panel, admission=admission)
    estimated = time.perf_counter()
    for effect in found.effects:
        worth = worth_of(
            ["hulp"],
            counterfactual_cents=round(effect.counterfactual),
            ratios={frozenset({"hulp"}): effect.ratio},
        )
        attribute(worth, method=METHODS[0], paid={"hulp": {"schulden": 2, "jeugd": 1}})
    divided = time.perf_counter()
    for domain, effect in enumerate(found.effects):
        diagnose(town.panel, domain, admission=admission, effect=effect, opinions=())
    looked = time.perf_counter()
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print("\nS12   10 000 gezinnen x 36 maanden x 5 domeinen")
    print(
        f"      schatten {estimated - before:.1f} s  verdelen {divided - estimated:.3f} s"
        f"  twijfel zoeken {looked - divided:.1f} s  geheugen {megabytes:.0f} MB"
    )
    return divided - before < 60 and megabytes < 1_000


if __name__ == "__main__":
    sys.exit(main())
