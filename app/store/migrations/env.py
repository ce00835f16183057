"""What Alembic runs: our metadata on a connection it is handed."""

from alembic import context

from app.store import tables  # noqa: F401  every table is known once it is imported
from app.store.columns import metadata

# SQLite cannot alter tables in place; batch mode copies them instead.
context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
