"""Reports of domain benefits that were shown."""

from alembic import op

from migrations.sql_file import run_sql_file

revision = "20261122_benefit_reports"
down_revision = "20261122_benefits"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table that remembers what was shown."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    run_sql_file("20261122_benefit_reports.sql")


def downgrade() -> None:
    """Refuse: taking these tables away would lose decisions of municipalities."""
    raise RuntimeError("Besluiten worden niet weggegooid; zet een reservekopie terug.")
