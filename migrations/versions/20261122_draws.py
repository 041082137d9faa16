"""Draws: requests apart from the decisions on them, and which fund pays which days for whom."""

from alembic import op

from migrations.sql_file import run_sql_file

revision = "20261122_draws"
down_revision = "20261122_settings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    run_sql_file("20261122_draws.sql")


def downgrade() -> None:
    """Refuse: taking these tables away would lose decisions of municipalities."""
    raise RuntimeError("Besluiten worden niet weggegooid; zet een reservekopie terug.")
