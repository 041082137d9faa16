"""Bring a database to the present shape: roles, then database, then Alembic's steps."""

from importlib.resources import files
from typing import Final

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import Connection, create_engine

from api.postgres_programs import EnvironmentProblem

OWNER: Final = "ontschot_owner"
APP: Final = "ontschot_app"

ROLE_SQL: Final = (
    f"CREATE ROLE {OWNER} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;",
    f"CREATE ROLE {APP} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;",
)
"""What a database administrator runs once per cluster, when we may not."""

_LOCK: Final = 7_267_001


class RolesMissingError(Exception):
    """The roles do not exist and this user may not make them; the message holds the SQL."""


def prepare_cluster(admin_url: str, *, database: str) -> None:
    """Make the two roles and the database when they are missing (needs an administrator)."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        _make_roles(connection)
        known = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", (database,)
        ).fetchone()
        if known is None:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(
                    sql.Identifier(database), sql.Identifier(OWNER)
                )
            )


def migrate(url: str) -> tuple[str | None, str]:
    """Bring the database at the owner's address to the newest step.

    Gives the step it stood at and the one it stands at now. One lock keeps two runs apart.

    :raises RolesMissingError: a role is missing and the owner may not make it.
    :raises EnvironmentProblem: a later version of the program was here already.
    """
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT pg_advisory_lock(%s)", (_LOCK,))
            _require_roles(connection)
            before = MigrationContext.configure(connection).get_current_revision()
            connection.commit()
            after = newest()
            if before != after:
                _upgrade(connection, before)
            # Also here, for a restore that was broken off before it could.
            connection.exec_driver_sql("SELECT ledger.forget_posters()")
            connection.commit()
            return before, after
    finally:
        engine.dispose()


def require_roles(url: str) -> None:
    """Refuse a server on which the two roles were not made.

    :raises RolesMissingError: a role is missing.
    """
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    try:
        with engine.connect() as connection:
            _require_roles(connection)
    finally:
        engine.dispose()


def newest() -> str:
    """Name the newest step that this version of the program knows."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise AssertionError("there is always a first step")
    return head


def can_serve(step: str | None) -> bool:
    """Tell whether this version of the program works on a database at a step.

    That is the newest step it knows, or a later one: each step works with the version before it.
    """
    if step is None or step == newest():
        return step is not None
    return step not in known_steps() and _day_of(step) >= _day_of(newest())


def known_steps() -> frozenset[str]:
    """Name every step that this version of the program knows."""
    steps = ScriptDirectory.from_config(_config()).walk_revisions()
    return frozenset(step.revision for step in steps)


def _day_of(step: str) -> str:
    """Give the day with which the name of a step begins."""
    return step.partition("_")[0]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("migrations")))
    config.set_main_option("path_separator", "os")
    return config


def _upgrade(connection: Connection, before: str | None) -> None:
    if before is not None and before not in known_steps():
        raise EnvironmentProblem(
            f"De database staat op {before}, een stap die deze versie niet kent; werk Ontschot bij."
        )
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _make_roles(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    for role, statement in zip((OWNER, APP), ROLE_SQL, strict=True):
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
        if known is None:
            connection.execute(statement.encode())


def _require_roles(connection: Connection) -> None:
    for role in (OWNER, APP):
        found = connection.exec_driver_sql("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,))
        if found.first() is None:
            raise RolesMissingError(
                f"De databaserol {role} bestaat niet. Laat een databasebeheerder dit uitvoeren:\n"
                + "\n".join(ROLE_SQL)
            )
