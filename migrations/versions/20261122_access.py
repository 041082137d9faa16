"""Access: the sessions of people who are signed in."""

from alembic import op

from migrations.sql_file import run_sql_file

revision = "20261122_access"
down_revision = "20261122_messages"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of sessions."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    run_sql_file("20261122_access.sql")


def downgrade() -> None:
    """Refuse: an older program knows nobody who is signed in."""
    raise RuntimeError("Aanmeldingen worden niet weggegooid; zet een reservekopie terug.")
