"""What a command changes, or is refused, is told in the audit log."""

from pathlib import Path
from typing import Final

import psycopg
import pytest

from tests.api.cli.conftest import Program

pytestmark = pytest.mark.postgres

GEMEENTE: Final = "GM0088"
"""Schiermonnikoog, whose books in the shared database are of these tests alone."""

BUDGET: Final = "programma;taakveld;naam;baten_eur;lasten_eur\nP6;6.3;Inkomen;0;4500000\n"


def test_what_commands_do_and_are_refused_is_told(
    tmp_path: Path, app_url: str, superuser_url: str
) -> None:
    ontschot, shared = Program(folder=tmp_path), {"DATABASE_URL": app_url}
    where = ("--gemeente", "Schiermonnikoog")
    (tmp_path / "begroting.csv").write_text(BUDGET)
    read_in = (
        "importeer",
        "begroting",
        "begroting.csv",
        *where,
        "--jaar",
        "2025",
    )
    entry = (
        *("boek", *where, "--debet", "4210/JW-2025", "--credit", "1200/JW-2025"),
        *("--bedrag", "10,00", "--omschrijving", "Proef", "--boekdatum"),
    )
    for words, code in (
        (read_in, 0),
        (read_in, 0),
        ((*entry, "2025-03-01", "--proef"), 1),
        ((*entry, "2025-03-01"), 1),
    ):
        done = ontschot(*words, settings=shared)
        assert done.code == code, f"{words} {done.out}{done.err}"
    with psycopg.connect(superuser_url) as connection:
        told = connection.execute(
            "SELECT action, result, origin, client FROM access.audit_line WHERE gemeente = %s"
            " ORDER BY number",
            (GEMEENTE,),
        ).fetchall()
    assert told == [
        ("ontschot begroting", "gedaan", "cli", "cli"),
        ("ontschot begroting", "gedaan", "cli", "cli"),
        ("ontschot boek", "rekening-onbekend", "cli", "cli"),
    ]


def test_sessions_end_by_command_and_that_is_told(
    tmp_path: Path, app_url: str, superuser_url: str
) -> None:
    ontschot, shared = Program(folder=tmp_path), {"DATABASE_URL": app_url}
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO access.session SELECT 'GM0233', sha256(convert_to(who || turn, 'UTF8')),"
            " who, 'x', '{}', '{}', who, now(), now(), now() + interval '1 hour'"
            " FROM unnest(ARRAY['afmelden-een', 'afmelden-ander']) AS who, generate_series(1, 2)"
            " AS turn"
        )
        words = ("afmelden", "--gemeente", "Ermelo", "--formaat", "json")
        one = ontschot(*words, "--wie", "afmelden-een", settings=shared)
        assert (one.code, one.document["beeindigd"]) == (0, 2), one.err
        rest = ontschot("afmelden", "--gemeente", "Ermelo", settings=shared)
        assert rest.out == "Aanmeldingen beëindigd: 2.\n"
        told = connection.execute(
            "SELECT action, result FROM access.audit_line WHERE gemeente = 'GM0233'"
            " ORDER BY number DESC LIMIT 2"
        ).fetchall()
    assert told == [("ontschot afmelden", "gedaan")] * 2
