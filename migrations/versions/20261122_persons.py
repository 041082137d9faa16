"""Persons: who stands behind a pseudonym, sealed per family and apart from the ledger."""

from alembic import op

from migrations.sql_file import run_sql_file

revision = "20261122_persons"
down_revision = "20261122_year_end"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the schema of persons."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    run_sql_file("20261122_persons.sql")


def downgrade() -> None:
    """Refuse: taking these tables away would lose who pseudonyms stand for."""
    raise RuntimeError("Persoonsgegevens worden niet weggegooid; zet een reservekopie terug.")
