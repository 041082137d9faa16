"""Prints how estimates of domain benefits fare against known truths: ``python -m tests.benefits``.

All scenarios with a thousand replications take some minutes on two cores. ``*`` is a figure that
does not clear its bar. The last lines are about size: ten thousand families, three years, five
domains.
"""

import argparse
import os
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Final

from domains.benefits.attribution import attribute, worth_of
from domains.benefits.diagnostics import diagnose
from domains.benefits.estimation import WINDOW, estimate
from domains.benefits.methods import METHODS
from domains.benefits.panel import admit
from tests.benefits.scenarios import SCENARIOS, Mean, Scenario, means
from tests.benefits.simulator import BASE, World, invent

_SHOWN: Final = ("bias", "dekking", "dekking ratio", "aangetoond", "verrekend")
_HIDDEN: Final = ("truth", "error")


def main() -> int:
    """Run the scenarios and print the table; 1 when a bar is not cleared."""
    parser = argparse.ArgumentParser(prog="python -m tests.benefits", description=__doc__)
    parser.add_argument("--herhalingen", type=int, default=1_000)
    parser.add_argument("--processen", type=int, default=os.cpu_count())
    parser.add_argument("--scenario", help="alleen dit scenario, zoals S4")
    chosen = parser.parse_args()
    if os.environ.get("OPENBLAS_NUM_THREADS") != "1":
        parser.error("zet OPENBLAS_NUM_THREADS=1: elk proces rekent al op een eigen kern")
    cleared = True
    with ProcessPoolExecutor(chosen.processen) as pool:
        for scenario in SCENARIOS:
            if chosen.scenario in {None, scenario.code}:
                look = partial(scenario.look, scenario)
                looks = list(pool.map(look, range(chosen.herhalingen), chunksize=5))
                cleared &= _tell(scenario, means(looks))
    if chosen.scenario in {None, "S12"}:
        cleared &= _tell_size()
    return 0 if cleared else 1


def _tell(scenario: Scenario, found: dict[tuple[str, str], Mean]) -> bool:
    """Print a scenario; a scenario that must fail is cleared when it does."""
    must_fail = scenario.code == "S4-0"
    failed = [bar for bar in scenario.bars if not found[bar.domain, bar.figure].clears(bar)]
    print(f"\n{scenario.code:<5} {scenario.says}", flush=True)
    for domain in dict.fromkeys(domain for domain, _ in found):
        names = [name for of, name in found if of == domain and name not in _HIDDEN]
        marked = {bar.figure for bar in failed if bar.domain == domain}
        told = (
            f"{name} {found[domain, name].value:.3f} (±{found[domain, name].error:.3f})"
            f"{'*' if name in marked else ''}"
            for name in sorted(names, key=lambda name: (name not in _SHOWN, name))
        )
        print(f"      {domain:<9} {'  '.join(told)}")
    if not scenario.bars:
        return True
    return bool(failed) is must_fail


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
