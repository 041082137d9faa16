"""Privacy: cover for colleagues, the log of processings, and keys wrapped anew."""

from alembic import op

from migrations.sql_file import run_sql_file

revision = "20261122_privacy"
down_revision = "20261122_sight"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of cover and of the log of processings."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    run_sql_file("20261122_privacy.sql")


def downgrade() -> None:
    """Refuse: taking the log away would lose who was looked at, and why."""
    raise RuntimeError("Het logboek wordt niet weggegooid; zet een reservekopie terug.")
