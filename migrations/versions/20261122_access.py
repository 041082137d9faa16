"""Access: the sessions of people who are signed in, and the audit log."""

from alembic import op

from migrations.sql_file import run_sql_file

revision = "20261122_access"
down_revision = "20261122_messages"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of sessions and of the audit log."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    run_sql_file("20261122_access.sql")


def downgrade() -> None:
    """Refuse: taking the audit log away would lose who did what."""
    raise RuntimeError("Het auditlog wordt niet weggegooid; zet een reservekopie terug.")
