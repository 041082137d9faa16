"""Providers: who delivers help, by which contract, at which tariff."""

from alembic import op

from migrations.sql_file import run_sql_file

revision = "20261122_providers"
down_revision = "20261122_draws"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of providers, contracts and tariffs."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    run_sql_file("20261122_providers.sql")


def downgrade() -> None:
    """Refuse: taking these tables away would lose what was agreed."""
    raise RuntimeError("Afspraken worden niet weggegooid; zet een reservekopie terug.")
