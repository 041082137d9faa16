"""Who may do what to the books: the application almost nothing, and nobody may change them."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

import psycopg
import pytest
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from api.migrate import APP, OWNER
from tests.support.databases import Database
from tests.support.making import account, change_period, entry, new_id, post, request

pytestmark = [pytest.mark.postgres, pytest.mark.anyio]

APPEND_ONLY: Final = ("account", "entry", "link", "period_change", "posting", "request")
DERIVED: Final = ("balance", "chain_head", "month_total")
VIEWS: Final = ("booking_month",)
CHANGES: Final = ("INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
AS_OWNER: Final = {"change_period", "lock_accounts", "municipalities", "post"}
GRANTED: Final = {*AS_OWNER, "canonical", "moment", "netstring"}

TABLES_SQL: Final = """
    SELECT class.relname,
           class.relrowsecurity OR coalesce('security_invoker=true' = ANY (class.reloptions), false)
    FROM pg_class AS class JOIN pg_namespace AS space ON space.oid = class.relnamespace
    WHERE space.nspname = 'ledger' AND class.relkind IN ('r', 'p', 'v', 'm') ORDER BY 1
"""
FUNCTIONS_SQL: Final = """
    SELECT routine.oid, routine.proname, routine.prosecdef,
           coalesce(routine.proconfig::text, '') AS settings,
           has_function_privilege(%s, routine.oid, 'EXECUTE') AS app_may,
           EXISTS (SELECT 1 FROM aclexplode(coalesce(
               routine.proacl, acldefault('f', routine.proowner))) AS given
               WHERE given.grantee = 0) AS everybody_may
    FROM pg_proc AS routine JOIN pg_namespace AS space ON space.oid = routine.pronamespace
    WHERE space.nspname = 'ledger' ORDER BY 2
"""


@pytest.fixture
def superuser(superuser_url: str) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    """Connect as superuser; nothing that a test does stays."""
    with psycopg.connect(superuser_url) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def owner(owner_url: str) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    """Connect as the owner of the tables; nothing that a test does stays."""
    with psycopg.connect(owner_url) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
async def standing(engine: AsyncEngine, gemeente: str) -> str:
    """Give a municipality with entries of two months and a row in every table."""
    source, room = account(gemeente, "0100"), account(gemeente, "0110", floor_cents=0)
    await change_period(engine, gemeente)
    fill = entry((source, -1_000), (room, 1_000))
    before = entry((source, -1_000), (room, 1_000), day=date(2026, 1, 5))
    await post(engine, gemeente, request("vullen", (fill,), (before,), accounts=(source, room)))
    return gemeente


def test_every_table_of_the_books_is_named_here(
    superuser: "psycopg.Connection[tuple[object, ...]]",
) -> None:
    found = {name for name, _ in superuser.execute(TABLES_SQL).fetchall()}
    assert found == {*APPEND_ONLY, *DERIVED, *VIEWS}


def test_application_may_read_every_table_and_change_none(
    superuser: "psycopg.Connection[tuple[object, ...]]",
) -> None:
    may = "SELECT has_table_privilege(%s, %s, %s)"
    for table in (*APPEND_ONLY, *DERIVED, *VIEWS):
        name = f"ledger.{table}"
        assert superuser.execute(may, (APP, name, "SELECT")).fetchone() == (True,), name
        for change in CHANGES:
            assert superuser.execute(may, (APP, name, change)).fetchone() == (False,), (
                name,
                change,
            )
        for change in ("INSERT", "UPDATE", "REFERENCES"):
            found = superuser.execute(
                "SELECT has_any_column_privilege(%s, %s, %s)", (APP, name, change)
            ).fetchone()
            assert found == (False,), (name, change)


def test_application_may_execute_the_granted_functions_only(
    superuser: "psycopg.Connection[tuple[object, ...]]",
) -> None:
    found = superuser.execute(FUNCTIONS_SQL, (APP,)).fetchall()
    assert {name for _, name, _, _, app_may, _ in found if app_may} == GRANTED
    assert not [name for _, name, _, _, _, everybody_may in found if everybody_may]
    assert {name for _, name, as_owner, _, _, _ in found if as_owner} == AS_OWNER
    for _, name, as_owner, settings, _, _ in found:
        assert not as_owner or "search_path=pg_catalog, pg_temp" in str(settings), name


def test_application_owns_nothing_and_may_make_nothing(
    superuser: "psycopg.Connection[tuple[object, ...]]",
) -> None:
    role = superuser.execute(
        "SELECT rolsuper, rolcreatedb, rolcreaterole, rolbypassrls, rolreplication"
        " FROM pg_roles WHERE rolname = %s",
        (APP,),
    ).fetchone()
    assert role == (False,) * 5
    member = "SELECT pg_has_role(%s, %s, 'MEMBER')"
    assert superuser.execute(member, (APP, OWNER)).fetchone() == (False,)
    for schema in ("ledger", "public"):
        may = "SELECT has_schema_privilege(%s, %s, 'CREATE')"
        assert superuser.execute(may, (APP, schema)).fetchone() == (False,), schema


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO ledger.chain_head VALUES ('GM9999', 1, '')",
        "UPDATE ledger.balance SET balance_cents = 1",
        "DELETE FROM ledger.entry",
        "TRUNCATE ledger.posting",
        "SELECT 1 FROM ledger.balance FOR UPDATE",
        "SELECT ledger.lock_head('GM9999')",
        "ALTER TABLE ledger.entry DISABLE TRIGGER ALL",
        "DROP TABLE ledger.entry",
        "SET ROLE ontschot_owner",
        "SET session_replication_role = replica",
    ],
)
async def test_application_is_stopped_when_it_tries(
    engine: AsyncEngine, gemeente: str, statement: str
) -> None:
    with pytest.raises(ProgrammingError, match=r"InsufficientPrivilege"):
        async with db.transaction(engine, gemeente) as connection:
            await connection.exec_driver_sql(statement)


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("change", ["UPDATE", "DELETE", "TRUNCATE"])
def test_not_even_a_superuser_changes_what_was_booked(
    superuser: "psycopg.Connection[tuple[object, ...]]", standing: str, table: str, change: str
) -> None:
    with pytest.raises(psycopg.DatabaseError, match="alleen aan te vullen") as stopped:
        superuser.execute(_change(table, change, standing).encode())
    assert stopped.value.sqlstate == "OS001"


@pytest.mark.parametrize("table", DERIVED)
@pytest.mark.parametrize("change", ["DELETE", "TRUNCATE"])
def test_not_even_a_superuser_removes_what_was_derived(
    superuser: "psycopg.Connection[tuple[object, ...]]", standing: str, table: str, change: str
) -> None:
    with pytest.raises(psycopg.DatabaseError, match="alleen aan te vullen") as stopped:
        superuser.execute(_change(table, change, standing).encode())
    assert stopped.value.sqlstate == "OS001"


def _change(table: str, change: str, gemeente: str) -> str:
    """Write a statement that touches the rows of one municipality."""
    if change == "UPDATE":
        return f"UPDATE ledger.{table} SET gemeente = gemeente WHERE gemeente = '{gemeente}'"
    if change == "DELETE":
        return f"DELETE FROM ledger.{table} WHERE gemeente = '{gemeente}'"
    return f"TRUNCATE ledger.{table}"


LINES: Final = """
situation                      | line 1       | line 2        | entry's day | stopped
in balance                     | source -500  | room 500      | 2026-03-01  |
not in balance                 | source -500  | room 499      | 2026-03-01  | OS002
in balance over two colours    | source -500  | wmo 500       | 2026-03-01  | OS002
on an account that is unknown  | source -500  | nowhere 500   | 2026-03-01  | OS002
one line of zero               | source 0     | room 0        | 2026-03-01  | 23514
lines on another day           | source -500  | room 500      | 2026-03-02  | OS002
entry without its second line  |              |               | 2026-03-01  | OS002
"""


@pytest.mark.parametrize(
    "row", LINES.strip().splitlines()[1:], ids=lambda row: row.split("|")[0].strip()
)
async def test_database_itself_refuses_what_the_owner_writes_by_hand(
    owner: "psycopg.Connection[tuple[object, ...]]", engine: AsyncEngine, standing: str, row: str
) -> None:
    _, first, second, day, stopped = (cell.strip() for cell in row.split("|"))
    wmo = account(standing, "0100", colour="WMO-2026")
    await post(engine, standing, request("nog een rekening", accounts=(wmo,)))
    ids = {
        "source": account(standing, "0100").id,
        "room": account(standing, "0110").id,
        "wmo": wmo.id,
        "nowhere": new_id(),
    }
    values = [
        (ids[name], int(cents))
        for name, cents in (line.split() for line in (first, second) if line)
    ]
    if not stopped:
        _write(owner, standing, values, date.fromisoformat(day))
        return
    with pytest.raises(psycopg.DatabaseError) as found:
        _write(owner, standing, values, date.fromisoformat(day))
    assert found.value.sqlstate == stopped


async def test_line_cannot_be_added_to_a_link_that_stands(
    owner: "psycopg.Connection[tuple[object, ...]]", standing: str
) -> None:
    with pytest.raises(psycopg.DatabaseError, match="bestaande schakel") as found:
        owner.execute(
            "INSERT INTO ledger.posting SELECT gemeente, chain_number, position, line + 2,"
            " account_id, booking_date, amount_cents, basis FROM ledger.posting"
            " WHERE gemeente = %s",
            (standing,),
        )
    assert found.value.sqlstate == "OS001"


async def test_floor_holds_whatever_writes_the_balance(
    owner: "psycopg.Connection[tuple[object, ...]]", standing: str
) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="ck_balance_floor"):
        owner.execute(
            "UPDATE ledger.balance SET balance_cents = -1"
            " WHERE gemeente = %s AND floor_cents IS NOT NULL",
            (standing,),
        )


def _write(
    owner: "psycopg.Connection[tuple[object, ...]]",
    gemeente: str,
    values: Sequence[tuple[object, int]],
    day: date,
) -> None:
    """Write lines on 1 March 2026 and their entry by hand, as link 99."""
    if values:
        owner.execute(
            "INSERT INTO ledger.posting (gemeente, chain_number, position, line, account_id,"
            " booking_date, amount_cents, basis)"
            " SELECT %s, 99, 1, row_number() OVER (), line.account, '2026-03-01', line.cents, ''"
            " FROM unnest(%s::uuid[], %s::bigint[]) AS line (account, cents)",
            (gemeente, [place for place, _ in values], [cents for _, cents in values]),
        )
    owner.execute(
        "INSERT INTO ledger.entry (gemeente, chain_number, position, request_number, group_number,"
        " entry_id, booking_date, recorded_at, actor, kind, description, document, rule_version,"
        " metadata, content_hash)"
        " VALUES (%s, 99, 1, 1, 1, %s, %s, now(), '', '', '', '', '', '{}', '')",
        (gemeente, new_id(), day),
    )


def test_rows_of_another_municipality_can_be_hidden(
    superuser: "psycopg.Connection[tuple[object, ...]]",
) -> None:
    guarded = {str(name): hides for name, hides in superuser.execute(TABLES_SQL).fetchall()}
    assert guarded == dict.fromkeys((*APPEND_ONLY, *DERIVED, *VIEWS), True)


@pytest.mark.parametrize("table", [*APPEND_ONLY, *DERIVED, *VIEWS])
async def test_application_sees_the_rows_of_its_own_municipality_only(
    engine: AsyncEngine, standing: str, table: str
) -> None:
    asked = f"SELECT count(*) FROM ledger.{table} WHERE gemeente = '{standing}'"
    other = "GM9999" if standing != "GM9999" else "GM9998"
    for gemeente, seen in ((standing, True), (other, False)):
        async with db.transaction(engine, gemeente) as connection:
            found = await connection.exec_driver_sql(asked)
            assert (found.scalar_one() > 0) is seen, gemeente
    async with engine.connect() as connection:
        found = await connection.exec_driver_sql(asked)
        assert found.scalar_one() == 0, "without a municipality nothing is seen"


def test_application_connects_as_itself(database: Database) -> None:
    with psycopg.connect(database.app_url) as connection:
        assert connection.execute("SELECT current_user").fetchone() == (APP,)
