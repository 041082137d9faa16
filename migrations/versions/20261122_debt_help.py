"""Debt help of other systems: that help began for a person on a day."""

from alembic import op

from migrations.sql_file import run_sql_file

revision = "20261122_debt_help"
down_revision = "20261122_access"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and the view of what began."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    run_sql_file("20261122_debt_help.sql")


def downgrade() -> None:
    """Refuse: taking these tables away would lose what other systems told."""
    raise RuntimeError("Leveringen worden niet weggegooid; zet een reservekopie terug.")
