"""Straight SQL as the application: no row crosses the border of a gemeente, a team or a family.

The tables are those of the database itself: a new one that names a family, a person or a draw
without a policy of its own fails here.
"""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from api.clock import SystemClock
from api.db import Sight
from ledger import independent
from ledger.checker import check
from ledger.reading import rows
from tests.support import databases
from tests.support.databases import Servers

pytestmark = [pytest.mark.postgres, pytest.mark.anyio]

NAMES_A_FAMILY: Final = (
    *("family_id", "gezin", "families", "family_budget_id", "person_id", "persons"),
    *("draw_id", "draws", "part_id", "item_id", "event_id"),
)
"""A table with one of these columns holds rows of families, and so does what points at it."""

TELLS_OF_ONE: Final = (
    *("ledger.account", "ledger.balance", "ledger.month_total", "ledger.posting", "ledger.entry"),
    *("domains.executed_event", "access.audit_line"),
)
"""These tell of a family in another way: in a dimension, in a name, in an address."""

FOR_NOBODY: Final = {"domains.benefit_block", "domains.benefit_line", "access.audit_line"}
"""Rows about many families at once, which no team sees."""

GEMEENTE: Final = "GM0344"
CLOCK: Final = SystemClock()

CHECKS_SQL: Final = """
    SELECT conrelid::regclass::text, conname FROM pg_constraint
    WHERE contype IN ('c', 'x') AND conrelid <> 0
      AND connamespace::regnamespace::text IN ('domains', 'persons', 'ledger', 'access')
"""

TABLES_SQL: Final = """
    WITH RECURSIVE named AS (
        SELECT DISTINCT attrelid AS id FROM pg_attribute
        JOIN pg_class AS held ON held.oid = attrelid
        WHERE held.relkind = 'r' AND NOT attisdropped
          AND relnamespace IN ('domains'::regnamespace, 'persons'::regnamespace,
                               'ledger'::regnamespace, 'access'::regnamespace)
          AND (attname = ANY (%s) AND atttypid IN ('uuid'::regtype, 'uuid[]'::regtype)
               OR attrelid = ANY (%s::regclass[]))
        UNION
        SELECT conrelid FROM pg_constraint JOIN named ON confrelid = id
        WHERE contype = 'f' AND conrelid::regclass::text NOT LIKE 'pg_%%'
    )
    SELECT id::regclass::text FROM named ORDER BY 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A family of a team, with an id for all that may hang on it."""

    team: str
    family: UUID
    ids: Mapping[str, UUID]

    @property
    def sight(self) -> Sight:
        """Return what somebody of its team sees."""
        return Sight(teams=frozenset({self.team}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Borders:
    """A gemeente with a row of each of two families in every table that can hold one."""

    app_url: str
    superuser_url: str
    tables: tuple[str, ...]
    north: Home
    south: Home


def test_every_row_of_a_gemeente_is_guarded(superuser_url: str) -> None:
    with psycopg.connect(superuser_url) as connection:
        open_ones = connection.execute("""
            SELECT held.oid::regclass::text FROM pg_class AS held
            JOIN pg_attribute ON attrelid = held.oid AND attname = 'gemeente'
            WHERE held.relkind = 'r' AND NOT (held.relrowsecurity AND EXISTS (
                SELECT 1 FROM pg_policy WHERE polrelid = held.oid AND polname = 'own_gemeente'))
        """).fetchall()
        assert open_ones == []
        views = connection.execute("""
            SELECT held.oid::regclass::text FROM pg_class AS held
            WHERE held.relkind IN ('v', 'm')
              AND relnamespace::regnamespace::text IN ('domains', 'persons', 'ledger', 'access')
              AND has_table_privilege('ontschot_app', held.oid, 'SELECT')
              AND NOT coalesce(reloptions, '{}') @> '{security_invoker=true}'
        """).fetchall()
        assert views == [], "these views show what their owner sees"


def test_only_whoever_may_calls_a_function_of_the_owner(superuser_url: str) -> None:
    with psycopg.connect(superuser_url) as connection:
        open_ones = connection.execute("""
            SELECT called.oid::regprocedure::text FROM pg_proc AS called
            WHERE prosecdef AND prorettype <> 'trigger'::regtype
              AND pronamespace::regnamespace::text IN ('domains', 'persons', 'ledger', 'access')
              AND has_function_privilege('public', called.oid, 'EXECUTE')
        """).fetchall()
    assert open_ones == []


async def test_nobody_asks_whose_it_is_in_another_gemeente(
    borders: Borders, engine: AsyncEngine
) -> None:
    north = borders.north.ids
    for gemeente, told in ((GEMEENTE, True), ("GM9999", False)):
        async with db.transaction(engine, gemeente) as connection:
            for name, of in (
                *(("sees_family", "family_id"), ("sees_person", "person_id")),
                *(("sees_draw", "draw_id"), ("sees_account", "account_id")),
            ):
                asked = f"SELECT domains.{name}(%s, %s)"
                ((found,),) = await rows(connection, asked, (GEMEENTE, north[of]))
                assert found is told, name


def test_who_moved_is_seen_by_his_new_team_only(borders: Borders) -> None:
    north, moved = borders.north, borders.south.ids["person_id"]
    held = ("domains.big_five", "domains.declared_line", "persons.person", "access.processing")
    with psycopg.connect(borders.superuser_url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "INSERT INTO domains.member VALUES"
            " (%s, %s, %s, '2010-01-01', '2025-01-01', '2025-06-01', now(), now())",
            (GEMEENTE, north.family, moved),
        )
        connection.execute(
            "SELECT set_config('ontschot.gemeente', %s, true),"
            " set_config('ontschot.teams', '{noord}', true)",
            (GEMEENTE,),
        )
        connection.execute("SET LOCAL ROLE ontschot_app")
        for table in held:
            found = connection.execute(f"SELECT person_id FROM {table}".encode()).fetchall()
            assert found == [(north.ids["person_id"],)], table
        stays = connection.execute(
            "SELECT until_date FROM domains.member WHERE person_id = %s", (moved,)
        )
        assert len(stays.fetchall()) == 1
        # Whoever opens the family that he left still says so of him.
        connection.execute(
            "INSERT INTO access.processing VALUES (%s, %s, %s, 'x', 'x', %s, now(), now())",
            (GEMEENTE, CLOCK.new_random_id(), bytes(8), moved),
        )
        connection.rollback()


def test_every_table_with_rows_of_families_says_who_sees_them(
    borders: Borders, superuser_url: str
) -> None:
    with psycopg.connect(superuser_url) as connection:
        guarded = connection.execute(
            "SELECT polrelid::regclass::text FROM pg_policy"
            " WHERE polname = 'own_families' AND NOT polpermissive AND polcmd = '*'"
        ).fetchall()
    assert set(borders.tables) == {str(name) for (name,) in guarded}


async def seen(engine: AsyncEngine, gemeente: str, table: str, sight: Sight) -> set[str]:
    async with db.transaction(engine, gemeente, sight) as connection:
        return {row[0] for row in await rows(connection, f"SELECT held::text FROM {table} AS held")}


async def test_no_team_reads_what_is_of_another(borders: Borders, engine: AsyncEngine) -> None:
    north, south = borders.north, borders.south
    covering = Sight(teams=frozenset({"oost"}), families=frozenset({north.family}))
    for table in borders.tables:
        every = await seen(engine, GEMEENTE, table, db.WHOLE)
        assert len(every) == 2, table
        both = [await seen(engine, GEMEENTE, table, home.sight) for home in (north, south)]
        expected = [set(), set()] if table in FOR_NOBODY else [{min(both[0])}, {min(both[1])}]
        assert both == expected, table
        assert not both[0] & both[1], table
        assert await seen(engine, GEMEENTE, table, covering) == both[0], table
        for nothing in (Sight(teams=frozenset()), Sight(teams=frozenset({"*"}))):
            assert await seen(engine, GEMEENTE, table, nothing) == set(), table
        assert await seen(engine, "GM9999", table, db.WHOLE) == set(), table


async def test_without_settings_nothing_is_seen(borders: Borders, engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        for table in borders.tables:
            assert await rows(connection, f"SELECT 1 FROM {table}") == [], table
        gemeente = f"SELECT set_config('ontschot.gemeente', '{GEMEENTE}', true)"
        await connection.exec_driver_sql(gemeente)
        for table in borders.tables:
            assert await rows(connection, f"SELECT 1 FROM {table}") == [], table


async def test_no_team_writes_a_row_of_another(borders: Borders, engine: AsyncEngine) -> None:
    tried = 0
    for table in borders.tables:
        async with db.transaction(engine, GEMEENTE) as connection:
            ((may,),) = await rows(connection, "SELECT has_table_privilege(%s, 'INSERT')", (table,))
            found = await rows(connection, f"SELECT row_to_json(held)::text FROM {table} AS held")
        if not may:
            continue
        tried += 1
        own = "oost" if table not in FOR_NOBODY else "noord"
        for (row,) in found:
            with pytest.raises(DBAPIError, match="row-level security"):
                async with db.transaction(
                    engine, GEMEENTE, Sight(teams=frozenset({own}))
                ) as connection:
                    await connection.exec_driver_sql(
                        f"INSERT INTO {table}"
                        f" SELECT (json_populate_record(NULL::{table}, %s::json)).*",
                        (row,),
                    )
    assert tried > 20


async def test_no_team_changes_a_row_of_another(borders: Borders, engine: AsyncEngine) -> None:
    for table in ("domains.member", "domains.lead_professional"):
        end = f"UPDATE {table} SET until_date = '2026-03-01', ended_at = now() WHERE family_id = %s"
        for family, changed in ((borders.south.family, 0), (borders.north.family, 1)):
            async with db.transaction(engine, GEMEENTE, borders.north.sight) as connection:
                done = await connection.exec_driver_sql(end, (family,))
                assert done.rowcount == changed, table


async def test_nobody_checks_books_of_which_he_sees_a_part(
    borders: Borders, engine: AsyncEngine
) -> None:
    async with db.transaction(engine, GEMEENTE, borders.north.sight) as connection:
        for way in (check, independent.check):
            with pytest.raises(ValueError, match="does not see"):
                await way(connection, gemeente=GEMEENTE, progress=None)


async def test_functions_of_the_owner_look_whose_it_is(
    borders: Borders, engine: AsyncEngine
) -> None:
    south = borders.south.ids
    async with db.transaction(engine, GEMEENTE, borders.north.sight) as connection:
        ((found,),) = await rows(
            connection,
            "SELECT domains.draw_dossier(%s, 'regels', %s::uuid[], %s::uuid[], %s::uuid[],"
            " '2026-01-01')",
            (
                GEMEENTE,
                [south["family_budget_id"]],
                [south["draw_id"]],
                [south["person_id"]],
            ),
        )
        told = json.dumps(found) if not isinstance(found, str) else found
        assert not [name for name, each in south.items() if str(each) in told]
        ((found,),) = await rows(
            connection,
            "SELECT domains.delivery_dossier(%s, 'regels', %s::uuid[], '2026-01-01')",
            (GEMEENTE, [south["draw_id"]]),
        )
        assert str(south["draw_id"]) not in str(found)
        stays = await rows(
            connection,
            "SELECT * FROM domains.stays_of(%s, %s)",
            (GEMEENTE, south["person_id"]),
        )
        assert stays == []


@pytest.fixture(scope="module")
def borders(servers: Servers, server: str) -> Iterator[Borders]:
    """Write a row of a family of each of two teams in every table, without asking the program.

    The database is its own, without the constraints on what a row may say.
    """
    made = servers.fresh(server)
    north, south = _home("noord"), _home("zuid")
    with psycopg.connect(made.superuser_url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for table, name in connection.execute(CHECKS_SQL).fetchall():
            connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"'.encode())
        found = connection.execute(TABLES_SQL, (list(NAMES_A_FAMILY), list(TELLS_OF_ONE)))
        tables = tuple(str(name) for (name,) in found.fetchall())
        for number, home in enumerate((north, south), 1):
            for table in tables:
                _write(connection, table, home, number=number)
    yield Borders(
        app_url=made.app_url,
        superuser_url=made.superuser_url,
        tables=tables,
        north=north,
        south=south,
    )
    databases.drop(servers.server(server), made)


@pytest.fixture
async def engine(borders: Borders, anyio_backend: str) -> AsyncIterator[AsyncEngine]:
    """Connect to the database of these tests as the application."""
    made = db.engine_for(borders.app_url)
    yield made
    await made.dispose()


def _home(team: str) -> Home:
    names = (
        *("family_id", "family_budget_id", "person_id", "draw_id", "part_id", "event_id"),
        *("settlement_id", "account_id", "key_id", "block_id"),
    )
    ids = {name: CLOCK.new_random_id() for name in names}
    return Home(team=team, family=ids["family_id"], ids=ids)


def _write(
    connection: "psycopg.Connection[tuple[object, ...]]",
    table: str,
    home: Home,
    *,
    number: int,
) -> None:
    """Write one row of a family, with something in every column that must hold something."""
    ids = home.ids
    linked: dict[str, Any] = {
        **ids,
        "gemeente": GEMEENTE,
        "team": home.team,
        "gezin": ids["family_id"],
        "families": [ids["family_id"]],
        "keys": [1],
        "persons": [ids["person_id"]],
        "draws": [ids["draw_id"]],
        "item_id": ids["part_id"],
        "dimensions": json.dumps({"gezin": str(ids["family_id"])}),
        "kind": "verjaardag",
        "name": f"18 {ids['person_id']}",
        "chain_number": number,
        "number": number,
    }
    columns = connection.execute(
        "SELECT attname, format_type(atttypid, NULL), attnotnull FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        (table,),
    ).fetchall()
    given = {
        str(name): linked[str(name)] if name in linked else written(str(kind), str(name))
        for name, kind, needed in columns
        if name in linked or needed
    }
    connection.execute(
        sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.SQL(table),
            sql.SQL(", ").join(sql.Identifier(name) for name in given),
            sql.SQL(", ").join(sql.Placeholder() for _ in given),
        ),
        tuple(given.values()),
    )


def written(kind: str, name: str) -> Any:
    """Make a value of a type."""
    if kind.endswith("[]"):
        return "{}"
    if kind == "text":
        return "x"
    if kind == "uuid":
        return CLOCK.new_random_id()
    if kind in {"json", "jsonb"}:
        return "{}"
    if kind == "date":
        return "2026-02-01" if "until" in name else "2026-01-01"
    return {"boolean": False, "bytea": bytes(32)}.get(
        kind, "2026-01-01 12:00Z" if "timestamp" in kind else 1
    )
