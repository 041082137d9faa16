"""Put the shipped sources and rules into their tables, each version once.

A later step of the database calls this again after the files changed: what is there stays, what is
new becomes the next version, which takes over from its first day.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from alembic import op

from domains.data.files import rows_of

SOURCES_FROM: Final = "2015-01-01"
"""The first day of the Jeugdwet and the Wmo 2015, from which we tell sources apart."""


def load_sources(recorded_at: str) -> None:
    """Add the sources that are not in the table as they are shipped now."""
    for row in rows_of("bronnen.csv"):
        _add(
            "domains.source",
            key={"source": row["bron"]},
            content={
                "name": row["naam"],
                "origin": row["herkomst"],
                "hardness": row["hardheid"],
                "legal_basis": row["grondslag"],
                "closed_for_shift": row["gesloten_voor_verschuiving"] == "ja",
                "external": row["extern"] == "ja",
                "valid_from": SOURCES_FROM,
                "valid_until": None,
            },
            more={"recorded_at": recorded_at},
        )


def load_rules(recorded_at: str) -> None:
    """Add the rules that are not in the table as they are shipped now."""
    every_source = [row["bron"] for row in rows_of("bronnen.csv")]
    for row in rows_of("rechtsregels.csv"):
        sources = row["bronnen"].replace(">", "+").split("+")
        _add(
            "domains.rule",
            key={"gemeente": "", "rule_id": row["regel"]},
            content={
                "sources": every_source if sources == ["*"] else sources,
                "sources_in_order": ">" in row["bronnen"],
                "reach": row["reikwijdte"],
                "kinds": row["soorten"].split(),
                "person": row["persoon"],
                "age_from": int(row["leeftijd_van"]),
                "age_until": int(row["leeftijd_tot"]) if row["leeftijd_tot"] else None,
                "conditions": row["voorwaarden"],
                "outcome": row["uitkomst"],
                "hardness": row["hardheid"],
                "legal_basis": row["grondslag"],
                "explanation": row["uitleg"],
                "taakveld": row["taakveld"] or None,
                "category": row["categorie"] or None,
                "cost_account": row["rekening"] or None,
                "valid_from": row["geldig_van"],
                "valid_until": row["geldig_tot"] or None,
            },
            more={"decision": "", "recorded_at": recorded_at, "actor": "ontschot"},
        )


def _add(
    table: str, *, key: Mapping[str, Any], content: Mapping[str, Any], more: Mapping[str, Any]
) -> None:
    """Add a next version unless one with this content is there."""
    by_key = " AND ".join(f"{name} = %s" for name in key)
    alike = " AND ".join(f"{name} IS NOT DISTINCT FROM {_typed(name)}" for name in content)
    columns = {**key, **content, **more}
    op.get_bind().exec_driver_sql(
        f"INSERT INTO {table} ({', '.join(columns)}, version)"
        f" SELECT {', '.join(_typed(name) for name in columns)},"
        f" (SELECT coalesce(max(version), 0) + 1 FROM {table} WHERE {by_key})"
        f" WHERE NOT EXISTS (SELECT 1 FROM {table} WHERE {by_key} AND {alike})",
        _values(columns, key, key, content),
    )


def _typed(name: str) -> str:
    """Give the placeholder of a column with its type, where PostgreSQL cannot guess it."""
    types = {
        "sources": "text[]",
        "kinds": "text[]",
        "valid_from": "date",
        "valid_until": "date",
        "recorded_at": "timestamptz",
        "age_from": "integer",
        "age_until": "integer",
        "sources_in_order": "boolean",
        "closed_for_shift": "boolean",
        "external": "boolean",
    }
    return f"%s::{types.get(name, 'text')}"


def _values(*maps: Mapping[str, Any]) -> tuple[Any, ...]:
    found: Sequence[Any] = [value for each in maps for value in each.values()]
    return tuple(found)
