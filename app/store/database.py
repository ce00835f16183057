"""Connections and transactions: the one door to the ledger's database."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

from app.crash_points import crash_point
from app.domain.errors import InvalidInput

_BUSY_SECONDS = 30
"""How long a writer waits for another process's transaction before SQLite gives up."""


class Database:
    """Reads and writes in transactions; a write is on disk when its block ends.

    One per process and not carried over a fork. Safe for threads.
    """

    def __init__(self, url: str) -> None:
        """Prepare, without connecting.

        Raises:
            InvalidInput: the URL is not one of a database that the ledger supports.
        """
        self.engine = _engine(url)
        self.dialect = self.engine.dialect.name
        # Threads of one process would wait for SQLite's lock by polling; in a queue of their own they wait their turn.
        self._turn = threading.Lock() if self.dialect == "sqlite" else None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection to read with; each statement sees one moment, two may see different ones."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Give a connection whose statements all see one moment; it writes nothing and holds no writer up.

        Each statement is planned for the very values that it asks for.
        """
        if self.dialect == "sqlite":
            with self.engine.connect() as connection:
                connection.exec_driver_sql("BEGIN")
                yield connection
        else:
            one_moment = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with one_moment.begin() as connection, _planned_each_time(connection):
                yield connection

    @contextmanager
    def write(self, what: str) -> Iterator[Connection]:
        """Give a transaction that is committed, durably, at the end of the block, or undone by an exception.

        `what` names it for tests, which can kill the process before and after its commit.
        """
        writer = self.engine.execution_options(ledger_write=True)
        with self._turn or nullcontext(), writer.begin() as connection:
            yield connection
            crash_point(f"before commit: {what}")
        crash_point(f"after commit: {what}")

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


@contextmanager
def _planned_each_time(connection: Connection) -> Iterator[None]:
    """Let PostgreSQL prepare no statement: its plan for any values looks for a rare one among a million others."""
    driver: Any = connection.connection.dbapi_connection
    threshold, driver.prepare_threshold = driver.prepare_threshold, None
    try:
        yield
    finally:
        driver.prepare_threshold = threshold


def _engine(url: str) -> Engine:
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed)
    return create_engine(parsed, pool_size=5, max_overflow=40, pool_pre_ping=True)


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # Neither repeated nor chained: it may hold a password, wherever that has ended up.
        raise InvalidInput(
            "ledger.url is no database URL; expected sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME"
        ) from None
    if parsed.get_backend_name() == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return parsed
    raise InvalidInput(
        f"ledger.url starts with {parsed.drivername!r}; expected sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME"
    )


def _sqlite(url: URL) -> Engine:
    folder = Path(str(url.database)).parent
    folder.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url, pool_size=20, max_overflow=100, connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False}
    )

    @event.listens_for(engine, "connect")
    def _prepare(dbapi_connection: sqlite3.Connection, _record: object) -> None:
        # Python's driver would begin transactions by itself, late and deferred; we say BEGIN.
        dbapi_connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-16000"):
            dbapi_connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A writer takes its lock at once: one that reads first and upgrades later can fail half-way. A reader needs no
        # transaction for its one statement, and is quicker without.
        if connection.get_execution_options().get("ledger_write", False):
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
