"""The yardsticks' SQLite: as durable as the ledger's, with nothing around it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


@contextmanager
def bare_database(folder: Path) -> Iterator[sqlite3.Connection]:
    """Give a new database whose commits are on disk when they return."""
    with closing(sqlite3.connect(folder / "bare.sqlite3", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        yield connection
