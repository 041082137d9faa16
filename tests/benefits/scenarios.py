"""The scenarios, what is looked at in each, and the bars that an estimate has to clear.

A figure is a mean over replications. A bar is widened by two standard errors of that mean, so that
a small number of replications is judged as what it is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

import numpy as np

from domains.benefits.attribution import worth_of
from domains.benefits.diagnostics import Assignment, Grade, diagnose, grade
from domains.benefits.estimation import (
    LEAST_TREATED,
    WINDOW,
    Effect,
    columns_of,
    effect_on,
    estimate,
    fit,
)
from domains.benefits.methods import shapley
from domains.benefits.panel import Panel, admit
from domains.benefits.rates import shrink
from domains.benefits.refusals import TooFewTreated
from domains.benefits.second_opinion import Opinion
from domains.benefits.settlement import Agreement, Measured, Outcome, RateStep, settle
from domains.benefits.studies import district_rates
from domains.benefits.suppression import LEAST_FAMILIES
from tests.benefits.simulator import World, invent, without_birthdays

Figures = dict[tuple[str, str], float]
"""Of one replication: a figure by domain and name. ``error`` goes with ``truth``."""

TOTAL: Final = "samen"
EFFECTS: Final[Mapping[str, float]] = {"jeugd": 0.8, "ggz": 0.9, "schulden": 1.0, "wmo": 1.05}
ALL: Final = World(families=600, domains=tuple(EFFECTS), ratios=EFFECTS)
NO_EFFECT: Final = replace(ALL, ratios={})

_AGREEMENT: Final = Agreement(
    least_rates=(RateStep(first=0, last=None, at_first=Fraction(1, 50), at_last=Fraction(1, 50)),),
    share=Fraction(1, 2),
    investment_cap=Fraction(1),
    benchmark_cap=Fraction(1, 10),
    floor_cents=0,
    one_sided_years=2,
    loss_share=Fraction(3, 10),
    loss_limit=Fraction(1, 20),
)


@dataclass(frozen=True, kw_only=True)
class Bar:
    """Between which values the mean of a figure has to lie, in one domain."""

    figure: str
    domain: str = "jeugd"
    least: float = -np.inf
    most: float = np.inf


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A world, how it is looked at, and the bars."""

    code: str
    says: str
    world: World
    bars: tuple[Bar, ...] = ()
    window: int = WINDOW
    look: Callable[["Scenario", int], Figures]


@dataclass(frozen=True, kw_only=True)
class Mean:
    """The mean of a figure over replications, with its standard error."""

    value: float
    error: float

    def clears(self, bar: Bar) -> bool:
        """Say whether the mean is inside the bar, but for chance."""
        return bar.least - 2 * self.error <= self.value <= bar.most + 2 * self.error


def compare(scenario: Scenario, seed: int) -> Figures:
    """Hold the estimates of one replication against its truth."""
    return _compare(scenario, seed, see=lambda panel: panel)


def compare_blind(scenario: Scenario, seed: int) -> Figures:
    """Idem, by an estimate that does not look at the children's ages."""
    return _compare(scenario, seed, see=without_birthdays)


def look_for_doubt(scenario: Scenario, seed: int) -> Figures:
    """Idem, and say which alarms go off in the first domain."""
    figures = compare(scenario, seed)
    panel = invent(scenario.world, seed=seed).panel
    admission = admit(panel, window=scenario.window)
    effect = estimate(panel, admission=admission).effects[0]
    found = diagnose(panel, 0, admission=admission, effect=effect, opinions=())
    domain = effect.domain
    figures[domain, "piek"] = any(each.deviates for each in found.dip)
    figures[domain, "placebo"] = any(each.deviates for each in found.placebo)
    shifted = abs(np.log(found.trimmed_ratio / effect.ratio)) > effect.log_error
    figures[domain, "staart"] = shifted or found.largest_share > 0.25
    return figures


def headline(scenario: Scenario, seed: int) -> Figures:
    """Say what of the first domain could be signed, as if a second opinion always agreed."""
    panel = invent(scenario.world, seed=seed).panel
    admission = admit(panel, window=scenario.window)
    found = estimate(panel, admission=admission)
    effect = found.effects[0]
    own = Opinion(
        method="zichzelf",
        saving=effect.saving / effect.family_months,
        error=effect.saving_error / effect.family_months,
    )
    judged = grade(
        effect,
        assignment=Assignment.STAGGERED,
        with_severity=found.with_severity,
        diagnostics=diagnose(panel, 0, admission=admission, effect=effect, opinions=(own,)),
    )
    signable = judged.grade in {Grade.A, Grade.B}
    return {
        (effect.domain, "tekenbaar"): signable,
        (effect.domain, "bekrachtigd"): effect.saving if signable else 0.0,
    }


def by_district(scenario: Scenario, seed: int) -> Figures:
    """Hold rates of districts against the true ones, as measured and drawn to each other.

    ``krimp`` is whether drawing them brought them nearer, all together.
    """
    town = invent(scenario.world, seed=seed)
    panel, (domain, *_) = town.panel, town.panel.domains
    admission = admit(panel, window=scenario.window)
    fitted = fit(panel, 0, admission=admission, columns=columns_of(panel))
    places = town.district.astype(str)
    rates = list(district_rates(fitted, admission.measured, places))
    raw = np.array([each.log_ratio for each in rates])
    errors = np.array([each.log_error for each in rates])
    cells = [admission.measured & (places == each.wijk)[:, None] for each in rates]
    true = np.array([town.true_log_ratio(each, domain) for each in cells])
    drawn = shrink(raw, errors).rates
    number_for_few = 0
    for district in range(len(scenario.world.districts)):
        mine = admission.measured & (town.district == district)[:, None]
        if np.count_nonzero(mine.any(axis=1)) < LEAST_TREATED:
            try:
                estimate(panel, admission=admission, of=mine)
                number_for_few += 1
            except TooFewTreated:
                pass
    return {
        (domain, "krimp"): float(np.square(drawn - true).sum() < np.square(raw - true).sum()),
        (domain, "fout"): float(np.sqrt(np.square(raw - true).mean())),
        (domain, "fout na krimp"): float(np.sqrt(np.square(drawn - true).mean())),
        (domain, "onder 10"): sum(each.families < LEAST_FAMILIES for each in rates),
        (domain, "onder 30"): number_for_few,
    }


def divide(scenario: Scenario, seed: int) -> Figures:
    """Divide what two kinds of help save, alone and together, and compare A's share with the true.

    Who had one kind leaves no doubt whose saving it is; who had both is divided. Over all domains.
    """
    town = invent(scenario.world, seed=seed)
    admission = admit(town.panel, window=scenario.window)
    cells = {
        each: admission.measured & (np.array(town.exposure) == each)[:, None]
        for each in ("A", "B", "AB")
    }
    own, all_together, truly_own, truly_all, rest = 0.0, 0.0, 0.0, 0.0, 0.0
    for domain, name in enumerate(town.panel.domains):
        fitted = fit(town.panel, domain, admission=admission, columns=columns_of(town.panel))
        effects = {each: effect_on(fitted, part) for each, part in cells.items()}
        found = worth_of(
            ["A", "B"],
            counterfactual_cents=round(effects["AB"].counterfactual),
            ratios={frozenset(each): effect.ratio for each, effect in effects.items()},
        )
        shares = shapley.shares(found.cents)
        rest += float(found.saving_cents - sum(shares))
        own += effects["A"].saving + float(shares[0])
        all_together += sum(effect.saving for effect in effects.values())
        without = town.without_help[:, :, domain]
        saved = (
            (without * (1 - scenario.world.overlapping[each] ** town.at_work))[cells["AB"]].sum()
            for each in cells
        )
        true = [0, *(round(float(each)) for each in saved)]
        truly_own += town.true_saving(cells["A"], name) + float(shapley.shares(true)[0])
        truly_all += sum(town.true_saving(part, name) for part in cells.values())
    true_share = truly_own / truly_all
    error = own / all_together - true_share
    return {
        ("A", "truth"): true_share,
        ("A", "error"): error,
        ("A", "aandeel ernaast"): error,
        ("A", "ver"): abs(error) > 0.10,
        ("A", "rest"): rest,
    }


def complete(scenario: Scenario, seed: int) -> Figures:
    """Compare an estimate before all invoices are in with the one after."""
    early = estimate_of(scenario, invent(scenario.world, seed=seed).panel)
    late = estimate_of(scenario, invent(replace(scenario.world, lag=False), seed=seed).panel)
    moved = abs(float(np.log(early.ratio / late.ratio)))
    return {(early.domain, "verschoven"): moved > early.log_error}


def estimate_of(scenario: Scenario, panel: Panel) -> Effect:
    """Estimate the effect in the first domain."""
    return estimate(panel, admission=admit(panel, window=scenario.window)).effects[0]


def means(looks: Sequence[Figures]) -> dict[tuple[str, str], Mean]:
    """Average the figures; the bias is the mean error as a part of the mean truth."""
    found = {}
    for domain, name in looks[0]:
        values = np.array([each[domain, name] for each in looks], dtype=np.float64)
        error = float(values.std(ddof=1) / np.sqrt(values.size))
        found[domain, name] = Mean(value=float(values.mean()), error=error)
        if name == "error":
            truth = abs(float(np.mean([each[domain, "truth"] for each in looks])))
            if truth > 0:
                found[domain, "bias"] = Mean(
                    value=float(values.mean()) / truth, error=error / truth
                )
    return found


def _compare(scenario: Scenario, seed: int, *, see: Callable[[Panel], Panel]) -> Figures:
    town = invent(scenario.world, seed=seed)
    panel = see(town.panel)
    admission = admit(panel, window=scenario.window)
    cells = admission.measured
    found = estimate(panel, admission=admission)
    figures: Figures = {}
    total = 0.0
    for effect in found.effects:
        true = town.true_saving(cells, effect.domain)
        true_ratio = float(np.exp(town.true_log_ratio(cells, effect.domain)))
        total += true
        low, high = effect.saving_interval
        low_ratio, high_ratio = effect.ratio_interval
        figures |= {
            (effect.domain, "truth"): true,
            (effect.domain, "error"): effect.saving - true,
            (effect.domain, "dekking"): low <= true <= high,
            (effect.domain, "dekking ratio"): low_ratio <= true_ratio <= high_ratio,
            (effect.domain, "aangetoond"): not low_ratio <= 1 <= high_ratio,
            (effect.domain, "verrekend"): _settled(effect),
        }
    apart = found.total_saving - total
    figures[TOTAL, "dekking"] = abs(apart) <= 1.96 * found.total_error
    return figures


def _settled(effect: Effect) -> bool:
    """Say whether anything would be settled on this estimate."""
    measured = Measured(
        year=1,
        families=effect.treated,
        counterfactual_cents=round(effect.counterfactual),
        saving_cents=round(effect.saving),
        error_cents=round(effect.saving_error),
        payer_cents=round(effect.saving),
        cashable=Fraction(1),
        invested_cents=10**12,
        quality_holds=True,
    )
    shared = (Outcome.SHARED, Outcome.CAPPED_BY_INVESTMENT, Outcome.CAPPED_BY_BENCHMARK)
    return settle(_AGREEMENT, measured).outcome in shared


def _covers(least: float = 0.93, most: float = 0.97, *, domain: str = "jeugd") -> tuple[Bar, ...]:
    return tuple(
        Bar(figure=figure, domain=domain, least=least, most=most)
        for figure in ("dekking", "dekking ratio")
    )


def _unbiased(most: float = 0.05, *, domain: str = "jeugd") -> Bar:
    return Bar(figure="bias", domain=domain, least=-most, most=most)


SHIFT: Final = World(
    families=600,
    domains=("jeugd", "wmo"),
    ratios={"jeugd": 0.8},
    shift_to={"jeugd": "wmo"},
)

S0: Final = Scenario(
    code="S0",
    says="help doet niets",
    world=NO_EFFECT,
    look=compare,
    bars=tuple(
        bar
        for domain in EFFECTS
        for bar in (
            Bar(figure="aangetoond", domain=domain, least=0.03, most=0.07),
            Bar(figure="verrekend", domain=domain, most=0.06),
            Bar(figure="error", domain=domain, least=0, most=0),
        )
    ),
)
S1: Final = Scenario(
    code="S1",
    says="gewoon",
    world=ALL,
    look=compare,
    bars=(*(bar for domain in EFFECTS for bar in _covers(domain=domain)), _unbiased()),
)
S4: Final = Scenario(
    code="S4",
    says="golf van 18e verjaardagen",
    world=replace(ALL, birthdays=True),
    look=compare,
    bars=(_unbiased(),),
)
S5: Final = Scenario(
    code="S5",
    says="kosten verschuiven van jeugd naar wmo",
    world=SHIFT,
    look=compare,
    bars=(Bar(figure="dekking", domain=TOTAL, least=0.93, most=0.97),),
)
SCENARIOS: Final = (
    S0,
    Scenario(
        code="S0-B",
        says="idem: wat te tekenen zou zijn",
        world=World(families=600),
        look=headline,
        bars=(Bar(figure="bekrachtigd", least=0, most=0),),
    ),
    S1,
    Scenario(
        code="S2",
        says="piek x 2 voor de hulp, venster 3",
        world=replace(ALL, dip=2.0),
        look=compare,
        bars=(*_covers(), _unbiased()),
    ),
    Scenario(
        code="S2-0",
        says="idem, venster 0: het alarm gaat af",
        world=World(families=600, ratios={"jeugd": 0.8}, dip=2.0),
        window=0,
        look=look_for_doubt,
        bars=(Bar(figure="piek", least=0.95),),
    ),
    Scenario(
        code="S3",
        says="zware gezinnen dalen vanzelf 6% per jaar",
        world=replace(ALL, drift=-0.06),
        look=compare,
        bars=(*_covers(0.90, 1.0), _unbiased(0.20)),
    ),
    Scenario(
        code="S3-C",
        says="idem, zwaarte niet bekend: niets te tekenen",
        world=World(families=600, ratios={"jeugd": 0.8}, drift=-0.06, severity_known=False),
        look=headline,
        bars=(Bar(figure="tekenbaar", most=0),),
    ),
    S4,
    replace(S4, code="S4-0", says="idem, zonder leeftijden: moet zakken", look=compare_blind),
    S5,
    Scenario(
        code="S6",
        says="twee soorten hulp tegelijk",
        world=World(
            families=3_000,
            domains=tuple(EFFECTS),
            overlapping={"A": 0.85, "AB": 0.80, "B": 0.92},
        ),
        look=divide,
        bars=(
            Bar(figure="aandeel ernaast", domain="A", least=-0.05, most=0.05),
            Bar(figure="ver", domain="A", most=0.5),
            Bar(figure="rest", domain="A", least=0, most=0),
        ),
    ),
    Scenario(
        code="S7",
        says="facturen komen later",
        world=World(families=600, ratios={"jeugd": 0.8}, lag=True),
        look=complete,
        bars=(Bar(figure="verschoven", most=0.05),),
    ),
    Scenario(
        code="S8",
        says="kleine groep: 32 gezinnen met hulp",
        world=World(families=92, ratios={"jeugd": 0.8}),
        look=compare,
        bars=_covers(0.90, 1.0),
    ),
    Scenario(
        code="S8-W",
        says="wijken met 8, 16 en 32 gezinnen met hulp",
        world=World(families=640, ratios={"jeugd": 0.8}, districts=4 * (8, 16, 32)),
        look=by_district,
        bars=(
            Bar(figure="krimp", least=0.90),
            Bar(figure="onder 10", most=0),
            Bar(figure="onder 30", most=0),
        ),
    ),
    Scenario(
        code="S9",
        says="20% van de vergelijking profiteert mee (geen lat)",
        world=replace(ALL, contaminated=0.2),
        look=compare,
    ),
    Scenario(
        code="S10",
        says="30% van de gezinnen verhuist",
        world=replace(ALL, leaving=0.3),
        look=compare,
        bars=(*_covers(), _unbiased()),
    ),
    Scenario(
        code="S11",
        says="een plaatsing van 300 000 euro",
        world=World(families=600, ratios={"jeugd": 0.8}, placement_cents=30_000_000),
        look=look_for_doubt,
        bars=(*_covers(0.90, 1.0), Bar(figure="staart", least=0.50)),
    ),
)
