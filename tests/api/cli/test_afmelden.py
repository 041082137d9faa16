"""`ontschot afmelden`: whose sessions end, and that the audit log tells so."""

from pathlib import Path
from typing import Final

import psycopg
import pytest

from tests.api.cli.conftest import Program

pytestmark = pytest.mark.postgres

GEMEENTE: Final = "GM0233"


def test_the_command_ends_sessions_and_says_so(
    tmp_path: Path, app_url: str, superuser_url: str
) -> None:
    ontschot, shared = Program(folder=tmp_path), {"DATABASE_URL": app_url}
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO access.session SELECT %s, sha256(convert_to(who || turn, 'UTF8')), who,"
            " 'x', '{}', '{}', who, now(), now(), now() + interval '1 hour'"
            " FROM unnest(ARRAY['afmelden-een', 'afmelden-ander']) AS who, generate_series(1, 2)"
            " AS turn",
            (GEMEENTE,),
        )
        words = ("afmelden", "--gemeente", "Ermelo", "--formaat", "json")
        one = ontschot(*words, "--wie", "afmelden-een", settings=shared)
        assert (one.code, one.document["beeindigd"]) == (0, 2), one.err
        rest = ontschot("afmelden", "--gemeente", "Ermelo", settings=shared)
        assert rest.out == "Aanmeldingen beëindigd: 2.\n"
        told = connection.execute(
            "SELECT action, result FROM access.audit_line WHERE gemeente = %s ORDER BY number DESC"
            " LIMIT 2",
            (GEMEENTE,),
        ).fetchall()
    assert told == [("ontschot afmelden", "gedaan")] * 2
