"""Municipalities that differ only in money, or in who asked first, give the same help."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import date
from typing import Any, Final, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api import db
from domains.draws.model import Place, StandingPart
from tests.domains.support import Town
from tests.properties.asking import (
    Asking,
    Families,
    Money,
    Use,
    as_one_help,
    askings,
    covered,
    moneys,
    noticed,
    split_of,
    uses,
)
from tests.support import databases
from tests.support.databases import Database

pytestmark = [
    pytest.mark.postgres,
    # One server will do: the laws of the kernel are held against both.
    pytest.mark.parametrize("server", [databases.PACKAGED], indirect=True, scope="session"),
]

SHORT: Final = settings(
    max_examples=12,  # The long proof tries five hundred.
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
LONG: Final = settings(SHORT, max_examples=500)

NewTown: TypeAlias = Callable[[], Town]
Law: TypeAlias = Callable[[NewTown, Any], Coroutine[Any, Any, None]]
Seeing: TypeAlias = Callable[[list[StandingPart]], list[StandingPart]]

MORNINGS: Final = (date(2026, 5, 20), date(2026, 6, 1))
"""After the eighteenth birthday of the youngsters; each lets what waits go one level up."""
SHARED: Final = frozenset({Place.COMPLEX, Place.FREE})

two_moneys = st.tuples(
    moneys,
    moneys,
    st.lists(askings, min_size=1, max_size=5),
    st.lists(st.booleans(), min_size=1),
    st.lists(uses, max_size=3),
)
two_orders = st.tuples(moneys, st.lists(askings, min_size=2, max_size=6))


async def money_changes_the_payer_only(
    new_town: NewTown, invented: tuple[Money, Money, list[Asking], list[bool], list[Use]]
) -> None:
    """Ask the same of a rich and of a poor municipality, and let the same happen in both."""
    *both, asked, verdicts, used = invented
    towns = [Families(new_town()) for _ in both]
    await _all(each.begin(money) for each, money in zip(towns, both, strict=True))
    await _all(each.ask(asked) for each in towns)
    await _are_alike(towns)
    await _all(each.judge(verdicts) for each in towns)
    before = await _are_alike(towns)
    seen: Seeing = list
    for day in MORNINGS:
        await _all(each.start_day(day) for each in towns)
        after = await _are_alike(towns, seen)
        # What waited may be granted now; nobody loses help by growing up.
        assert all(after[key] >= cents for key, cents in before.items())
        one, other = await asyncio.gather(*(each.use(used) for each in towns))
        assert one == other
        if any(each.what == "release" for each in used):
            seen = as_one_help
        before = await _are_alike(towns, seen)
    await towns[1].town.assert_sound()


async def order_changes_no_help(new_town: NewTown, invented: tuple[Money, list[Asking]]) -> None:
    """Let families ask in another order; each has a district of its own."""
    money, asked = invented
    towns = [Families(new_town()) for _ in range(2)]
    await _all(each.begin(money, own_districts=True) for each in towns)
    await towns[0].ask(sorted(asked, key=lambda each: each.family))
    await towns[1].ask(sorted(asked, key=lambda each: -each.family))
    one, other = [
        sorted(
            await each.read(), key=lambda found: each.budgets.index(found[0].request.family_budget)
        )
        for each in towns
    ]
    assert [noticed(*each) for each in one] == [noticed(*each) for each in other]
    splits = [[split_of(parts) for _, parts in found] for found in (one, other)]
    if not any(place in SHARED for found in splits for split in found for _, place in split):
        assert splits[0] == splits[1]


async def _all(doing: Any) -> None:
    await asyncio.gather(*doing)


async def _are_alike(towns: Sequence[Families], seen: Seeing = list) -> dict[tuple[int, int], int]:
    """Compare what people notice; gives what is covered in the first."""
    read = await asyncio.gather(*(each.read() for each in towns))
    one, other = [[noticed(draw, seen(parts)) for draw, parts in each] for each in read]
    assert one == other
    return covered(read[0])


def prove(
    database: Database,
    new_gemeente: Callable[[], str],
    law: Law,
    *,
    invented: st.SearchStrategy[Any],
    how: settings,
) -> None:
    """Hold a law against invented municipalities."""
    with asyncio.Runner() as runner:
        engine = db.engine_for(database.app_url)

        @how
        @given(invented)
        def holds(found: Any) -> None:
            runner.run(law(lambda: Town(engine, new_gemeente()), found))

        try:
            holds()
        finally:
            runner.run(engine.dispose())


def test_money_changes_only_who_pays(database: Database, new_gemeente: Callable[[], str]) -> None:
    prove(database, new_gemeente, money_changes_the_payer_only, invented=two_moneys, how=SHORT)


@pytest.mark.bewijs
def test_money_changes_only_who_pays_for_long(
    database: Database, new_gemeente: Callable[[], str]
) -> None:
    prove(database, new_gemeente, money_changes_the_payer_only, invented=two_moneys, how=LONG)


def test_who_asks_first_changes_no_help(
    database: Database, new_gemeente: Callable[[], str]
) -> None:
    prove(database, new_gemeente, order_changes_no_help, invented=two_orders, how=SHORT)


@pytest.mark.bewijs
def test_who_asks_first_changes_no_help_for_long(
    database: Database, new_gemeente: Callable[[], str]
) -> None:
    prove(database, new_gemeente, order_changes_no_help, invented=two_orders, how=LONG)
