"""The kernel: accounts, entries, balances, periods, idempotency, the chain and their rights."""

from alembic import op

from migrations.sql_file import run_sql_file

revision = "20261122_kernel"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the schema ``ledger``."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    run_sql_file("20261122_kernel.sql")


def downgrade() -> None:
    """Refuse: taking the books away would lose bookings."""
    raise RuntimeError("De boeken worden niet weggegooid; zet een reservekopie terug.")
