"""Domain benefits: plans, studies with their estimates, and the lines of the book DOMEINBATEN."""

from alembic import op

from migrations.sql_file import run_sql_file

revision = "20261122_benefits"
down_revision = "20261122_events"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and the wall that keeps benefits without an estimate out."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    run_sql_file("20261122_benefits.sql")


def downgrade() -> None:
    """Refuse: taking these tables away would lose decisions of municipalities."""
    raise RuntimeError("Besluiten worden niet weggegooid; zet een reservekopie terug.")
