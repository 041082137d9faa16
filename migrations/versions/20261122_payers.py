"""Who pays in the end: the steps of an open payer item, and netting between funds."""

from alembic import op

from migrations.sql_file import run_sql_file

revision = "20261122_payers"
down_revision = "20261122_providers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, the views on what stands, and the wall below zero."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    run_sql_file("20261122_payers.sql")


def downgrade() -> None:
    """Refuse: taking these tables away would lose decisions of municipalities."""
    raise RuntimeError("Besluiten worden niet weggegooid; zet een reservekopie terug.")
