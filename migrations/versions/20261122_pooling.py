"""Pooling: funds, budget imports, districts, families, family budgets and draws."""

from alembic import op

from migrations.sql_file import run_sql_file

revision = "20261122_pooling"
down_revision = "20261122_kernel"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the schema ``domains``."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    run_sql_file("20261122_pooling.sql")


def downgrade() -> None:
    """Refuse: taking these tables away would lose decisions."""
    raise RuntimeError("Besluiten worden niet weggegooid; zet een reservekopie terug.")
