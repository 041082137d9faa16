"""Life events: birthdays, known events, what was executed, and up to which day."""

from alembic import op

from migrations.sql_file import run_sql_file

revision = "20261122_events"
down_revision = "20261122_payers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of life events."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    run_sql_file("20261122_events.sql")


def downgrade() -> None:
    """Refuse: taking these tables away would let events run a second time."""
    raise RuntimeError("Besluiten worden niet weggegooid; zet een reservekopie terug.")
