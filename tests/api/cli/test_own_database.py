"""A municipality's own PostgreSQL: roles by its administrator, tables by us, then work as usual."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

import psycopg
import pytest

from api import migrate
from api.postgres import Server, erase, find_binaries, start
from tests.api.cli.conftest import Program, load_help

pytestmark = pytest.mark.postgres

DATABASE: Final = "boeken"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Give a server of somebody else."""
    folder = Path(mkdtemp(prefix="eigen-", dir="/tmp"))
    folder.chmod(0o711)
    binaries = find_binaries(None)
    with start(folder, binaries, settings={"fsync": "off"}) as started:
        yield started
    erase(folder, binaries)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def cluster(server: Server) -> Iterator[Server]:
    """Give it with an empty database and without roles of ours."""
    _run(server, f"CREATE DATABASE {DATABASE}")
    yield server
    _run(server, f"DROP DATABASE {DATABASE} WITH (FORCE)")
    _run(server, *(f"DROP ROLE IF EXISTS {role}" for role in (migrate.APP, migrate.OWNER)))


def _run(server: Server, *statements: str) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@pytest.mark.parametrize("asks_as", ["postgres", migrate.OWNER])
def test_the_sql_for_the_administrator_is_all_that_is_needed(
    cluster: Server, tmp_path: Path, asks_as: str
) -> None:
    ontschot = Program(folder=tmp_path)
    app = {"DATABASE_URL": cluster.url_of(DATABASE, user=migrate.APP)}
    owner = {"ONTSCHOT_MIGRATIE_URL": cluster.url_of(DATABASE, user=migrate.OWNER)}

    url = cluster.url if asks_as == "postgres" else owner["ONTSCHOT_MIGRATIE_URL"]
    missing = ontschot("migreer", settings={"ONTSCHOT_MIGRATIE_URL": url})
    assert missing.code == 3
    assert missing.out.splitlines() == list(migrate.ROLE_SQL)
    assert "databasebeheerder" in missing.err

    _run(cluster, *missing.out.splitlines(), f"ALTER DATABASE {DATABASE} OWNER TO {migrate.OWNER}")
    too_early = ontschot("controleer", settings=app)
    assert too_early.code == 3
    assert "ontschot migreer" in too_early.err

    migrated = ontschot("migreer", settings=owner)
    assert (migrated.code, migrated.err) == (0, "")
    assert f"van leeg naar {migrate.newest()}" in migrated.out

    load_help(tmp_path, "Vlieland", app)
    checked = ontschot("controleer", settings=app)
    assert checked.code == 0
    assert "GM0096: schoon" in checked.out

    with psycopg.connect(cluster.url_of(DATABASE), autocommit=True) as connection:
        connection.execute("UPDATE public.alembic_version SET version_num = '20200101_ouder'")
    older = ontschot("controleer", settings=app)
    assert older.code == 3
    assert "een andere vorm dan deze versie kent" in older.err
    assert not (tmp_path / "postgres").exists()


def test_another_database_is_never_thrown_away(cluster: Server, tmp_path: Path) -> None:
    ontschot = Program(folder=tmp_path)
    done = ontschot(
        "demo", "--zonder-server", "--opnieuw", settings={"DATABASE_URL": cluster.url_of(DATABASE)}
    )
    assert done.code == 3
    assert "--opnieuw" in done.err


def test_migrating_needs_the_address_of_the_owner(cluster: Server, tmp_path: Path) -> None:
    done = Program(folder=tmp_path)(
        "migreer", settings={"DATABASE_URL": cluster.url_of(DATABASE, user=migrate.APP)}
    )
    assert done.code == 3
    assert "ONTSCHOT_MIGRATIE_URL" in done.err
