"""Three years of invented cost histories for the demo: nobody in them exists.

Costs are a family's own level, times the season, a trend, what children of eighteen change and a
shock that lasts; many months have none. More families apply than can be helped at once, so a
lottery decides who gets help and when; from then on it changes the costs of some domains. By how
much is known here and nowhere else: the books get the files of the care administration only, as
anybody would send them, so what is estimated can be held against the truth.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Final
from uuid import UUID

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from domains.events.rules import months_later

Floats = NDArray[np.float64]

FIRST_MONTH: Final = date(2023, 1, 1)
MONTHS: Final = 36
HOUSEHOLDS: Final = 300
FIRST_START: Final = 12
LAST_START: Final = 24
"""Help begins in one of these months, the last one exclusive."""

HELPED: Final[Mapping[str, int]] = {"schuldhulp": 105, "opvoedhulp": 100}
"""How many families get which help."""
KINDS: Final[Mapping[str, str]] = {
    "schuldhulp": "schuldhulpverlening",
    "opvoedhulp": "opvoedhulp-ouder",
}
PAID: Final[Mapping[str, Mapping[str, int]]] = {
    "schuldhulp": {"SHV": 32_000, "ARM": 8_000},
    "opvoedhulp": {"JW": 22_500, "ARM": 7_500},
}
"""What a month of help costs each source, in cents."""
MONTHS_OF_HELP: Final = 10

SOURCES: Final[Mapping[str, str]] = {
    "jeugd": "JW",
    "ggz": "GGZ",
    "wmo": "WMO",
    "schulden": "SHV",
    "armoede": "ARM",
}
"""The domains that are looked at, and the source that pays their costs."""

_OUTCOME_KINDS: Final[Mapping[str, str]] = {
    "jeugd": "jeugdhulp-ambulant",
    "ggz": "jeugd-ggz",
    "wmo": "begeleiding-bij-beperking",
    "schulden": "betalingsachterstand-in-schuldtraject",
    "armoede": "bijzondere-bijstand",
}
_BASE: Final[Mapping[str, int]] = {
    "jeugd": 60_000,
    "ggz": 26_000,
    "wmo": 15_000,
    "schulden": 9_000,
    "armoede": 6_000,
}
"""Cents a month for a family with one child and average problems."""
_RATIOS: Final[Mapping[str, Mapping[str, float]]] = {
    "schuldhulp": {"jeugd": 0.78, "ggz": 0.85, "schulden": 0.65, "armoede": 0.85},
    "opvoedhulp": {"jeugd": 0.70, "ggz": 0.80, "wmo": 1.08},
}
"""What help makes of the costs of a domain once it works; a domain that is not named stays."""
_RAMP: Final = 6
"""Months until help works in full."""
_ADULT: Final[Mapping[str, float]] = {"jeugd": 0.15, "wmo": 1.5}
_SHOCK: Final = 0.5
_LASTS: Final = 0.6
_LAGS: Final = ((1, 0.70), (2, 0.25), (3, 0.05))
"""After how many months the invoice comes, and how often."""
_SEED: Final = 2026


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """An invented family: birth dates from old to young, and the help that it gets."""

    birth_dates: tuple[date, ...]
    district: int
    """A number for its district; families are spread over a few."""
    severity: float
    """How heavy its problems were before help, as somebody measured it: 1 is average."""
    help: str
    """Which help it gets, or nothing."""
    start: int
    """The month in which that begins, counted from the first."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class World:
    """The households, their costs, and what only the inventor knows."""

    households: tuple[Household, ...]
    cents: NDArray[np.int64]
    """Households by months by domains."""
    without_help: Floats
    """The expected costs without help."""
    with_help: Floats


@cache
def world() -> World:
    """Give the world of the demo: always the same one."""
    return invent(_SEED)


def invent(seed: int) -> World:
    """Invent a world; the same seed gives the same one."""
    draw = np.random.default_rng(seed)
    severity = draw.gamma(6.0, 1 / 6, HOUSEHOLDS)
    children = draw.integers(1, 4, HOUSEHOLDS)
    ages = draw.integers(12, 16 * 12, (HOUSEHOLDS, 3))
    which, start = _help(draw)
    month = np.arange(MONTHS)
    share = np.zeros((HOUSEHOLDS, MONTHS))
    for child in range(3):
        adult = (ages[:, child, None] + month >= 18 * 12) & (child < children)[:, None]
        share += adult / children[:, None]
    ramp = np.clip((month - start[:, None] + 1) / _RAMP, 0, 1)
    ramp *= draw.uniform(0.6, 1.4, (HOUSEHOLDS, 1))
    without, helped, actual = [], [], []
    for place, (domain, base) in enumerate(_BASE.items()):
        season = 1 + 0.1 * np.sin(2 * np.pi * (month + 3 * place) / 12)
        adults = 1 + (_ADULT.get(domain, 1.0) - 1) * share
        expected = (base * severity * children)[:, None] * season * 1.03 ** (month / 12) * adults
        ratio = np.array([_RATIOS.get(each, {}).get(domain, 1.0) for each in which])
        without.append(expected)
        helped.append(expected * ratio[:, None] ** ramp)
        actual.append(helped[-1] * _noise(draw))
    known = severity * np.exp(draw.normal(0, 0.3, HOUSEHOLDS))
    adults_too = draw.integers(22 * 12, 45 * 12, (HOUSEHOLDS, 2))
    parents = draw.integers(1, 3, HOUSEHOLDS)
    return World(
        households=tuple(
            Household(
                birth_dates=tuple(
                    months_later(FIRST_MONTH, -int(months))
                    for months in sorted(
                        [
                            *(ages[at, : children[at]]),
                            *(ages[at].max() + adults_too[at, : parents[at]] - 4 * 12),
                        ],
                        reverse=True,
                    )
                ),
                district=at % 3,
                severity=max(0.001, round(float(known[at]), 3)),
                help=which[at],
                start=int(start[at]),
            )
            for at in range(HOUSEHOLDS)
        ),
        cents=np.rint(np.stack(actual, axis=2)).astype(np.int64),
        without_help=np.stack(without, axis=2),
        with_help=np.stack(helped, axis=2),
    )


def cost_file(persons: Sequence[Sequence[UUID]]) -> bytes:
    """Write what the care administration knows, for the persons of each household, old to young."""
    draw = np.random.default_rng(_SEED + 1)
    invented = world()
    lags, chances = [lag for lag, _ in _LAGS], [chance for _, chance in _LAGS]
    late = draw.choice(lags, size=invented.cents.shape, p=chances)
    months = [months_later(FIRST_MONTH, month) for month in range(MONTHS + max(lags))]
    lines = ["persoon;maand;bron;hulpsoort;bedrag_eur;factuurdatum;document"]
    for at, month, source, kind, cents, lag in [*_outcomes(invented, late), *_help_given(invented)]:
        # Help for young people is of the youngest, all else of the oldest of the family.
        person = persons[at][-1 if source in {"JW", "GGZ"} else 0]
        invoiced = months[month + lag] + timedelta(days=9)
        lines.append(
            f"{person};{months[month]:%Y-%m};{source};{kind};{cents // 100},{cents % 100:02};"
            f"{invoiced};declaraties {invoiced:%Y-%m}"
        )
    return "\n".join(lines).encode()


_Line = tuple[int, int, str, str, int, int]
"""A household, a month, a source, a kind of help, cents, and the months until the invoice."""


def _outcomes(invented: World, late: NDArray[np.int64]) -> Iterator[_Line]:
    """Give what the families cost."""
    for at, month, place in np.argwhere(invented.cents > 0).tolist():
        domain = list(SOURCES)[place]
        cents = int(invented.cents[at, month, place])
        lag = int(late[at, month, place])
        yield at, month, SOURCES[domain], _OUTCOME_KINDS[domain], cents, lag


def _help_given(invented: World) -> Iterator[_Line]:
    """Give what the help cost of which the effect is looked at."""
    for at, household in enumerate(invented.households):
        for month in range(household.start, min(household.start + MONTHS_OF_HELP, MONTHS)):
            for source, cents in PAID.get(household.help, {}).items():
                yield at, month, source, KINDS[household.help], cents, 1


def _help(draw: Generator) -> tuple[list[str], NDArray[np.int64]]:
    """Draw lots for who gets which help, and from when."""
    order = draw.permutation(HOUSEHOLDS)
    chosen = draw.permutation([name for name, count in HELPED.items() for _ in range(count)])
    which = [""] * HOUSEHOLDS
    start = np.full(HOUSEHOLDS, MONTHS)
    for at, name in zip(order.tolist(), chosen.tolist(), strict=False):
        which[at] = name
        start[at] = draw.integers(FIRST_START, LAST_START)
    return which, start


def _noise(draw: Generator) -> Floats:
    """Give shocks that last, with mean one, and months without any costs."""
    shock = np.empty((HOUSEHOLDS, MONTHS))
    shock[:, 0] = draw.normal(0, 1, HOUSEHOLDS)
    fresh = draw.normal(0, np.sqrt(1 - _LASTS**2), (HOUSEHOLDS, MONTHS))
    for month in range(1, MONTHS):
        shock[:, month] = _LASTS * shock[:, month - 1] + fresh[:, month]
    nothing = draw.uniform(0.4, 0.6, (HOUSEHOLDS, 1))
    seen = draw.random((HOUSEHOLDS, MONTHS)) >= nothing
    noise: Floats = np.exp(_SHOCK * shock - _SHOCK**2 / 2) * seen / (1 - nothing)
    return noise
