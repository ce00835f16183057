"""Which version a ledger's tables are at. Apart from `migrate`, which pulls in a large library that no worker needs."""

from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError

from app.domain.errors import InvalidInput
from app.store.database import Database

EXPECTED_VERSION = "0006"
"""The newest migration; a test compares it with the migrations' folder."""


def current_version(database: Database) -> str | None:
    """Return the version of the ledger's tables, None when there are none.

    Raises:
        InvalidInput: the database cannot be reached.
    """
    try:
        with database.read() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except SQLAlchemyError as error:
        raise InvalidInput(f"ledger.url: the database cannot be reached: {first_line(error)}") from error


def check_version(database: Database) -> None:
    """Refuse to work on tables of another version.

    Raises:
        InvalidInput: the ledger has no tables, or older or newer ones; `meic db upgrade` mends the first two.
    """
    current = current_version(database)
    if current == EXPECTED_VERSION:
        return
    if current is None or current < EXPECTED_VERSION:
        raise InvalidInput(
            f"the ledger is at version {current or 'none'}, this release needs {EXPECTED_VERSION}: run `meic db upgrade`"
        )
    raise InvalidInput(
        f"the ledger is at version {current}, newer than this release's {EXPECTED_VERSION}: install the newer release"
    )


def first_line(error: SQLAlchemyError) -> str:
    """Return what the database itself said, without SQLAlchemy's advice."""
    return str(getattr(error, "orig", None) or error).splitlines()[0]
