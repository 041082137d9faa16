"""The table of sources says what the program ships."""

import psycopg

from domains.sources import SOURCES


def test_the_table_says_what_the_program_ships(app_url: str) -> None:
    with psycopg.connect(app_url) as connection:
        found = connection.execute(
            "SELECT source, name, origin, hardness, legal_basis, closed_for_shift, external"
            " FROM domains.source WHERE version = 1 AND valid_until IS NULL"
        ).fetchall()
    assert set(found) == {
        (
            each.code,
            each.name,
            each.origin,
            each.hardness.value,
            each.legal_basis,
            each.closed_for_shift,
            each.external,
        )
        for each in SOURCES
    }
