"""Run a file of SQL statements, one at a time, as some database engines require."""

from importlib.resources import files

from alembic import op


def run_sql_file(name: str) -> None:
    """Run the statements of ``migrations/sql/name``; lines of ``---`` stand between them."""
    text = (files("migrations") / "sql" / name).read_text(encoding="utf-8")
    for statement in text.split("\n---\n"):
        op.get_bind().exec_driver_sql(statement.replace("%", "%%"))
