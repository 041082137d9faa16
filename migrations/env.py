"""Run the migrations on the connection that the caller brings, as the owner of the tables.

Each step is a database transaction of its own: who holds locks on several tables that people use
gets in a circle with them.
"""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, version_table_schema="public", transaction_per_migration=True
)
with context.begin_transaction():
    context.run_migrations()
