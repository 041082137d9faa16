"""Messages of iJw and iWmo: allocations, declarations and what providers tell and ask."""

from alembic import op

from migrations.sql_file import run_sql_file

revision = "20261122_messages"
down_revision = "20261122_persons"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of messages."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    run_sql_file("20261122_messages.sql")


def downgrade() -> None:
    """Refuse: taking these tables away would lose what providers were answered."""
    raise RuntimeError("Berichten worden niet weggegooid; zet een reservekopie terug.")
