"""The closing of years, and closed days that were opened for a time."""

from alembic import op

from migrations.sql_file import run_sql_file

revision = "20261122_year_end"
down_revision = "20261122_benefit_reports"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    run_sql_file("20261122_year_end.sql")


def downgrade() -> None:
    """Refuse: taking these tables away would lose the closing of years."""
    raise RuntimeError("Besluiten worden niet weggegooid; zet een reservekopie terug.")
