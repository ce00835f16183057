"""Bring a ledger's tables to the version that this code expects."""

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from app.domain.errors import InvalidInput
from app.store.database import Database

_SCRIPTS = "app.store:migrations"


def upgrade(database: Database) -> None:
    """Create or upgrade the tables; what is up to date already stays as it is.

    Raises:
        InvalidInput: the database cannot be reached or refuses.
    """
    try:
        with database.write() as connection:
            if database.dialect == "postgresql":
                # Two processes may start at once; the second waits, then finds nothing to do.
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(63017421)")
            command.upgrade(_config(connection), "head")
    except SQLAlchemyError as error:
        raise InvalidInput(
            f"ledger.url: the database does not accept the ledger's tables: {_first_line(error)}"
        ) from error


def current_version(database: Database) -> str | None:
    """Return the version of the ledger's tables, None when there are none.

    Raises:
        InvalidInput: the database cannot be reached.
    """
    try:
        with database.read() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except SQLAlchemyError as error:
        raise InvalidInput(f"ledger.url: the database cannot be reached: {_first_line(error)}") from error


def expected_version() -> str | None:
    """Return the version that this code was written for."""
    return ScriptDirectory.from_config(_config(None)).get_current_head()


def check_version(database: Database) -> None:
    """Refuse to work on tables of another version.

    Raises:
        InvalidInput: the ledger has no tables, or older or newer ones; `meic db upgrade` mends the first two.
    """
    current, expected = current_version(database), expected_version()
    if current == expected:
        return
    if current is None or current < str(expected):
        raise InvalidInput(
            f"the ledger is at version {current or 'none'}, this release needs {expected}: run `meic db upgrade`"
        )
    raise InvalidInput(
        f"the ledger is at version {current}, newer than this release's {expected}: install the newer release"
    )


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", _SCRIPTS)
    config.attributes["connection"] = connection
    return config


def _first_line(error: SQLAlchemyError) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0]
