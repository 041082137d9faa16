"""From nothing to the newest step, once, and never back past a booking."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from typing import Final

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine
from sqlalchemy.dialects.postgresql.base import ischema_names

from api import db, migrate
from api.migrate import APP, OWNER, ROLE_SQL, RolesMissingError
from api.postgres import Server, start
from ledger import tables
from tests.support import databases
from tests.support.databases import PACKAGED, Database
from tests.support.making import account, change_period, entry, post, request

pytestmark = pytest.mark.postgres

FIRST: Final = "20261122_kernel"


@pytest.fixture
def bare_server(server_folder: Path) -> Iterator[Server]:
    """Give a server on which nothing was prepared, not even the roles."""
    with start(server_folder, databases.binaries_of(PACKAGED)) as server:
        yield server


def config(connection: Connection) -> Config:
    """Make Alembic's settings for a connection."""
    made = Config()
    made.set_main_option("script_location", str(files("migrations")))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made


def shape(database: Database) -> list[tuple[object, ...]]:
    """List every column, function, trigger, policy and index of our schemas."""
    with psycopg.connect(database.superuser_url) as connection:
        return connection.execute("""
            SELECT 'column', table_schema, table_name, column_name, data_type, is_nullable
            FROM information_schema.columns WHERE table_schema NOT LIKE 'pg_%%'
                AND table_schema <> 'information_schema'
            UNION ALL SELECT 'function', pronamespace::regnamespace::text, proname,
                md5(prosrc), proacl::text, proowner::regrole::text
            FROM pg_proc WHERE pronamespace::regnamespace::text NOT LIKE 'pg_%%'
                AND pronamespace::regnamespace::text <> 'information_schema'
            UNION ALL SELECT 'trigger', tgrelid::regclass::text, tgname, tgtype::text, '', ''
            FROM pg_trigger WHERE NOT tgisinternal
            UNION ALL SELECT 'policy', schemaname, tablename, policyname, qual, '' FROM pg_policies
            UNION ALL SELECT 'index', schemaname, tablename, indexname, indexdef, ''
            FROM pg_indexes WHERE schemaname NOT LIKE 'pg_%%'
            ORDER BY 1, 2, 3, 4, 5, 6
        """).fetchall()


def test_there_is_one_newest_step() -> None:
    steps = ScriptDirectory(str(files("migrations")))
    assert len(steps.get_heads()) == 1
    assert steps.get_heads()[0] == migrate.newest()
    assert [step.revision for step in steps.walk_revisions()][-1] == FIRST


def test_every_step_says_why_and_is_named_after_its_file() -> None:
    for step in ScriptDirectory(str(files("migrations"))).walk_revisions():
        assert step.doc, step.revision
        assert Path(step.path).stem == step.revision


def test_from_nothing_to_the_newest_step(empty_database: Database) -> None:
    assert migrate.migrate(empty_database.owner_url) == (None, migrate.newest())


def test_second_run_changes_nothing(empty_database: Database) -> None:
    migrate.migrate(empty_database.owner_url)
    before = shape(empty_database)
    assert migrate.migrate(empty_database.owner_url) == (migrate.newest(), migrate.newest())
    assert shape(empty_database) == before


def test_a_run_forgets_numbers_of_transactions_of_another_server(empty_database: Database) -> None:
    migrate.migrate(empty_database.owner_url)
    with psycopg.connect(empty_database.owner_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO ledger.chain_head (gemeente, chain_number, hash, posted_by)"
            " VALUES ('GM0001', 0, sha256(''), '9000000000')"
        )
        migrate.migrate(empty_database.owner_url)
        assert connection.execute("SELECT posted_by FROM ledger.chain_head").fetchall() == [(None,)]


def test_two_runs_at_once_do_the_work_once(empty_database: Database) -> None:
    with ThreadPoolExecutor(2) as both:
        runs = [both.submit(migrate.migrate, empty_database.owner_url) for _ in range(2)]
    stood_at = [run.result(timeout=60)[0] for run in runs]
    assert sorted(stood_at, key=str) == sorted([None, migrate.newest()], key=str)


def test_step_that_waits_for_a_lock_gives_up(empty_database: Database) -> None:
    migrate.migrate(empty_database.owner_url)
    for step in ScriptDirectory(str(files("migrations"))).walk_revisions():
        assert "lock_timeout" in Path(step.path).read_text(encoding="utf-8"), step.revision


def test_tables_in_python_equal_the_migrations(
    fresh_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = fresh_database.owner_url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(url)
    monkeypatch.setitem(ischema_names, "xid8", tables.Xid8)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "include_name": lambda name, kind, _: kind != "schema" or name == "ledger",
                "compare_type": True,
            },
        )
        found = compare_metadata(context, tables.metadata)
    engine.dispose()
    assert found == []


def test_named_constraints_in_python_equal_the_migrations(fresh_database: Database) -> None:
    with psycopg.connect(fresh_database.owner_url) as connection:
        stored = connection.execute("""
            SELECT conname FROM pg_constraint
            WHERE connamespace = 'ledger'::regnamespace AND contype IN ('c', 'p', 'u')
                AND conname ~ '^(ck|pk|uq)_'
        """).fetchall()
    ours = {
        str(constraint.name)
        for table in tables.metadata.tables.values()
        for constraint in table.constraints
    }
    assert ours == {str(name) for (name,) in stored}


def test_every_table_belongs_to_the_owner_and_hides_other_municipalities(
    fresh_database: Database,
) -> None:
    with psycopg.connect(fresh_database.superuser_url) as connection:
        found = connection.execute("""
            SELECT class.oid::regclass::text, class.relowner::regrole::text, class.relrowsecurity
            FROM pg_class AS class
            JOIN pg_attribute AS attribute
                ON attribute.attrelid = class.oid AND attribute.attname = 'gemeente'
            WHERE class.relkind IN ('r', 'p')
        """).fetchall()
    assert found
    for table, owner, hides in found:
        assert owner == OWNER, table
        assert hides, table


@pytest.mark.anyio
async def test_books_are_never_taken_away(fresh_database: Database, gemeente: str) -> None:
    source, room = account(gemeente, "0100"), account(gemeente, "0110")
    fill = entry((source, -1_000), (room, 1_000))
    app = db.engine_for(fresh_database.app_url)
    await change_period(app, gemeente)
    await post(app, gemeente, request("vullen", (fill,), accounts=(source, room)))
    await app.dispose()

    url = fresh_database.owner_url.replace("postgresql://", "postgresql+psycopg://", 1)
    owner = create_engine(url)
    with owner.connect() as connection, pytest.raises(RuntimeError, match="reservekopie"):
        command.downgrade(config(connection), "base")
    owner.dispose()
    with psycopg.connect(fresh_database.superuser_url) as checking:
        assert checking.execute("SELECT count(*) FROM ledger.entry").fetchone() == (1,)


def test_missing_roles_are_named_with_the_sql_that_makes_them(bare_server: Server) -> None:
    with psycopg.connect(bare_server.url, autocommit=True) as connection:
        connection.execute(ROLE_SQL[0].encode())
        connection.execute("CREATE DATABASE half OWNER ontschot_owner")
    with pytest.raises(RolesMissingError, match=APP) as missing:
        migrate.migrate(bare_server.url_of("half", user=OWNER))
    for statement in ROLE_SQL:
        assert statement in str(missing.value)


def test_prepared_twice_is_prepared_once(bare_server: Server) -> None:
    for _ in range(2):
        migrate.prepare_cluster(bare_server.url, database="samen")
        migrate.migrate(bare_server.url_of("samen", user=OWNER))
    with psycopg.connect(bare_server.url) as connection:
        found = connection.execute(
            "SELECT rolname, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls FROM pg_roles"
            " WHERE rolname LIKE 'ontschot_%' AND rolname <> current_user ORDER BY 1"
        ).fetchall()
    assert found == [(role, False, False, False, False) for role in (APP, OWNER)]
