"""The program goes on while the database moves to its next shape (docs/migrations.md)."""

import ast
import asyncio
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Final

import httpx
import psycopg
import pytest
from alembic.script import Script, ScriptDirectory
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db, migrate
from api.clock import FixedClock
from api.http.app import create_app
from api.postgres import EnvironmentProblem
from api.settings import Settings
from api.tokens import LONGEST, ROLES, Verifier, sign_token
from domains import checks
from ledger import checker
from ledger.coalescer import Coalescer
from tests.api.http.conftest import NOW, Person
from tests.api.http.town import make_money, plain
from tests.house.sources import tree_of
from tests.support.databases import Database

pytestmark = pytest.mark.postgres

BASELINE: Final = "20261122"
"""Up to this day nothing was released; every later step must work beside the code before it."""

ELSEWHERE: Final = (
    "prefer-bigint-over-int",  # A line number or a year never grows that large.
    "prefer-text-field",  # A matter of taste.
    "require-lock-timeout",  # Tests of every step see to it.
    "require-statement-timeout",  # A step may take long, as long as nobody waits for it.
)
LATER: Final = "29991231_proef"

Tell = Callable[[str], list[str]]


@pytest.fixture
def complaints(tmp_path: Path) -> Tell:
    """Give what the linter says of SQL: the names of its rules."""

    def told(sql: str) -> list[str]:
        file = tmp_path / "stap.sql"
        file.write_text(sql, encoding="utf-8")
        program = Path(sys.executable).parent / "squawk"
        options = ("--assume-in-transaction", "--pg-version", "15", "--reporter", "json")
        excluded = [f"--exclude={rule}" for rule in ELSEWHERE]
        done = subprocess.run(
            [program, *options, *excluded, file], capture_output=True, text=True, check=False
        )
        return [each["rule_name"] for each in json.loads(done.stdout)]

    return told


def later_steps() -> list[Script]:
    """Give the steps since the baseline."""
    steps = ScriptDirectory(str(files("migrations"))).walk_revisions()
    return [step for step in steps if step.revision.partition("_")[0] > BASELINE]


def sql_of(step: Path) -> str:
    """Give the statements of a step: what it executes itself, and the files that it runs."""
    (upgrade,) = (
        node
        for node in tree_of(step).body
        if isinstance(node, ast.FunctionDef) and node.name == "upgrade"
    )
    return ";\n".join(_statements(upgrade))


def _statements(upgrade: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(upgrade):
        if isinstance(node, ast.Call) and node.args:
            (first, *_) = node.args
            name = ast.unparse(node.func)
            text = ast.literal_eval(first) if isinstance(first, ast.Constant) else ""
            if name == "run_sql_file":
                file = files("migrations") / "sql" / text
                yield file.read_text(encoding="utf-8").replace("\n---\n", ";\n")
            elif name == "op.execute":
                yield text


def test_no_step_since_the_baseline_keeps_anybody_waiting(complaints: Tell) -> None:
    found = {step.revision: complaints(sql_of(Path(step.path))) for step in later_steps()}
    assert {name: told for name, told in found.items() if told} == {}


def test_a_step_since_the_baseline_locks_one_table_that_people_use() -> None:
    for step in later_steps():
        text = sql_of(Path(step.path))
        new = set(re.findall(r"CREATE TABLE (\S+)", text))
        assert len(set(re.findall(r"ALTER TABLE (?:ONLY )?(\w\S*)", text)) - new) <= 1, (
            step.revision
        )


def test_the_linter_reads_the_statements_of_a_step() -> None:
    step = ScriptDirectory(str(files("migrations"))).get_revision("20261122_debt_help")
    found = sql_of(Path(step.path))
    assert found.startswith("SET LOCAL lock_timeout")
    assert "CREATE TABLE domains.told_help" in found


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("ALTER TABLE ledger.entry ADD COLUMN extra text NOT NULL", "adding-required-field"),
        ("ALTER TABLE ledger.entry RENAME COLUMN kind TO sort", "renaming-column"),
        ("ALTER TABLE ledger.entry RENAME TO journal", "renaming-table"),
        ("ALTER TABLE ledger.entry DROP COLUMN kind", "ban-drop-column"),
        ("DROP TABLE ledger.entry", "ban-drop-table"),
        ("ALTER TABLE ledger.entry ALTER COLUMN kind TYPE varchar(9)", "changing-column-type"),
        ("ALTER TABLE ledger.entry ALTER COLUMN kind SET NOT NULL", "adding-not-nullable-field"),
        ("CREATE INDEX ix ON ledger.entry (kind)", "require-concurrent-index-creation"),
        (
            "ALTER TABLE ledger.entry ADD CONSTRAINT ck CHECK (position > 0)",
            "constraint-missing-not-valid",
        ),
        (
            "ALTER TABLE ledger.entry ADD CONSTRAINT fk FOREIGN KEY (a) REFERENCES ledger.link (b)",
            "adding-foreign-key-constraint",
        ),
        (
            "ALTER TABLE ledger.entry ADD CONSTRAINT uq UNIQUE (kind)",
            "disallowed-unique-constraint",
        ),
    ],
)
def test_what_would_stop_the_code_that_runs_is_found(
    complaints: Tell, statement: str, rule: str
) -> None:
    assert rule in complaints(f"SET LOCAL lock_timeout = '5s';\n{statement};")


def test_what_only_adds_passes(complaints: Tell) -> None:
    assert complaints(ADDITIONS) == []


ADDITIONS: Final = """
    ALTER TABLE ledger.entry ADD COLUMN extra text;
    ALTER TABLE ledger.entry ADD CONSTRAINT ck_extra CHECK (extra <> '') NOT VALID;
    CREATE TABLE domains.extra (
        gemeente text NOT NULL, id uuid NOT NULL, CONSTRAINT pk_extra PRIMARY KEY (gemeente, id));
    CREATE INDEX ix_extra ON domains.extra (id);
    GRANT SELECT, INSERT ON domains.extra TO ontschot_app;
"""

TABLES: Final = """
    SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r'
    AND relnamespace::regnamespace::text IN ('ledger', 'domains', 'access', 'persons') ORDER BY 1
"""


@pytest.fixture
async def engine(fresh_engine: AsyncEngine) -> AsyncEngine:
    return fresh_engine


@pytest.fixture
async def old_code(engine: AsyncEngine, gemeente: str, tmp_path: Path) -> AsyncIterator[Person]:
    """Give somebody with every role, who works with the code of today."""
    clock = FixedClock(NOW)
    coalescer = Coalescer(partial(db.posts, engine), clock.now)
    app = create_app(
        settings=Settings(data_folder=tmp_path),
        engine=engine,
        clock=clock,
        verifier=Verifier(tmp_path),
        coalescer=coalescer,
    )
    token = sign_token(
        tmp_path,
        roles=ROLES,
        gemeente=gemeente,
        teams=("wijkteam-noord",),
        subject="iedereen",
        at=NOW,
        lifetime=LONGEST,
    )
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://ontschot") as client:
        yield Person(client=client, token=token)
    await coalescer.aclose()


async def test_people_book_and_read_on_while_every_table_gets_a_column(
    old_code: Person, engine: AsyncEngine, fresh_database: Database, gemeente: str
) -> None:
    await make_money(old_code, gemeente)
    described = (await old_code.get("/v1/openapi.json")).json()
    lists = [path for path, each in described["paths"].items() if "get" in each and "{" not in path]
    before = [(await old_code.get(f"/v1{path}")).status_code for path in lists * 2]
    assert set(before) <= {200, 400}

    booked: list[int] = []
    enough: list[int] = []

    async def keep_booking() -> None:
        while not enough or len(booked) < enough[0]:
            booked.append((await old_code.post("/v1/boekingen", plain("1.00"))).status_code)

    booking = [asyncio.create_task(keep_booking()) for _ in range(3)]
    await asyncio.to_thread(_step, fresh_database.owner_url)
    enough.append(len(booked) + 20)
    await asyncio.gather(*booking)
    assert set(booked) == {201}

    first = [(await old_code.get(f"/v1{path}")).status_code for path in lists]
    assert set(first) <= {200, 400, 503}, "at worst: try again"
    again = [(await old_code.get(f"/v1{path}")).status_code for path in lists]
    while 503 in again:
        again = [(await old_code.get(f"/v1{path}")).status_code for path in lists]
    assert again == before[: len(lists)]
    ready = await old_code.get("/gezondheid/gereed")
    assert ready.status_code == 200, "the code before this step serves until it is replaced"
    async with db.snapshot(engine, gemeente) as connection:
        report = await checker.check(connection, gemeente=gemeente, progress=None)
        decisions = await checks.check(connection, gemeente=gemeente)
    assert (report.findings, decisions.findings) == ((), ())
    assert report.entries >= len(booked)


def _step(owner_url: str) -> None:
    """Do as steps of later versions would: a column more in every table, one table at a time."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("SET lock_timeout = '5s'")
        for (table,) in connection.execute(TABLES).fetchall():
            connection.execute(f"ALTER TABLE {table} ADD COLUMN nog_onbekend text".encode())
        connection.execute("UPDATE public.alembic_version SET version_num = %s", (LATER,))


def test_only_a_later_step_serves_the_code_before_it() -> None:
    assert migrate.can_serve(migrate.newest())
    assert migrate.can_serve(LATER)
    for step in (None, "20200101_ouder", "20261122_kernel"):
        assert not migrate.can_serve(step)


def test_code_of_before_does_not_move_a_later_database(fresh_database: Database) -> None:
    _step(fresh_database.owner_url)
    with pytest.raises(EnvironmentProblem, match="werk Ontschot bij"):
        migrate.migrate(fresh_database.owner_url)
