"""Alembic's entry: runs on the connection that `workers.database.migrate` hands over, in its transaction."""

from __future__ import annotations

from alembic import context

from workers.database.tables import all_tables


def run() -> None:
    """Run the migrations on the given connection."""
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection, target_metadata=all_tables(), compare_type=True, compare_server_default=True
    )
    with context.begin_transaction():
        context.run_migrations()


run()
