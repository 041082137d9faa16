"""Districts: which ones a municipality may have, once each, and keys over them."""

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from domains.data.files import content_of
from domains.districts.operations import import_districts
from domains.districts.queries import district, districts
from domains.districts.rules import (
    DistrictElsewhere,
    DistrictTwice,
    Key,
    KeyWithoutFigures,
    UnknownDistrict,
    check_districts,
    key_weights,
)
from domains.readers.model import District
from domains.readers.registry import read_districts
from tests.domains.support import Operation, Town


def wijk(code: str, *, inhabitants: int | None = 10, households: int | None = 4) -> District:
    """Make a district."""
    return District(code=code, name=code, inhabitants=inhabitants, households=households)


def importing(*found: District) -> Operation:
    """Ask to make districts known."""
    return lambda connection, instruction: import_districts(
        connection, instruction=instruction, districts=found
    )


@pytest.mark.parametrize(
    ("code", "is_ours"),
    [
        ("WK034401", True),
        ("WK034400", True),
        ("WK034501", False),
        ("WK03441", False),
        ("WK0344011", False),
        ("WK0344AB", False),
        ("wk034401", False),
        ("BU034401", False),
        ("WK034401\n", False),
    ],
)
def test_a_district_belongs_to_its_own_municipality(code: str, is_ours: bool) -> None:  # noqa: FBT001
    if is_ours:
        check_districts("GM0344", [wijk("WK034402"), wijk(code)])
        return
    with pytest.raises(DistrictElsewhere) as caught:
        check_districts("GM0344", [wijk("WK034402"), wijk(code)])
    assert "na WK moet 0344 staan" in caught.value.message()


@pytest.mark.parametrize(
    ("key", "weights"),
    [
        (Key.INHABITANTS, {"WK034401": 10, "WK034402": 0}),
        (Key.HOUSEHOLDS, {"WK034401": 4, "WK034402": 0}),
    ],
)
def test_a_key_is_a_figure_of_each_district(key: Key, weights: dict[str, int]) -> None:
    found = [wijk("WK034401"), wijk("WK034402", inhabitants=0, households=0)]
    assert key_weights(key, found) == weights


@pytest.mark.parametrize("key", Key)
def test_a_key_needs_its_figure_of_every_district(key: Key) -> None:
    found = [wijk("WK034401"), wijk("WK034402", inhabitants=None, households=None)]
    with pytest.raises(KeyWithoutFigures) as caught:
        key_weights(key, found)
    assert f"Wijk WK034402 heeft geen cijfer voor sleutel '{key.value}'" in caught.value.message()


async def test_a_district_that_is_known_stays_as_it_is(new_town: Town) -> None:
    first = [wijk(f"{new_town.wijk[:-2]}02"), wijk(new_town.wijk)]
    second = [wijk(new_town.wijk, inhabitants=99), wijk(f"{new_town.wijk[:-2]}03")]
    await new_town.do(importing(*first))
    await new_town.do(importing(*second))
    async with db.transaction(new_town.engine, new_town.gemeente) as connection:
        known = await districts(connection, gemeente=new_town.gemeente)
        assert [each.code[-2:] for each in known] == ["01", "02", "03"]
        assert [each.inhabitants for each in known] == [10, 10, 10]
        assert await district(connection, gemeente=new_town.gemeente, code=new_town.wijk) == wijk(
            new_town.wijk
        )
        with pytest.raises(UnknownDistrict):
            await district(connection, gemeente=new_town.gemeente, code="WK999999")


async def test_a_known_district_gets_the_figures_it_lacked(new_town: Town) -> None:
    empty = wijk(new_town.wijk, inhabitants=None, households=None)
    for found in (
        empty,
        wijk(new_town.wijk, inhabitants=12, households=None),
        empty,
        wijk(new_town.wijk, inhabitants=99, households=5),
    ):
        await new_town.do(importing(found))
    async with db.transaction(new_town.engine, new_town.gemeente) as connection:
        assert await district(connection, gemeente=new_town.gemeente, code=new_town.wijk) == wijk(
            new_town.wijk, inhabitants=12, households=5
        )
    for change in ("inhabitants = 13", "households = NULL"):
        with pytest.raises(DBAPIError, match="district_figure"):
            async with db.transaction(new_town.engine, new_town.gemeente) as connection:
                await connection.exec_driver_sql(f"UPDATE domains.district SET {change}")
    with pytest.raises(DBAPIError, match="permission denied"):
        async with db.transaction(new_town.engine, new_town.gemeente) as connection:
            await connection.exec_driver_sql("UPDATE domains.district SET name = 'x'")


async def test_two_contents_of_one_district_are_refused(new_town: Town) -> None:
    await new_town.do(importing(wijk(new_town.wijk), wijk(new_town.wijk)))
    with pytest.raises(DistrictTwice) as caught:
        await new_town.do(
            importing(wijk(new_town.wijk), wijk(new_town.wijk, inhabitants=11, households=None))
        )
    assert "(10 inwoners, 4 huishoudens)" in caught.value.message()
    assert "(11 inwoners, geen huishoudens)" in caught.value.message()


async def test_a_district_of_another_municipality_brings_nothing_in(new_town: Town) -> None:
    with pytest.raises(DistrictElsewhere):
        await new_town.add_districts(new_town.wijk, "WK000001")
    assert await new_town.count("domains.district") == 0


async def test_the_real_districts_of_amsterdam_are_all_known(
    fresh_engine: AsyncEngine,
) -> None:
    name = "wijken_amsterdam_2019.csv"
    found = read_districts(content_of(name), file_name=name, municipality="GM0363")
    town = Town(fresh_engine, "GM0363")
    await town.open_year()
    await town.do(importing(*found))
    assert await town.count("domains.district") == len(found)
