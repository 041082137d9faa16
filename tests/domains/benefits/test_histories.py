"""What a panel reads is what was written, whatever became of families, invoices and bookings."""

from dataclasses import replace

import pytest

from tests.benefits.simulator import World, invent
from tests.domains.benefits.histories import PLANNED, SOURCES, panel_of, plan_for, write
from tests.domains.support import Town

pytestmark = [pytest.mark.postgres, pytest.mark.anyio]


async def test_a_simulated_municipality_is_read_back_cell_by_cell(new_town: Town) -> None:

    await new_town.add_districts(new_town.wijk)
    await new_town.add_family_types()
    world = World(
        families=40,
        domains=tuple(SOURCES),
        birthdays=True,
        leaving=0.2,
        overlapping={"A": 0.85, "B": 0.92, "AB": 0.8},
    )
    made = invent(world, seed=11)
    plan = await plan_for(new_town, replace(PLANNED, domains=world.domains))
    written = await write(new_town, made, seed=12)
    found = await panel_of(new_town, plan)
    place = written.places(found)
    assert found.panel.domains == world.domains
    assert (found.panel.cents[place] == made.panel.cents).all()
