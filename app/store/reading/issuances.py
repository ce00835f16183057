"""The list of issuances."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnCollection, ColumnElement, Connection, Row, Select, bindparam, select

from app.domain.issuances import IssuanceState
from app.store import tables
from app.store.reading.branches import FLOOR, Branch, distinct_values, narrowed, newest
from app.store.reading.filters import IssuanceFilter
from app.store.reading.order import looked_at, older_than
from app.store.reading.pages import Mark
from app.store.reading.rows import IssuanceRow

NAME = "issuances"
ORDERED_BY = (datetime, int)

_issuance = tables.issuance
COLUMNS = tuple(column for column in _issuance.c if column.name not in {"signatures", "explained_at"})
_Columns = ColumnCollection[str, Any]


def read_issuances(
    connection: Connection, wanted: IssuanceFilter, before: Mark | None, count: int
) -> list[IssuanceRow]:
    """Return the newest issuances that are wanted, before a mark."""
    branches = _branches(connection, wanted, before, count)
    return [read_issuance(row) for row in newest(connection, branches, mark=_mark, count=count)]


def mark_issuance(row: IssuanceRow) -> Mark:
    """Return what the list is ordered by."""
    return row.prepared_at, row.id


def read_issuance(row: Row[Any]) -> IssuanceRow:
    """Return a row of the table, of the columns above."""
    return IssuanceRow(
        id=row.id,
        issuer_address=row.issuer_address,
        sequence=row.sequence,
        quantity_napu=row.quantity_napu,
        tx_hash=row.tx_hash,
        state=IssuanceState(row.state),
        block_height=row.block_height,
        prepared_at=row.prepared_at,
        changed_at=row.changed_at,
        message=row.message,
        learned_at=row.learned_at,
    )


def _branches(connection: Connection, wanted: IssuanceFilter, before: Mark | None, count: int) -> Iterator[Branch]:
    def few(*conditions: ColumnElement[bool]) -> Select[Any]:
        rows = narrowed(select(*COLUMNS).where(*conditions))
        return _ordered(select(rows), rows.c, wanted, before, count)

    if wanted.tx_hash is not None:
        yield few(_issuance.c.tx_hash == wanted.tx_hash), {}
    elif wanted.sequence is not None:
        of_issuer = _issuance.c.issuer_address == bindparam("address")
        statement = few(of_issuer, _issuance.c.sequence == wanted.sequence)
        for address in distinct_values(connection, _issuance.c.issuer_address):
            yield statement, {"address": address}
    elif wanted.state not in (None, IssuanceState.ISSUED):
        yield few(_issuance.c.state == wanted.state), {}
    else:
        # Nearly all are issued.
        issued = [] if wanted.state is None else [looked_at(_issuance.c.state) == wanted.state]
        everything = replace(wanted, state=None)
        yield _ordered(select(*COLUMNS).where(*issued), _issuance.c, everything, before, count), {}


def _ordered(
    rows: Select[Any], columns: _Columns, wanted: IssuanceFilter, before: Mark | None, count: int
) -> Select[Any]:
    order = (columns.prepared_at, columns.id)
    rows = rows.where(columns.prepared_at >= bindparam(FLOOR), *older_than(order, before))
    exact = {columns.state: wanted.state, columns.sequence: wanted.sequence, columns.tx_hash: wanted.tx_hash}
    rows = rows.where(*(column == value for column, value in exact.items() if value is not None))
    if wanted.since is not None:
        rows = rows.where(columns.prepared_at >= wanted.since)
    if wanted.until is not None:
        rows = rows.where(columns.prepared_at < wanted.until)
    return rows.order_by(*(column.desc() for column in order)).limit(count)


def _mark(row: Row[Any]) -> Mark:
    return row.prepared_at, row.id
