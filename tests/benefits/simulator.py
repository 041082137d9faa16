"""Invents families whose true savings are known, so that an estimate can be held against the truth.

Only tests and the bench import this file. Costs are multiplicative: a domain's base, times the
family's severity and children, the season, a trend, a persistent shock and months of nothing.
Help begins more often with severe families. The truth is the expected cost without help minus the
expected cost with it, over the same cells that are measured.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.random import Generator

from domains.benefits.panel import NEVER, Floats, Integers, Mask, Panel

MONTHS: Final = 36
BASE: Final[Mapping[str, int]] = {
    "schulden": 12_000,
    "jeugd": 90_000,
    "ggz": 26_000,
    "wmo": 15_000,
    "armoede": 6_000,
}
"""Cents a month for a family with one child and average severity."""
ADULT: Final[Mapping[str, float]] = {"jeugd": 0.15, "wmo": 1.5}
"""What a child's costs become on its 18th birthday."""


@dataclass(frozen=True, kw_only=True)
class World:
    """A scenario: what is true in it."""

    families: int = 300
    domains: tuple[str, ...] = ("jeugd",)
    treated_share: float = 0.35
    ratios: Mapping[str, float] = field(default_factory=dict)
    """What help makes of the costs of a domain once it works (after a ramp of six months)."""
    shift_to: Mapping[str, str] = field(default_factory=dict)
    """A domain whose saving another domain pays, euro for euro."""
    dip: float = 1.0
    """The factor on costs in the three months before help: the crisis in which families enter."""
    drift: float = 0.0
    """Change a year of the costs per unit of severity, help or no help."""
    birthdays: bool = False
    """Families with help have children who turn 18 soon after it begins."""
    severity_known: bool = True
    placement_cents: int = 0
    """One placement, in one family with help, spread over a year."""
    contaminated: float = 0.0
    """Part of the families without help that profits as well."""
    lag: bool = False
    """Invoices of the last months have not all come in."""
    leaving: float = 0.0
    """Part of the families that moves away somewhere in the three years."""
    overlapping: Mapping[str, float] = field(default_factory=dict)
    """Ratios of ``A``, ``B`` and ``AB``: every family with help has one of these kinds."""
    districts: tuple[int, ...] = ()
    """How many families with help live in each district, where that is looked at; help works
    better in one than in another."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Municipality:
    """What the product sees of a simulated municipality, and the truth that it never sees."""

    panel: Panel
    without_help: Floats
    """Families by months by domains: expected costs without help, in cents."""
    with_help: Floats
    exposure: tuple[str, ...]
    """Per family which help it gets: ``A``, ``B`` or ``AB`` where help overlaps, else ``A``."""
    at_work: Floats
    """Families by months: how far help works, as a power of its ratio."""
    district: Integers
    """Per family the number of its district."""

    def true_saving(self, cells: Mask, domain: str) -> float:
        """Give the saving over some cells, in cents."""
        place = self.panel.domains.index(domain)
        return float((self.without_help - self.with_help)[:, :, place][cells].sum())

    def true_log_ratio(self, cells: Mask, domain: str) -> float:
        """Give the logarithm of the rate ratio over some cells."""
        place = self.panel.domains.index(domain)
        with_help = self.with_help[:, :, place][cells].sum()
        return float(np.log(with_help / self.without_help[:, :, place][cells].sum()))


def invent(world: World, *, seed: int) -> Municipality:
    """Make a municipality; the same seed gives the same one."""
    draw = np.random.default_rng(seed)
    count, month = world.families, np.arange(MONTHS)
    severity = draw.gamma(2.0, 0.5, count)
    children = draw.integers(1, 4, count)
    start = _starts(world, severity, draw)
    share = _adult_share(world, children, start, draw)
    at_work = _at_work(world, start, draw)
    district = np.zeros(count, dtype=np.int64)
    if world.districts:
        district = _districts(world, start, draw)
        at_work *= draw.uniform(0.5, 1.5, len(world.districts))[district][:, None]
    exposure = draw.choice(sorted(world.overlapping) or ["A"], count)
    expected = np.stack(
        [_expected(world, domain, severity, children, share) for domain in world.domains], axis=2
    )
    ratios = np.array([world.ratios.get(domain, 1.0) for domain in world.domains])
    if world.overlapping:
        ratios = np.array([[world.overlapping[each]] for each in exposure])[:, None]
    helped = expected * ratios ** at_work[:, :, None]
    for gives, takes in world.shift_to.items():
        source, target = world.domains.index(gives), world.domains.index(takes)
        helped[:, :, target] += (expected - helped)[:, :, source]
    crisis = (month >= start[:, None] - 3) & (month < start[:, None])
    noise = np.stack([_noise(count, draw) for _ in world.domains], axis=2)
    actual = helped * noise * np.where(crisis, world.dip, 1.0)[:, :, None]
    if world.placement_cents:
        family = int(np.flatnonzero(start <= MONTHS - 12)[0])
        actual[family, start[family] : start[family] + 12, 0] += world.placement_cents / 12
    completeness = np.ones(MONTHS)
    if world.lag:
        completeness[-4:] = (0.97, 0.92, 0.75, 0.40)
        actual *= completeness[:, None]
    gone = np.where(draw.random(count) < world.leaving, draw.integers(6, MONTHS, count), MONTHS)
    present = month < gone[:, None]
    known = np.log(severity) + draw.normal(0, 0.3, count)
    return Municipality(
        panel=Panel(
            domains=world.domains,
            cents=np.rint(actual * present[:, :, None]).astype(np.int64),
            present=present,
            start=start,
            adult_share=share,
            severity=known if world.severity_known else np.full(count, np.nan),
            completeness=completeness,
        ),
        without_help=expected,
        with_help=helped,
        exposure=tuple(str(each) for each in exposure),
        at_work=at_work,
        district=district,
    )


def without_birthdays(panel: Panel) -> Panel:
    """Give the panel of who does not look at the children's ages."""
    return replace(panel, adult_share=np.zeros_like(panel.adult_share))


def _starts(world: World, severity: Floats, draw: Generator) -> Integers:
    """Choose who gets help, the severe more often, and from which month."""
    wanted = round(world.treated_share * world.families)
    order = np.argsort(-(np.log(severity) + draw.logistic(0, 1.0, world.families)))
    start = np.full(world.families, NEVER)
    start[order[:wanted]] = draw.integers(12, 28, wanted)
    return start


def _at_work(world: World, start: Integers, draw: Generator) -> Floats:
    """Say how far help works: a ramp of half a year, for one family more than for another."""
    month = np.arange(MONTHS)
    ramp = np.clip((month - start[:, None] + 1) / 6, 0, 1)
    strength: Floats = draw.uniform(0.5, 1.5, (world.families, 1)) * ramp
    spilled = (draw.random(world.families) < world.contaminated) & (start == NEVER)
    return np.where(spilled[:, None], np.clip((month - 18) / 6, 0, 1), strength)


def _districts(world: World, start: Integers, draw: Generator) -> Integers:
    """Let families live in districts: so many of those with help in each, the others anywhere."""
    count = len(world.districts)
    found = draw.integers(0, count, world.families)
    helped = np.repeat(np.arange(count), world.districts)
    found[start < MONTHS] = draw.permutation(helped)
    return found


def _expected(
    world: World, domain: str, severity: Floats, children: Integers, share: Floats
) -> Floats:
    """Give the expected costs without help in a domain."""
    month = np.arange(MONTHS)
    season = 1 + 0.1 * np.sin(2 * np.pi * (month + 3 * world.domains.index(domain)) / 12)
    drift = np.exp(world.drift * severity[:, None] * (month - MONTHS / 2) / 12)
    adults = 1 + (ADULT.get(domain, 1.0) - 1) * share
    level = BASE[domain] * severity * children
    expected: Floats = level[:, None] * season * 1.03 ** (month / 12) * adults * drift
    return expected


def _adult_share(world: World, children: Integers, start: Integers, draw: Generator) -> Floats:
    """Give per month the part of the children that is 18 or older."""
    month = np.arange(MONTHS)
    share = np.zeros((world.families, MONTHS))
    for child in range(3):
        age = draw.integers(0, 18 * 12 + 24, world.families)
        if world.birthdays:
            soon = 18 * 12 - start - draw.integers(0, 8, world.families)
            age = np.where((start < MONTHS) & (child == 0), soon, age)
        adult = age[:, None] + month >= 18 * 12
        share += np.where((child < children)[:, None], adult, False)
    return share / children[:, None]


def _noise(count: int, draw: Generator) -> Floats:
    """Give persistent shocks with mean one, and months of nothing (a quarter to a half)."""
    shock = np.empty((count, MONTHS))
    shock[:, 0] = draw.normal(0, 1, count)
    fresh = draw.normal(0, np.sqrt(1 - 0.6**2), (count, MONTHS))
    for month in range(1, MONTHS):
        shock[:, month] = 0.6 * shock[:, month - 1] + fresh[:, month]
    nothing = draw.uniform(0.25, 0.5, (count, 1))
    seen = draw.random((count, MONTHS)) >= nothing
    noise: Floats = np.exp(0.8 * shock - 0.32) * seen / (1 - nothing)
    return noise
