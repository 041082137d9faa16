"""What is wrong with an installation is told, with what to do about it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from api import migrate
from api.postgres import Server, find_binaries, start
from api.runtime import DATABASE
from tests.api.cli.conftest import Done, Program

pytestmark = pytest.mark.postgres

SUBJECTS: Final = (
    "versie",
    "aanmelden",
    "instellingen",
    "database",
    "klok",
    "rechten",
    "migraties",
    "sleutel controlepunten",
    "sleutel personen",
    "sleutel ontwikkeltokens",
    "controlepunten",
    "schijf",
    "pagina's",
    "berichten",
    "reservekopie",
)


@pytest.fixture
def server(ontschot: Program) -> Iterator[Server]:
    with start(ontschot.folder, find_binaries(None)) as joined:
        yield joined


def sign_of(done: Done, subject: str) -> Any:
    (found,) = (each for each in done.document["controles"] if each["onderwerp"] == subject)
    return found


def examined(ontschot: Program, **settings: str) -> Done:
    return ontschot("doctor", "--formaat", "json", settings=settings)


def test_a_good_installation_has_nothing_wrong(ontschot: Program) -> None:
    done = examined(ontschot)
    assert (done.code, done.err) == (0, "")
    assert done.document["inOrde"]
    assert tuple(each["onderwerp"] for each in done.document["controles"]) == SUBJECTS
    assert {each["stand"] for each in done.document["controles"]} <= {"ok", "waarschuwing"}
    assert "PostgreSQL 18" in sign_of(done, "database")["melding"]
    told = ontschot("doctor")
    assert (told.code, told.err) == (0, "")
    assert len(told.out.splitlines()) == len(SUBJECTS)


def test_a_folder_without_books_stays_empty(tmp_path: Path) -> None:
    done = Program(folder=tmp_path)("doctor", "--formaat", "json")
    assert done.code == 0
    assert sign_of(done, "database")["stand"] == "waarschuwing"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("settings", "subject", "told"),
    [
        ({"ONTSCHOT_BERICHTSCHEMAS": "er-niet"}, "berichten", "geen XSD's"),
        ({"ONTSCHOT_THEMA_CSS": "er-niet.css"}, "pagina's", "bestaat niet"),
        ({"ONTSCHOT_OMGEVING": "productie"}, "aanmelden", "productie"),
        ({"ONTSCHOT_AANMELDDIENST": "https://idp.example"}, "aanmelden", "ONTSCHOT_CLIENTSLEUTEL"),
        ({"DATABASE_URL": "postgresql://a:geheim@127.0.0.1:1/b"}, "database", "refused"),
    ],
)
def test_what_is_wrong_is_told_and_the_rest_is_still_looked_at(
    ontschot: Program, settings: dict[str, str], subject: str, told: str
) -> None:
    done = examined(ontschot, **settings)
    assert done.code == 1
    assert not done.document["inOrde"]
    sign = sign_of(done, subject)
    assert sign["stand"] == "fout"
    assert told in sign["melding"]
    assert sign_of(done, "reservekopie")["stand"] == "ok"
    assert "geheim" not in done.out


def test_a_role_that_may_do_too_much_is_told(ontschot: Program, server: Server) -> None:
    for user, powers in (
        (None, ("is superuser", "mag ledger.entry veranderen")),
        (migrate.OWNER, ("is eigenaar van tabellen",)),
    ):
        url = server.url_of(DATABASE) if user is None else server.url_of(DATABASE, user=user)
        done = examined(ontschot, DATABASE_URL=url)
        sign = sign_of(done, "rechten")
        assert (done.code, sign["stand"]) == (1, "fout")
        for power in powers:
            assert power in sign["melding"]
        assert migrate.APP in sign["herstel"]


@pytest.mark.parametrize("step", ["20200101_ouder", "20261122_kernel"])
def test_a_database_of_another_shape_is_told(ontschot: Program, server: Server, step: str) -> None:
    change = "UPDATE public.alembic_version SET version_num = %s"
    with psycopg.connect(server.url_of(DATABASE), autocommit=True) as connection:
        connection.execute(change, (step,))
        try:
            done = examined(ontschot)
        finally:
            connection.execute(change, (migrate.newest(),))
    assert (done.code, sign_of(done, "migraties")["stand"]) == (1, "fout")


def test_a_key_that_others_can_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "sleutels").mkdir()
    key = tmp_path / "sleutels" / "personen.key"
    key.write_bytes(bytes(32))
    key.chmod(0o644)
    done = Program(folder=tmp_path)("doctor", "--formaat", "json")
    sign = sign_of(done, "sleutel personen")
    assert (done.code, sign["stand"]) == (1, "fout")
    assert sign["herstel"] == f"chmod 600 {key}"
    key.chmod(0o600)
    assert Program(folder=tmp_path)("doctor").code == 0
