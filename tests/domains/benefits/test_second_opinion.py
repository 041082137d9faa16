"""The second opinion gives the published numbers, and is asked about our own panels."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from domains.benefits import second_opinion
from domains.benefits.estimation import estimate
from domains.benefits.panel import Floats, admit
from domains.benefits.refusals import NoSecondOpinion
from domains.benefits.second_opinion import LongTable, second_opinions
from tests.benefits.simulator import World, invent
from tests.domains.benefits.panels import plain

installed = pytest.mark.skipif(
    not second_opinion.is_available(), reason="needs the extra toets: make toets"
)


def rows(path: Path, *, delimiter: str = ",") -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


@pytest.fixture
def published(testdata: Path) -> dict[str, Any]:
    text = (testdata / "attribution" / "published_numbers.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@pytest.fixture
def youth_employment(testdata: Path) -> tuple[LongTable, Floats]:
    found = rows(testdata / "attribution" / "mpdta.csv")
    assert len(found) == 2_500
    return (
        LongTable(
            unit=np.array([int(row["countyreal"]) for row in found]),
            period=np.array([int(row["year"]) for row in found]),
            first=np.array([int(row["first.treat"]) for row in found]),
            outcome=np.array([float(row["lemp"]) for row in found]),
        ),
        np.array([float(row["lpop"]) for row in found]),
    )


@installed
@pytest.mark.parametrize(
    ("scenario", "settings", "with_covariate"),
    [
        ("mpdta_nev_dr", {"control_group": "never_treated"}, False),
        ("mpdta_nyt_dr", {"control_group": "not_yet_treated"}, False),
        ("mpdta_nev_ipw", {"control_group": "never_treated", "estimation_method": "ipw"}, False),
        ("mpdta_nev_reg_cov", {"estimation_method": "reg"}, True),
    ],
)
def test_the_published_effects_are_found(
    testdata: Path,
    youth_employment: tuple[LongTable, Floats],
    *,
    scenario: str,
    settings: dict[str, str],
    with_covariate: bool,
) -> None:
    table, population = youth_employment
    found = second_opinion.callaway_santanna(
        table, covariate=population if with_covariate else None, **settings
    )
    by_group = rows(testdata / "attribution" / "mpdta_ref_attgt.csv")
    wanted = {
        (int(row["group"]), int(row["t"])): (float(row["att"]), float(row["se"]))
        for row in by_group
        if row["scenario"] == scenario and row["se"] != "NA"
    }
    assert len(wanted) == 12
    for place, (effect, error) in wanted.items():
        cell = found.group_time_effects[place]
        assert cell["effect"] == pytest.approx(effect, abs=1e-10)
        assert cell["se"] == pytest.approx(error, abs=1e-10)
    (simple,) = (
        row
        for row in rows(testdata / "attribution" / "mpdta_ref_aggte.csv")
        if row["scenario"] == scenario and row["type"] == "simple"
    )
    assert found.overall_att == pytest.approx(float(simple["overall_att"]), abs=1e-10)
    assert found.overall_se == pytest.approx(float(simple["overall_se"]), abs=1e-10)


@installed
def test_the_published_synthetic_difference_is_found(
    testdata: Path, published: dict[str, Any]
) -> None:
    found = rows(testdata / "attribution" / "california_prop99.csv", delimiter=";")
    states = sorted({row["State"] for row in found})
    first = (
        max(
            int(row["Year"])
            for row in found
            if row["treated"] == "0" and row["State"] == "California"
        )
        + 1
    )
    table = LongTable(
        unit=np.array([states.index(row["State"]) for row in found]),
        period=np.array([int(row["Year"]) for row in found]),
        first=np.array([first if row["State"] == "California" else 0 for row in found]),
        outcome=np.array([float(row["PacksPerCapita"]) for row in found]),
    )
    answer = second_opinion.synthetic_difference(table, periods_with_help=np.arange(first, 2001))
    assert answer == pytest.approx(published["synthetic_did_prop99"]["sdid"], abs=0.01)


@installed
def test_without_a_window_the_average_is_the_published_one(
    youth_employment: tuple[LongTable, Floats], published: dict[str, Any]
) -> None:
    table, _ = youth_employment
    fitted = second_opinion.callaway_santanna(table, control_group="never_treated")
    effect, error = second_opinion._after_start(fitted, table)
    expected, its_error = published["callaway_santanna_mpdta"]["simple"]
    assert effect == pytest.approx(expected, abs=1e-10)
    # Ours takes the sizes of the groups as given; theirs lets chance have a part in them.
    assert error == pytest.approx(its_error, rel=0.03)


@installed
def test_both_methods_are_asked_about_the_families_that_were_admitted() -> None:
    panel = invent(World(families=600, ratios={"jeugd": 0.5}), seed=5).panel
    admission = admit(panel, window=3)
    own = estimate(panel, admission=admission).effects[0]
    found = second_opinions(panel, 0, admission=admission)
    assert [each.method for each in found] == [
        second_opinion.CALLAWAY_SANTANNA,
        second_opinion.IMPUTATION,
    ]
    for each in found:
        apart = abs(each.saving - own.saving / own.family_months)
        assert apart < 2 * np.hypot(each.error, own.saving_error / own.family_months)
        assert each.saving > 2 * each.error


@installed
def test_the_months_of_the_window_count_for_nothing_there_either() -> None:
    panel = plain(start=14)
    cents = np.broadcast_to(panel.cents.mean(axis=1, keepdims=True), panel.cents.shape).copy()
    saved = cents[:40].mean() / 2
    cents[:40, 14:] /= 2
    cents[:40, 11:14] *= 2
    calm = replace(panel, cents=np.rint(cents).astype(np.int64))
    for each in second_opinions(calm, 0, admission=admit(calm, window=3)):
        assert each.saving == pytest.approx(saved, rel=0.001)


def test_without_the_library_it_is_said_and_not_made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_opinion, "is_available", lambda: False)
    panel = invent(World(), seed=1).panel
    with pytest.raises(NoSecondOpinion):
        second_opinions(panel, 0, admission=admit(panel, window=3))


@installed
def test_months_before_the_first_comparison_change_nothing() -> None:
    panel = invent(World(families=150, ratios={"jeugd": 0.7}), seed=3).panel
    admission = admit(panel, window=3)
    table = second_opinion._long(panel, 0, admission)
    whole = second_opinion.callaway_santanna(table, control_group="not_yet_treated", anticipation=3)
    first = second_opinions(panel, 0, admission=admission)[0]
    wanted = second_opinion._after_start(whole, table)
    assert (-first.saving, first.error) == pytest.approx(wanted)
