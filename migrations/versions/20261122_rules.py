"""Rules: who may pay what, as versioned data, and the wall around each fund that follows them."""

from alembic import op

from migrations.rule_data import load_rules, load_sources
from migrations.sql_file import run_sql_file

revision = "20261122_rules"
down_revision = "20261122_pooling"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, fill them with what the program ships, and guard the entries."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    run_sql_file("20261122_rules.sql")
    load_sources("2026-11-22T00:00:00Z")
    load_rules("2026-11-22T00:00:00Z")


def downgrade() -> None:
    """Refuse: taking these tables away would lose decisions of municipalities."""
    raise RuntimeError("Besluiten worden niet weggegooid; zet een reservekopie terug.")
