"""Fill a ledger's tables quicker than the ledger would, for benchmarks alone: nothing is durable until the end."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table

from app.store.columns import metadata
from app.store.database import Database

_AT_A_TIME = 20_000


@contextmanager
def bulk(database: Database) -> Iterator[Connection]:
    """Give a transaction in which foreign keys are not checked; indexes are made again at its end."""
    indexes = [index for table in metadata.sorted_tables for index in table.indexes]
    with database.engine.connect() as connection:
        if database.dialect == "sqlite":
            for pragma in ("foreign_keys=OFF", "synchronous=OFF", "cache_size=-400000"):
                connection.exec_driver_sql(f"PRAGMA {pragma}")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
        for index in indexes:
            index.drop(connection)
        yield connection
        for index in indexes:
            index.create(connection)
        connection.commit()
        if database.dialect != "sqlite":
            connection.exec_driver_sql("SET session_replication_role = DEFAULT")
            connection.commit()
    database.close()
    _settle(database)


def load(connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Add rows to a table; each has the values of the columns, in their order."""
    driver: Any = connection.connection.dbapi_connection
    if isinstance(driver, sqlite3.Connection):
        marks = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608  names of our own
        rows = iter(rows)
        while part := list(islice(rows, _AT_A_TIME)):
            driver.executemany(statement, [tuple(_as_text(value) for value in row) for row in part])
        return
    copied = f"COPY {table.name} ({', '.join(columns)}) FROM STDIN"
    with driver.cursor() as cursor, cursor.copy(copied) as copy:
        for row in rows:
            copy.write_row(row)


def _as_text(value: object) -> object:
    # As SQLAlchemy writes times into SQLite.
    return f"{value:%Y-%m-%d %H:%M:%S.%f}" if isinstance(value, datetime) else value


def _settle(database: Database) -> None:
    """Do what PostgreSQL's autovacuum would do in a minute or two, and SQLite's next checkpoint."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if database.dialect == "sqlite":
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            connection.exec_driver_sql("VACUUM ANALYZE")
