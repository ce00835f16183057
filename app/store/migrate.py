"""Bring a ledger's tables to the version that this code expects."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from app.domain.errors import InvalidInput
from app.store.database import Database
from app.store.version import first_line

_SCRIPTS = "app.store:migrations"


def upgrade(database: Database) -> None:
    """Create or upgrade the tables; what is up to date already stays as it is.

    Raises:
        InvalidInput: the database cannot be reached or refuses.
    """
    try:
        with database.write("upgraded") as connection:
            if database.dialect == "postgresql":
                # Two processes may start at once; the second waits, then finds nothing to do.
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(63017421)")
            command.upgrade(configuration(connection), "head")
    except SQLAlchemyError as error:
        raise InvalidInput(
            f"ledger.url: the database does not accept the ledger's tables: {first_line(error)}"
        ) from error


def configuration(connection: Connection | None) -> Config:
    """Return Alembic's configuration; it works on the connection it is given."""
    config = Config()
    config.set_main_option("script_location", _SCRIPTS)
    config.attributes["connection"] = connection
    return config
