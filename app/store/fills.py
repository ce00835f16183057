"""Fills in the database, and how far each exchange's have been read."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import RowMapping

from app.domain.fills import Fill, FillKind, FillPage, Side, kind_of
from app.domain.issuances import IssuanceState
from app.domain.ledger import Recorded, Sale, SaleTotals
from app.ports.clock import Clock
from app.ports.observer import LedgerObserver, Unobserved
from app.store import tables
from app.store.database import Database
from app.store.day_totals import Sold, count_sales
from app.store.events import append_event
from app.store.leases import upsert
from app.store.seals import fills_seal, seal_text

_fill, _cursor, _offer, _issuance = tables.fill, tables.cursor, tables.offer, tables.issuance

_CHUNK = 500
"""Values in one IN (...): well below every database's limit of parameters."""


_total = func.coalesce(func.sum(_issuance.c.quantity_napu), 0)
_TOTALS = select(
    select(func.coalesce(func.sum(_cursor.c.sold_napu), 0)).scalar_subquery(),
    select(_total).where(_issuance.c.state == IssuanceState.ISSUED).scalar_subquery(),
    select(_total).where(tables.IS_OPEN).scalar_subquery(),
)
_POSITION = select(_cursor.c.position).where(_cursor.c.exchange == bindparam("exchange_name"))
_sells_of_orders = (
    (_fill.c.exchange == bindparam("exchange_name"))
    & _fill.c.exchange_order_id.in_(bindparam("order_ids", expanding=True))
    & (_fill.c.side == Side.SELL)
)
_COUNTED = (_fill.c.executed_at, _fill.c.quantity_napu, _fill.c.price_nanocents)
_SELLS = select(_fill.c.fill_id, _fill.c.kind, _fill.c.exchange_order_id, *_COUNTED).where(_sells_of_orders)
_CLAIM = update(_fill).where(_sells_of_orders, _fill.c.kind != FillKind.SALE).values(kind=FillKind.SALE)


@lru_cache(maxsize=2)
def _touch_cursor(dialect: str) -> sqlite.Insert | postgresql.Insert:
    kept = {"sold_napu": _cursor.c.sold_napu}
    return upsert(dialect, _cursor).on_conflict_do_update(index_elements=["exchange"], set_=kept)


def chunks(values: Iterable[str]) -> Iterable[Sequence[str]]:
    """Split values so that each part fits one statement."""
    everything = sorted(set(values))
    return (everything[start : start + _CHUNK] for start in range(0, len(everything), _CHUNK))


def add_to_offers(connection: Connection, exchange: str, filled_by_order: dict[str, int], now: datetime) -> None:
    """Add to what our offers are known to have sold."""
    for order_id, quantity in filled_by_order.items():
        connection.execute(
            update(_offer)
            .where(_offer.c.exchange == exchange, _offer.c.exchange_order_id == order_id)
            .values(filled_napu=_offer.c.filled_napu + quantity, changed_at=now)
        )


def lock_cursor(connection: Connection, exchange: str, now: datetime) -> None:
    """Put those who record an exchange's fills, and those who learn its order ids, in line until they commit.

    Otherwise a fill could be judged "not ours" while the id of its order is being stored, and stay so.
    """
    values = {"exchange": exchange, "position": None, "sold_napu": 0, "read_at": now}
    connection.execute(_touch_cursor(connection.dialect.name), values)


def claim_fills(connection: Connection, exchange: str, order_ids: Sequence[str], now: datetime) -> int:
    """Make all sells of orders that proved to be ours sales, counted for their offers; return what is new, in napu.

    A fill can be read before the order's id is known here: between the exchange's answer and our commit, or after a
    crash in between. It waits as unclaimed and becomes a sale in the transaction that learns the id. What an operator
    claimed meanwhile is a sale already. What an operator dismissed becomes one all the same, and an event says so:
    whatever an offer of ours sold has to be issued, and only we can know whose order it was.
    """
    new, filled = list[Sold](), dict[str, int]()
    overruled = []
    for part in chunks(order_ids):
        orders = {"exchange_name": exchange, "order_ids": part}
        rows = connection.execute(_SELLS, orders).all()
        for row in rows:
            filled[row.exchange_order_id] = filled.get(row.exchange_order_id, 0) + row.quantity_napu
        new += [
            Sold(row.executed_at, row.quantity_napu, row.price_nanocents) for row in rows if row.kind != FillKind.SALE
        ]
        overruled += [row.fill_id for row in rows if row.kind == FillKind.DISMISSED]
        if rows:
            connection.execute(_CLAIM, orders)
    for order_id, quantity in filled.items():
        # Not added: what an operator claimed before was sold already, but counted for no offer.
        ours = (_offer.c.exchange == exchange) & (_offer.c.exchange_order_id == order_id)
        connection.execute(update(_offer).where(ours).values(filled_napu=quantity, changed_at=now))
    claimed = sum(sale.quantity_napu for sale in new)
    if claimed:
        add_sold(connection, exchange, claimed)
        count_sales(connection, exchange, new)
    if overruled:
        append_event(connection, now, "DismissalOverruled", exchange, {"fills": overruled})
    return claimed


class SqlFills:
    """Fills and cursors."""

    def __init__(self, database: Database, clock: Clock, observer: LedgerObserver | None = None) -> None:
        self._database = database
        self._clock = clock
        self._observer = observer or Unobserved()

    def position(self, exchange: str) -> str | None:
        """Return the position stored by the last `record`, or None before the first."""
        with self._database.read() as connection:
            return connection.execute(_POSITION, {"exchange_name": exchange}).scalar()

    def record(self, exchange: str, page: FillPage) -> Recorded:
        """Store a page's fills and move the position, in one transaction; known fills stay as they are."""
        now = self._clock.now()
        with self._database.write("fills recorded") as connection:
            lock_cursor(connection, exchange, now)
            moved = {"position": page.position, "read_at": now}
            connection.execute(update(_cursor).where(_cursor.c.exchange == exchange).values(moved))
            rows = self._new_rows(connection, exchange, page.fills, now)
            if not rows:
                return Recorded(0, 0, 0)
            connection.execute(insert(_fill), rows)
            sales = [row for row in rows if row["kind"] is FillKind.SALE]
            unclaimed = sum(row["kind"] is FillKind.UNCLAIMED for row in rows)
            sold_by_order: dict[str, int] = {}
            for row in sales:
                order_id = row["exchange_order_id"]
                sold_by_order[order_id] = sold_by_order.get(order_id, 0) + row["quantity_napu"]
            add_to_offers(connection, exchange, sold_by_order, now)
            sold = sum(sold_by_order.values())
            add_sold(connection, exchange, sold)
            count_sales(connection, exchange, (_sold(row) for row in sales))
            detail: dict[str, Any] = {
                "fills": len(rows),
                "sales": len(sales),
                "sold_napu": sold,
                "unclaimed": unclaimed,
            }
            detail |= {"first_fill": rows[0]["fill_id"], "last_fill": rows[-1]["fill_id"]}
            detail |= {"seal": seal_text(fills_seal(rows))}
            append_event(connection, now, "FillsRecorded", exchange, detail)
        self._observer.recorded(exchange, now, [(row["kind"], row["executed_at"]) for row in rows])
        return Recorded(len(rows), len(sales), unclaimed, tuple(row["fill_id"] for row in rows))

    def unissued_sales(self, limit: int, *, besides: Collection[str] = ()) -> Sequence[Sale]:
        """Return the oldest sales that are in no issuance, without those of some exchanges."""
        waiting = (
            select(_fill.c.exchange, _fill.c.fill_id, _fill.c.quantity_napu)
            .where(tables.IS_WAITING)
            .order_by(_fill.c.executed_at, _fill.c.exchange, _fill.c.fill_id)
            .limit(limit)
        )
        if besides:
            waiting = waiting.where(_fill.c.exchange.not_in(besides))
        with self._database.read() as connection:
            return [Sale(*row) for row in connection.execute(waiting)]

    def executed_since(self, exchange: str, since: datetime) -> Iterator[tuple[Fill, FillKind]]:
        """Yield an exchange's fills executed at or after a time."""
        executed = select(_fill).where(_fill.c.exchange == exchange, _fill.c.executed_at >= since)
        streamed = executed.execution_options(yield_per=1000)
        with self._database.read() as connection, connection.execute(streamed) as rows:
            yield from ((read_fill(row), FillKind(row["kind"])) for row in rows.mappings())

    def unclaimed_napu(self, exchange: str) -> int:
        """Return the sum of an exchange's unclaimed sells."""
        unclaimed = (_fill.c.exchange == exchange) & tables.IS_UNCLAIMED
        with self._database.read() as connection:
            total = select(func.coalesce(func.sum(_fill.c.quantity_napu), 0)).where(unclaimed)
            return int(connection.execute(total).scalar_one())

    def unclaimed_orders(self, exchange: str) -> Sequence[str]:
        """Return the exchange's ids of the orders that unclaimed sells belong to."""
        unclaimed = (_fill.c.exchange == exchange) & tables.IS_UNCLAIMED
        with self._database.read() as connection:
            return connection.execute(select(_fill.c.exchange_order_id).where(unclaimed).distinct()).scalars().all()

    def totals(self) -> SaleTotals:
        """Return what was sold, issued and is in flight, all exchanges together, at one moment."""
        with self._database.read() as connection:
            row = connection.execute(_TOTALS).one()
        return SaleTotals(*(int(value) for value in row))

    def count_issued(self) -> int:
        """Return how many sales are in an issuance that is in a block."""
        issued = _fill.join(_issuance, _fill.c.issuance_id == _issuance.c.id)
        count = select(func.count()).select_from(issued).where(_issuance.c.state == IssuanceState.ISSUED)
        with self._database.read() as connection:
            return connection.execute(count).scalar_one()

    def recent(self, limit: int) -> Sequence[tuple[str, Fill, str]]:
        """Return the newest fills as (exchange, fill, kind), newest first."""
        newest = select(_fill).order_by(_fill.c.recorded_at.desc(), _fill.c.executed_at.desc()).limit(limit)
        with self._database.read() as connection:
            return [(row["exchange"], read_fill(row), row["kind"]) for row in connection.execute(newest).mappings()]

    def _new_rows(
        self, connection: Connection, exchange: str, fills: Sequence[Fill], now: datetime
    ) -> list[dict[str, Any]]:
        known: set[str] = set()
        for part in chunks(fill.fill_id for fill in fills):
            found = select(_fill.c.fill_id).where(_fill.c.exchange == exchange, _fill.c.fill_id.in_(part))
            known.update(connection.execute(found).scalars())
        new = {fill.fill_id: fill for fill in fills if fill.fill_id not in known}
        ours = our_order_ids(connection, exchange, (fill.exchange_order_id for fill in new.values()))
        return [_row(exchange, fill, fill.exchange_order_id in ours, now) for fill in new.values()]


def our_order_ids(connection: Connection, exchange: str, order_ids: Iterable[str]) -> frozenset[str]:
    """Return those of an exchange's order ids that belong to an offer of ours."""
    ours: set[str] = set()
    for part in chunks(order_ids):
        known = select(_offer.c.exchange_order_id).where(
            tuple_(_offer.c.exchange, _offer.c.exchange_order_id).in_([(exchange, order_id) for order_id in part])
        )
        ours.update(connection.execute(known).scalars())
    return frozenset(ours)


def _row(exchange: str, fill: Fill, is_ours: bool, now: datetime) -> dict[str, Any]:  # noqa: FBT001
    return {
        "exchange": exchange,
        "fill_id": fill.fill_id,
        "exchange_order_id": fill.exchange_order_id,
        "side": fill.side,
        "price_nanocents": fill.price_nanocents,
        "quantity_napu": fill.quantity_napu,
        "fee": fill.fee,
        "executed_at": fill.executed_at,
        "recorded_at": now,
        "raw": fill.raw,
        "kind": kind_of(fill.side, is_ours=is_ours),
    }


def _sold(row: Mapping[str, Any]) -> Sold:
    return Sold(row["executed_at"], row["quantity_napu"], row["price_nanocents"])


def read_fill(row: RowMapping) -> Fill:
    """Return a row of the table as the record it is."""
    return Fill(
        fill_id=row["fill_id"],
        exchange_order_id=row["exchange_order_id"],
        side=Side(row["side"]),
        price_nanocents=row["price_nanocents"],
        quantity_napu=row["quantity_napu"],
        fee=row["fee"],
        executed_at=row["executed_at"],
        raw=row["raw"],
    )


def add_sold(connection: Connection, exchange: str, quantity_napu: int) -> None:
    """Add to what the exchange is known to have sold."""
    sold = {"sold_napu": _cursor.c.sold_napu + quantity_napu}
    connection.execute(update(_cursor).where(_cursor.c.exchange == exchange).values(sold))
