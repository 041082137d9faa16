"""From observed costs to booked benefits and back, through what people use, on real books."""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from api import db
from domains.analysis_plans.queries import seen_before
from domains.benefits import second_opinion
from domains.benefits.studies import make_study
from tests.benefits.simulator import World, invent
from tests.domains.benefits import histories
from tests.domains.benefits.bookings.support import book, keep, standing
from tests.domains.benefits.histories import cost, members_of, observe, panel_of, plan_for
from tests.domains.support import Town

pytestmark = pytest.mark.postgres


async def test_late_invoices_restate_what_a_study_of_the_books_brought(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_opinion, "is_available", lambda: False)
    plan = await plan_for(town)
    made = invent(World(families=110, treated_share=0.45, ratios={"jeugd": 0.6}), seed=5)
    made = replace(made, exposure=("A",) * len(made.exposure))
    written = await histories.write(town, made, seed=5)
    async with db.transaction(town.engine, town.gemeente) as connection:
        count = await seen_before(connection, gemeente=town.gemeente, plan=plan)
    panel = await panel_of(town, plan)
    study = make_study(panel, plan, seen_before=count, run=map)
    (found,) = [each for each in study.estimates if each.exposure == ("A",)]
    assert found.measured is not None
    first = await keep(town, plan, study)
    await book(town, first)
    (state,) = {each.partition(" ")[0] for each in await standing(town)}
    before = await standing(town)
    assert before[f"{state} ontvanger jeugd"] == found.saving_cents
    # Debt help was paid by two domains, three to one.
    assert before[f"{state} betaler schulden"] == pytest.approx(-found.saving_cents * 3 / 4, abs=20)
    with ProcessPoolExecutor(1) as pool:
        again = make_study(await panel_of(town, plan), plan, seen_before=count, run=pool.map)
    assert again.data_hash == study.data_hash
    assert await keep(town, plan, again) == first
    helped = written.families[int(np.flatnonzero(made.panel.start < 24)[0])]
    (person, *_) = await members_of(town, helped)
    await observe(town, cost(person, 30, 5_000_00, document="laat"))
    later = make_study(await panel_of(town, plan), plan, seen_before=count, run=map)
    second = await keep(town, plan, later)
    assert second != first
    await book(town, second)
    assert later.estimates[0].saving_cents < found.saving_cents
    assert (await standing(town)).get(f"{state} ontvanger jeugd") == later.estimates[0].saving_cents
    await town.assert_sound()
