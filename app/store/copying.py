"""Copy every row of a ledger into the same tables of another database."""

from typing import Any

from sqlalchemy import Connection, DateTime, MetaData, Table, delete, event, func, insert, select
from sqlalchemy.engine.interfaces import ReflectedColumn

from app.store.columns import UtcDateTime

_PAGE = 2_000
"""Rows in memory at a time."""


def copy_rows(source: Connection, target: Connection) -> None:
    """Replace what the target's tables hold by the source's rows; both are at the same version of the ledger.

    The tables are those that the target has, not those that this release expects, so that older ledgers can be copied.
    """
    there = _tables(target, None)
    here = _tables(source, sorted(there.tables))
    for table in reversed(there.sorted_tables):
        target.execute(delete(table))
    for table in there.sorted_tables:
        origin = here.tables[table.name]
        # In the order of its key, so that the other side's index of the key grows at its end.
        everything = select(origin).order_by(*origin.primary_key).execution_options(yield_per=_PAGE)
        rows = source.execute(everything)
        for page in rows.mappings().partitions():
            target.execute(insert(table), [dict(row) for row in page])
        if target.dialect.name == "postgresql":
            _number_on(target, table)


def _tables(connection: Connection, names: list[str] | None) -> MetaData:
    found = MetaData()
    event.listen(found, "column_reflect", _read_times_as_utc)
    found.reflect(connection, only=names)
    return found


def _read_times_as_utc(_inspector: Any, _table: Table, column: ReflectedColumn) -> None:
    if isinstance(column["type"], DateTime):
        column["type"] = UtcDateTime()


def _number_on(connection: Connection, table: Table) -> None:
    """Let PostgreSQL number new rows after those that came with their numbers."""
    for column in table.primary_key:
        sequence = connection.execute(select(func.pg_get_serial_sequence(table.name, column.name))).scalar()
        if sequence is not None:
            last = select(func.max(column)).scalar_subquery()
            connection.execute(select(func.setval(sequence, func.coalesce(last, 1), last.is_not(None))))
