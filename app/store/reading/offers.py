"""The list of offers."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnCollection, Connection, Row, Select, bindparam, select

from app.domain.ledger import OfferState
from app.store import tables
from app.store.reading.branches import FLOOR, Branch, distinct_values, narrowed, newest
from app.store.reading.filters import OfferFilter
from app.store.reading.order import by_code_points, older_than
from app.store.reading.pages import Mark
from app.store.reading.rows import OfferRow

NAME = "offers"
ORDERED_BY = (datetime, str)

_offer = tables.offer
_Columns = ColumnCollection[str, Any]
_here = _offer.c.exchange == bindparam("exchange_name")
_FINAL = {
    OfferState.LOST: tables.IS_LOST,
    OfferState.REFUSED: tables.IS_REFUSED,
    OfferState.CLOSED: tables.IS_CLOSED,
}


def read_offers(connection: Connection, wanted: OfferFilter, before: Mark | None, count: int) -> list[OfferRow]:
    """Return the newest offers that are wanted, before a mark."""
    branches = _branches(connection, wanted, before, count)
    return [read_offer_row(row) for row in newest(connection, branches, mark=_mark, count=count)]


def mark_offer(row: OfferRow) -> Mark:
    """Return what the list is ordered by."""
    return row.intended_at, row.client_order_id


def read_offer_row(row: Row[Any]) -> OfferRow:
    """Return a row of the table."""
    return OfferRow(
        client_order_id=row.client_order_id,
        exchange=row.exchange,
        level=row.level,
        price_nanocents=row.price_nanocents,
        quantity_napu=row.quantity_napu,
        target_nanocents=row.target_nanocents,
        generation=row.generation,
        exchange_order_id=row.exchange_order_id,
        state=OfferState(row.state),
        filled_napu=row.filled_napu,
        intended_at=row.intended_at,
        changed_at=row.changed_at,
    )


def _branches(connection: Connection, wanted: OfferFilter, before: Mark | None, count: int) -> Iterator[Branch]:
    if wanted.generation is not None:
        rows = narrowed(select(_offer).where(_offer.c.generation == wanted.generation))
        exact = {rows.c.exchange: wanted.exchange, rows.c.state: wanted.state}
        matching = [column == value for column, value in exact.items() if value is not None]
        yield _ordered(select(rows).where(*matching), rows.c, wanted, before, count), {}
        return
    exchanges = [wanted.exchange] if wanted.exchange else distinct_values(connection, _offer.c.exchange)
    statements = [_ordered(rows.where(_here), _offer.c, wanted, before, count) for rows in _by_state(wanted.state)]
    for exchange in exchanges:
        for statement in statements:
            yield statement, {"exchange_name": exchange}


def _by_state(state: OfferState | None) -> Iterator[Select[Any]]:
    """Yield each part of the table that has an index of its own."""
    if state is None:
        yield from (select(_offer).where(states) for states in tables.EVERY_OFFER)
    elif state in _FINAL:
        yield select(_offer).where(_FINAL[state])
    else:
        yield select(_offer).where(tables.IS_LIVE, _offer.c.state == state)


def _ordered(rows: Select[Any], columns: _Columns, wanted: OfferFilter, before: Mark | None, count: int) -> Select[Any]:
    order = (columns.intended_at, by_code_points(columns.client_order_id))
    rows = rows.where(columns.intended_at >= bindparam(FLOOR), *older_than(order, before))
    if wanted.since is not None:
        rows = rows.where(columns.intended_at >= wanted.since)
    if wanted.until is not None:
        rows = rows.where(columns.intended_at < wanted.until)
    return rows.order_by(*(column.desc() for column in order)).limit(count)


def _mark(row: Row[Any]) -> Mark:
    return row.intended_at, row.client_order_id
