"""Settings that a municipality decides, and the changes of its budget."""

from alembic import op

from migrations.sql_file import run_sql_file

revision = "20261122_settings"
down_revision = "20261122_rules"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and the function that reads the settings of a day."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    run_sql_file("20261122_settings.sql")
    run_sql_file("20261122_budget_changes.sql")


def downgrade() -> None:
    """Refuse: taking this table away would lose decisions."""
    raise RuntimeError("Besluiten worden niet weggegooid; zet een reservekopie terug.")
