"""Sight: row-level security for the rows of families."""

from alembic import op

from migrations.sql_file import run_sql_file

revision = "20261122_sight"
down_revision = "20261122_debt_help"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let a database transaction see the families of its teams only."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    run_sql_file("20261122_sight.sql")


def downgrade() -> None:
    """Refuse: without it every team would see every family."""
    raise RuntimeError("De afscherming van gezinnen gaat niet weg; zet een reservekopie terug.")
