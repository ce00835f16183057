"""The list of fills."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnCollection, ColumnElement, Connection, Row, Select, bindparam, select

from app.domain.fills import FillKind, Side
from app.domain.issuances import IssuanceState
from app.store import tables
from app.store.reading.branches import FLOOR, NO_FLOOR, Branch, distinct_values, narrowed, newest
from app.store.reading.filters import SaleFilter
from app.store.reading.order import by_code_points, older_than
from app.store.reading.pages import Mark
from app.store.reading.rows import SaleRow

NAME = "sales"
ORDERED_BY = (datetime, datetime, str, str)

_fill, _issuance = tables.fill, tables.issuance
_COLUMNS = tuple(column for column in _fill.c if column is not _fill.c.raw)
_Columns = ColumnCollection[str, Any]

_here = _fill.c.exchange == bindparam("exchange_name")
_OPEN_IDS = select(_issuance.c.id).where(tables.IS_OPEN)


def read_sales(connection: Connection, wanted: SaleFilter, before: Mark | None, count: int) -> list[SaleRow]:
    """Return the newest fills that are wanted, before a mark."""
    if wanted.is_issued is not None and wanted.kind not in (None, FillKind.SALE):
        return []
    if wanted.is_issued is not None:
        wanted = replace(wanted, kind=FillKind.SALE)
    branches = _branches(connection, wanted, before, count)
    rows = newest(connection, branches, mark=_mark, count=count)
    return with_states(connection, rows)


def mark_sale(row: SaleRow) -> Mark:
    """Return what the list is ordered by."""
    return row.recorded_at, row.executed_at, row.exchange, row.fill_id


def with_states(connection: Connection, rows: Sequence[Row[Any]]) -> list[SaleRow]:
    """Return fills with the states of their issuances."""
    ids = {row.issuance_id for row in rows} - {None}
    wanted = select(_issuance.c.id, _issuance.c.state).where(_issuance.c.id.in_(ids))
    states = {row.id: IssuanceState(row.state) for row in connection.execute(wanted)} if ids else {}
    return [_read(row, states.get(row.issuance_id)) for row in rows]


def _branches(connection: Connection, wanted: SaleFilter, before: Mark | None, count: int) -> Iterator[Branch]:
    exchanges = [wanted.exchange] if wanted.exchange else distinct_values(connection, _fill.c.exchange)
    opened = [] if wanted.is_issued is None else connection.execute(_OPEN_IDS).scalars().all()

    def few(*conditions: ColumnElement[bool]) -> Select[Any]:
        rows = narrowed(select(*_COLUMNS).where(*conditions))
        return _ordered(select(rows), rows.c, wanted, before, count).where(*_matching(rows.c, wanted, opened))

    if wanted.fill_id is not None:
        yield from _on_each(few(_here, _fill.c.fill_id == wanted.fill_id), exchanges)
    elif wanted.order_id is not None:
        yield from _on_each(few(_here, _fill.c.exchange_order_id == wanted.order_id), exchanges)
    elif wanted.issuance_id is not None:
        yield few(_fill.c.issuance_id == wanted.issuance_id), {}
    elif wanted.is_issued is False:
        # The time tells SQLite that the index of those that wait is worth it.
        yield few(tables.IS_WAITING, _fill.c.executed_at >= NO_FLOOR), {}
        yield few(_fill.c.issuance_id.in_(opened)), {}
    else:
        everything = _ordered(select(*_COLUMNS), _fill.c, wanted, before, count)
        within = replace(wanted, exchange=None, kind=None)
        yield from _in_order(everything.where(*_matching(_fill.c, within, opened)), wanted, exchanges)


def _on_each(statement: Select[Any], exchanges: Sequence[str]) -> Iterator[Branch]:
    for exchange in exchanges:
        yield statement, {"exchange_name": exchange}


def _in_order(rows: Select[Any], wanted: SaleFilter, exchanges: Sequence[str]) -> Iterator[Branch]:
    if wanted.exchange is None and wanted.kind is None:
        yield rows, {}
        return
    statement = rows.where(_here, _fill.c.kind == bindparam("kind_name"))
    for exchange in exchanges:
        for kind in [wanted.kind] if wanted.kind else FillKind:
            yield statement, {"exchange_name": exchange, "kind_name": kind}


def _ordered(rows: Select[Any], columns: _Columns, wanted: SaleFilter, before: Mark | None, count: int) -> Select[Any]:
    names = (by_code_points(columns.exchange), by_code_points(columns.fill_id))
    order = (columns.recorded_at, columns.executed_at, *names)
    rows = rows.where(columns.recorded_at >= bindparam(FLOOR), *older_than(order, before))
    if wanted.since is not None:
        rows = rows.where(columns.recorded_at >= wanted.since)
    if wanted.until is not None:
        rows = rows.where(columns.recorded_at < wanted.until)
    return rows.order_by(*(column.desc() for column in order)).limit(count)


def _matching(columns: _Columns, wanted: SaleFilter, opened: Sequence[int]) -> list[ColumnElement[bool]]:
    exact = {
        columns.exchange: wanted.exchange,
        columns.kind: wanted.kind,
        columns.exchange_order_id: wanted.order_id,
        columns.fill_id: wanted.fill_id,
        columns.issuance_id: wanted.issuance_id,
    }
    conditions = [column == value for column, value in exact.items() if value is not None]
    if wanted.is_issued is not None:
        # What is in an issuance that is not open is in a block: one that became void has no sales any more.
        settled = columns.issuance_id.is_not(None) & columns.issuance_id.not_in(opened)
        conditions.append(settled if wanted.is_issued else ~settled)
    return conditions


def _mark(row: Row[Any]) -> Mark:
    return row.recorded_at, row.executed_at, row.exchange, row.fill_id


def _read(row: Row[Any], state: IssuanceState | None) -> SaleRow:
    return SaleRow(
        exchange=row.exchange,
        fill_id=row.fill_id,
        exchange_order_id=row.exchange_order_id,
        side=Side(row.side),
        price_nanocents=row.price_nanocents,
        quantity_napu=row.quantity_napu,
        fee=row.fee,
        executed_at=row.executed_at,
        recorded_at=row.recorded_at,
        kind=FillKind(row.kind),
        issuance_id=row.issuance_id,
        issuance_state=state,
    )
