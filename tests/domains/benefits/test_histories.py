"""What a panel reads is what was written, whatever became of families, invoices and bookings."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

import numpy as np
import pytest

from api import db
from domains.benefits.estimation import columns_of, fit
from domains.benefits.histories import MORE_HELP, OUTSIDE, TOO_EARLY, TOO_LATE, FrozenPanel
from domains.benefits.panel import NEVER, admit
from domains.benefits.refusals import NoCostsBefore
from domains.debt_help.operations import import_debt_help
from domains.debt_help.reading import read_debt_help
from domains.events.model import EventKind, KnownEvent
from domains.events.operations import register_event
from domains.regrouping.model import Household
from domains.regrouping.operations import split_family
from domains.severity.model import Measurement
from domains.severity.operations import record_severities
from ledger.balances import last_link
from tests.benefits.scenarios import SCENARIOS
from tests.benefits.simulator import MONTHS, Municipality, World, invent
from tests.domains.benefits.histories import (
    CHILD,
    PLANNED,
    SOURCES,
    cost,
    live_here,
    month,
    observe,
    panel_of,
    plan_for,
    settle_in,
    write,
)
from tests.domains.debt_help.support import delivery, trajectory
from tests.domains.declarations.support import VAULT
from tests.domains.families import acts
from tests.domains.support import DAY, NOW, PARENT, Town, draw

pytestmark = [pytest.mark.postgres, pytest.mark.anyio]

LATER: Final = NOW + timedelta(days=30)
DEBTS: Final = "schuldhulpverlening"
UPBRINGING: Final = "opvoedhulp-ouder"


@pytest.fixture
async def historic(new_town: Town) -> Town:
    """Give a municipality where families can live."""
    await settle_in(new_town)
    return new_town


async def at_link(town: Town) -> int:
    """Give the number of the last link of the chain."""
    async with db.transaction(town.engine, town.gemeente) as connection:
        return await last_link(connection, gemeente=town.gemeente)


def row(found: FrozenPanel, family: UUID) -> int:
    """Give the place of a family in a panel."""
    return found.families.index(family)


def cells(found: FrozenPanel, family: UUID, domain: int = 0) -> dict[int, int]:
    """Give the months of a family with costs in a domain, in whole cents."""
    costs = found.panel.cents[row(found, family), :, domain]
    return {int(number): int(costs[number]) for number in np.flatnonzero(costs)}


def whole_of(found: FrozenPanel) -> int:
    """Sum all costs that are outcomes or belong to no family, in whole cents."""
    return int(found.panel.cents.sum()) + found.left_out[OUTSIDE]


def check_same(found: FrozenPanel, made: Municipality, place: list[int]) -> None:
    """Hold a panel against the arrays of the simulation that was written."""
    panel, truth = found.panel, made.panel
    order = [panel.domains.index(each) for each in truth.domains]
    assert (panel.cents[place][:, :, order] == truth.cents).all()
    # Who moved away before the help began never got it.
    helped = np.array(
        [n < MONTHS and bool(truth.present[each, n]) for each, n in enumerate(truth.start)]
    )
    assert (panel.start[place] == np.where(helped, truth.start, NEVER)).all()
    assert (panel.present[place] == truth.present).all()
    assert panel.adult_share[place][truth.present] == pytest.approx(
        truth.adult_share[truth.present]
    )
    assert panel.severity[place] == pytest.approx(truth.severity, abs=0.01, nan_ok=True)
    assert [found.exposure[each] for each in place] == [
        frozenset(made.exposure[each]) if helped[each] else frozenset()
        for each in range(len(place))
    ]


async def test_every_scenario_of_the_simulation_is_read_back_cell_by_cell(historic: Town) -> None:
    worlds = {repr(each.world): each.world for each in SCENARIOS if not each.world.lag}
    plan = await plan_for(historic, replace(PLANNED, domains=tuple(SOURCES)))
    written = []
    for seed, world in enumerate(worlds.values()):
        made = invent(replace(world, families=9, leaving=0.2, districts=()), seed=seed)
        written.append((made, await write(historic, made, seed=seed)))
    found = await panel_of(historic, plan)
    for made, families in written:
        check_same(found, made, families.places(found))
    assert (found.panel.completeness == 1).all()
    given = {code: sum(code in each for each in found.exposure) for code in "AB"}
    everybody = np.ones(len(found.families), np.bool_)
    assert found.paid.by_payer(everybody, from_month=0, until_month=MONTHS) == {
        "A": {"schulden": 300_000 * given["A"], "armoede": 100_000 * given["A"]},
        "B": {"jeugd": 250_000 * given["B"]},
    }
    assert set(found.cohorts()) <= {"", "2024-1", "2024-2", "2025-1"}
    assert set(found.districts) == {historic.wijk}
    await historic.assert_sound()


async def test_late_invoices_are_read_back_with_how_complete_they_are(historic: Town) -> None:
    made = invent(World(families=20, lag=True), seed=5)
    plan = await plan_for(historic)
    written = await write(historic, made, seed=6)
    found = await panel_of(historic, plan)
    check_same(found, made, written.places(found))
    assert found.panel.completeness == pytest.approx(made.panel.completeness, abs=0.001)


async def test_a_frozen_link_gives_the_same_panel_for_ever(historic: Town) -> None:
    plan = await plan_for(historic)
    family, (parent, child) = await live_here(historic)
    await observe(historic, cost(child, 3, 10_000), cost(parent, 14, 500, source="SHV", kind=DEBTS))
    then = await at_link(historic)
    before = await panel_of(historic, plan, then)
    assert (await panel_of(historic, plan, then)).data_hash == before.data_hash
    await observe(historic, cost(child, 3, 5_000), cost(child, 4, 7_000), at=LATER)
    await historic.do(
        lambda connection, instruction: split_family(
            connection,
            instruction=replace(instruction, at=LATER),
            family=family,
            persons=[child],
            household=Household(),
            amounts=None,
            from_date=month(2),
            booking_date=DAY,
        )
    )
    after = await panel_of(historic, plan, then)
    assert after.data_hash == before.data_hash
    assert cells(after, family) == {3: 10_000}
    now = await panel_of(historic, plan)
    assert now.data_hash != before.data_hash
    assert len(now.families) == 2
    assert cells(now, family) == {}


@pytest.mark.parametrize(("day", "first_of_new"), [(date(2024, 7, 1), 18), (date(2024, 7, 15), 19)])
async def test_a_split_family_keeps_every_cent_once(
    historic: Town, day: date, first_of_new: int
) -> None:
    plan = await plan_for(historic)
    family, (parent, child) = await live_here(historic)
    await observe(
        historic,
        *(cost(child, number, 100 + number) for number in range(MONTHS)),
        *(cost(parent, number, 10_000) for number in range(MONTHS)),
    )
    new = await acts.split(historic, family, child, from_date=day)
    found = await panel_of(historic, plan)
    assert whole_of(found) == sum(10_100 + number for number in range(MONTHS))
    assert cells(found, new) == {number: 100 + number for number in range(first_of_new, MONTHS)}
    # A family counts in months that it was there as a whole.
    assert np.flatnonzero(found.panel.present[row(found, new)])[0] == (18 if day.day == 1 else 19)
    assert found.panel.present[row(found, family)].all()
    assert found.left_out[OUTSIDE] == 0


async def test_a_merged_family_keeps_every_cent_once(historic: Town) -> None:
    plan = await plan_for(historic)
    family, (parent, _) = await live_here(historic)
    other, (second, _) = await live_here(historic)
    await observe(
        historic,
        *(cost(person, number, 700) for person in (parent, second) for number in range(MONTHS)),
    )
    await acts.merge(historic, family, other, month(20))
    found = await panel_of(historic, plan)
    assert whole_of(found) == 2 * 700 * MONTHS
    assert cells(found, other) == dict.fromkeys(range(20), 700)
    assert cells(found, family) == {n: 700 if n < 20 else 1400 for n in range(MONTHS)}
    assert not found.panel.present[row(found, other), 20:].any()


async def test_who_left_keeps_his_costs_out_of_any_family(historic: Town) -> None:
    plan = await plan_for(historic)
    family, (_, child) = await live_here(historic)
    await observe(historic, *(cost(child, number, 900) for number in range(MONTHS)))
    await acts.leave(historic, family, child, month(12))
    found = await panel_of(historic, plan)
    assert cells(found, family) == dict.fromkeys(range(12), 900)
    assert found.left_out[OUTSIDE] == 24 * 900


async def test_a_family_that_moved_away_has_no_months_of_nothing(historic: Town) -> None:
    plan = await plan_for(historic)
    family, _ = await live_here(historic)
    await historic.do(
        lambda connection, instruction: register_event(
            connection,
            instruction=instruction,
            event=KnownEvent(
                kind=EventKind.MOVE,
                family=family,
                person=None,
                day=date(2024, 3, 10),
                to_gemeente="GM0363",
            ),
        )
    )
    found = await panel_of(historic, plan)
    assert found.panel.present[row(found, family)].tolist() == [n < 14 for n in range(MONTHS)]


async def test_a_corrected_invoice_counts_in_the_month_of_the_help(historic: Town) -> None:
    plan = await plan_for(historic)
    family, (_, child) = await live_here(historic)
    await observe(historic, cost(child, 5, 100_000, document="F1"))
    await observe(
        historic,
        cost(child, 5, -100_000, document="C1", invoiced=9),
        cost(child, 5, 80_000, document="F2", invoiced=9),
    )
    found = await panel_of(historic, plan)
    assert cells(found, family) == {5: 80_000}


async def test_what_is_reversed_was_never_there(historic: Town) -> None:
    plan = await plan_for(historic)
    family, (parent, child) = await live_here(historic)
    await observe(historic, cost(child, 5, 100_000))
    before = await panel_of(historic, plan)
    await observe(
        historic,
        cost(child, 6, 4_000, document="weg", invoiced=8),
        cost(parent, 13, 1_000, source="SHV", kind=DEBTS, document="weg"),
    )
    assert (await panel_of(historic, plan)).panel.start[row(before, family)] == 13
    # Entries that were booked together are reversed together: all of a file.
    (entry, *_) = await historic.ask("SELECT entry_id FROM ledger.entry WHERE document = 'weg'")
    await historic.reverse(entry[0])
    assert (await panel_of(historic, plan)).data_hash == before.data_hash


async def test_a_family_budget_and_observed_costs_add_up(town: Town) -> None:
    planned = replace(
        PLANNED,
        domains=("jeugd", "wmo", "schulden", "armoede"),
        first_month=date(2025, 7, 1),
        until_month=date(2026, 7, 1),
        starts_from=date(2026, 1, 1),
        starts_until=date(2026, 7, 1),
    )
    plan = await plan_for(town, planned)
    family = await town.register(from_date=date(2025, 1, 1))
    budget = await town.open_budget(family)
    parent = await town.person(budget, PARENT)
    days = (date(2026, 3, 10), date(2026, 4, 10))
    (helped,) = await town.draw(draw(budget, parent, cents=310_01, days=days))
    await observe(town, cost(parent, 36, 5_000))
    found = await panel_of(town, plan)
    costs = found.panel.cents[row(found, family)].sum(axis=1)
    assert np.flatnonzero(costs).tolist() == [6, 8, 9]
    assert costs[6] == 5_000
    assert costs[8] == pytest.approx(220_00, abs=5), "22 of 31 days, each fund rounded down"
    assert costs.sum() == 5_000 + 310_01
    await town.reverse(helped.entries[0])
    found = await panel_of(town, plan)
    assert int(found.panel.cents.sum()) == 5_000


async def test_help_from_a_family_budget_begins_when_its_draw_does(town: Town) -> None:
    planned = replace(
        PLANNED,
        first_month=date(2025, 7, 1),
        until_month=date(2026, 7, 1),
        starts_from=date(2026, 1, 1),
        starts_until=date(2026, 7, 1),
    )
    plan = await plan_for(town, planned)
    family = await town.register(from_date=date(2025, 1, 1))
    budget = await town.open_budget(family)
    parent = await town.person(budget, PARENT)
    (helped,) = await town.draw(
        draw(budget, parent, cents=4_000_00, kind=DEBTS, days=(date(2026, 2, 3), date(2026, 2, 4)))
    )
    found = await panel_of(town, plan)
    place = row(found, family)
    assert found.panel.start[place] == 7
    assert found.exposure[place] == {"A"}
    assert found.panel.cents.sum() == 0, "what an intervention costs is no outcome"
    everybody = np.ones(len(found.families), np.bool_)
    paid = found.paid.by_payer(everybody, from_month=0, until_month=12)
    assert sum(paid["A"].values()) == 4_000_00
    await town.reverse(helped.entries[0])
    found = await panel_of(town, plan)
    assert found.panel.start[place] == NEVER
    assert found.exposure[place] == frozenset()


async def test_help_that_another_system_tells_of_begins_when_it_says(historic: Town) -> None:
    plan = await plan_for(historic)
    family, (parent, _) = await live_here(historic)
    before = await at_link(historic)
    told = trajectory(historic.gemeente, str(parent), startdatum="2024-03-05")
    file = read_debt_help(delivery(told), file_name="levering.json", schema=None)
    await historic.do(
        lambda connection, instruction: import_debt_help(
            connection,
            instruction=replace(instruction, at=LATER),
            vault=VAULT,
            file=file,
            file_name="levering.json",
        )
    )
    found = await panel_of(historic, plan)
    assert found.panel.start[row(found, family)] == 14
    then = await panel_of(historic, plan, before)
    assert then.panel.start[row(then, family)] == NEVER


async def test_help_belongs_to_a_family_from_when_somebody_brings_it(historic: Town) -> None:
    plan = await plan_for(historic)
    family, (parent, child) = await live_here(historic)
    other, _ = await live_here(historic)
    await observe(historic, cost(parent, 14, 1_000, source="SHV", kind=DEBTS))
    await acts.leave(historic, family, child, month(10))
    await acts.leave(historic, family, parent, month(22))
    await acts.take_in(historic, other, parent, month(22))
    found = await panel_of(historic, plan)
    assert found.panel.start[row(found, family)] == 14
    assert found.panel.start[row(found, other)] == 22


STARTS: Final = {
    "one kind": ([(14, DEBTS)], {"A"}, 14, range(36)),
    "two at once": ([(14, DEBTS), (19, UPBRINGING)], {"A", "B"}, 14, range(36)),
    "another half a year later": ([(14, DEBTS), (20, UPBRINGING)], {"A"}, 14, range(20)),
    "before the months of the plan": ([(3, DEBTS)], {"A"}, 3, range(0)),
    "after the months of the plan": ([(30, DEBTS)], {"A"}, 30, range(30)),
    "long before the panel": ([(-8, DEBTS)], {"A"}, -8, range(0)),
    "nothing": ([], set(), NEVER, range(36)),
}


@pytest.mark.parametrize("case", sorted(STARTS))
async def test_a_family_is_followed_as_far_as_its_help_can_be_told_apart(
    historic: Town, case: str
) -> None:
    given, exposure, start, counted = STARTS[case]
    plan = await plan_for(historic)
    family = await historic.register(PARENT, CHILD, from_date=date(2020, 1, 1))
    parent = (await acts.family(historic, family)).members[0].person
    if given:
        await observe(
            historic,
            *(cost(parent, number, 1_000, source="SHV", kind=kind) for number, kind in given),
        )
    found = await panel_of(historic, plan)
    assert found.exposure == (frozenset(exposure),)
    assert found.panel.start.tolist() == [start]
    assert np.flatnonzero(found.panel.present[0]).tolist() == list(counted)
    assert found.cohorts() == ("2024-1" if 12 <= start < 30 else "",)
    assert found.left_out[TOO_EARLY] == (start < 12)
    assert found.left_out[TOO_LATE] == (30 <= start < NEVER)
    assert found.left_out[MORE_HELP] == (case == "another half a year later")


async def test_severity_is_what_was_known_before_the_help(historic: Town) -> None:
    plan = await plan_for(historic)
    helped, (parent, _) = await live_here(historic)
    never, _ = await live_here(historic)
    unknown, _ = await live_here(historic)
    await observe(historic, cost(parent, 14, 1_000, source="SHV", kind=DEBTS))
    await measure(
        historic,
        (helped, month(3), "1.5"),
        (helped, month(12), "2"),
        (helped, month(14), "9"),
        (never, month(30), "0.5"),
    )
    await measure(historic, (helped, month(12), "2.5"))
    severity = (found := await panel_of(historic, plan)).panel.severity
    assert severity[row(found, helped)] == pytest.approx(np.log(2.5))
    assert severity[row(found, never)] == pytest.approx(np.log(0.5))
    assert np.isnan(severity[row(found, unknown)])


async def measure(town: Town, *measured: tuple[UUID, date, str]) -> None:
    """Record severities."""
    await town.do(
        lambda connection, instruction: record_severities(
            connection,
            instruction=instruction,
            measurements=[
                Measurement(family=family, measured_on=day, severity=Decimal(severity))
                for family, day, severity in measured
            ],
        )
    )


async def test_months_are_complete_as_far_as_invoices_usually_come(historic: Town) -> None:
    plan = await plan_for(historic)
    _, (_, child) = await live_here(historic)
    parts = (40, 35, 17, 5, 3)
    await observe(
        historic,
        *(
            cost(child, number, 10 * part, invoiced=number + lag, document=f"F{lag}")
            for number in range(MONTHS)
            for lag, part in enumerate(parts)
            if number + lag < MONTHS
        ),
    )
    found = await panel_of(historic, plan)
    assert found.panel.completeness == pytest.approx(
        [1.0] * 32 + [0.97, 0.92, 0.75, 0.40], abs=1e-9
    )


async def test_a_family_without_months_before_its_help_and_one_without_costs_say_nothing(
    historic: Town,
) -> None:
    plan = await plan_for(historic)
    _, (parent, _) = await live_here(historic)
    new = await historic.register(PARENT, CHILD, from_date=month(13))
    arrived = (await acts.family(historic, new)).members[0].person
    await observe(
        historic,
        *(cost(person, 14, 1_000, source="SHV", kind=DEBTS) for person in (parent, arrived)),
    )
    panel = (found := await panel_of(historic, plan)).panel
    admission = admit(panel, window=3)
    assert admission.without_months == 1
    assert not admission.measured[row(found, new)].any()
    assert not panel.cents.any()
    with pytest.raises(NoCostsBefore):
        fit(panel, 0, admission=admission, columns=columns_of(panel))


async def test_books_without_families_give_an_empty_panel(historic: Town) -> None:
    found = await panel_of(historic, await plan_for(historic))
    assert found.panel.cents.shape == (0, MONTHS, 1)
    assert found.families == ()
