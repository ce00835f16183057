"""What operators decided about sells that are none of our offers."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, func, select, update
from sqlalchemy.engine import RowMapping

from app.domain.claims import Claimed, KnownFill, fills_to_claim, fills_to_dismiss
from app.domain.errors import InvalidInput
from app.domain.fills import Fill, FillKind, Side
from app.domain.money import format_dollars
from app.domain.price_curve import target_price
from app.domain.supply import basis_of
from app.ports.clock import Clock
from app.store import tables
from app.store.database import Database
from app.store.day_totals import Sold, count_sales, uncount_sales
from app.store.events import append_event, lock_events
from app.store.fills import add_sold, chunks, our_order_ids, read_fill

_fill, _cursor, _generation = tables.fill, tables.cursor, tables.generation

_UNCLAIMED = select(_fill).where(tables.IS_UNCLAIMED).order_by(_fill.c.executed_at, _fill.c.exchange, _fill.c.fill_id)
_NEWEST = (
    select(_generation.c.issued_napu, _generation.c.foreign_napu, _generation.c.stack)
    .order_by(_generation.c.number.desc())
    .limit(1)
)
_SOLD = select(func.coalesce(func.sum(_cursor.c.sold_napu), 0))


class SqlClaims:
    """Unclaimed sells, and their claims and dismissals."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def unclaimed(self, limit: int) -> Sequence[tuple[str, Fill]]:
        """Return the oldest sells that wait for an operator, as (exchange, fill)."""
        with self._database.read() as connection:
            rows = connection.execute(_UNCLAIMED.limit(limit)).mappings()
            return [(row["exchange"], read_fill(row)) for row in rows]

    def claim(self, exchange: str, fill_ids: Sequence[str], *, who: str, why: str) -> Claimed:
        """Make sells that are none of our offers sales, dismissed ones too, in one transaction.

        Raises:
            InvalidInput: one of them cannot be claimed; nothing was written.
        """
        with self._database.write("sales claimed") as connection:
            changed = fills_to_claim(exchange, fill_ids, _known(connection, exchange, fill_ids))
            claimed = _change(connection, exchange, changed, FillKind.SALE)
            self._append(connection, "SalesClaimed", exchange, claimed, {"who": who, "why": why})
        return claimed

    def dismiss(self, exchange: str, fill_ids: Sequence[str], *, who: str, why: str) -> Claimed:
        """Make sells that are none of our offers no sales, claimed ones too, in one transaction.

        Raises:
            InvalidInput: one of them cannot be dismissed, or the price would fall; nothing was written.
        """
        with self._database.write("sales dismissed") as connection:
            changed = fills_to_dismiss(exchange, fill_ids, _known(connection, exchange, fill_ids))
            counted = sum(fill.quantity_napu for fill in changed if fill.kind is FillKind.SALE)
            if counted:
                _check_price(connection, counted)
            dismissed = _change(connection, exchange, changed, FillKind.DISMISSED)
            self._append(connection, "SalesDismissed", exchange, dismissed, {"who": who, "why": why})
        return dismissed

    def _append(
        self, connection: Connection, kind: str, exchange: str, changed: Claimed, operator: dict[str, object]
    ) -> None:
        if changed.fill_ids:
            detail = {"fills": list(changed.fill_ids), "quantity_napu": changed.quantity_napu}
            append_event(connection, self._clock.now(), kind, exchange, operator | detail)


def _known(connection: Connection, exchange: str, fill_ids: Sequence[str]) -> list[KnownFill]:
    """Read fills and keep them as they are until the end of the transaction; no order of theirs becomes ours meanwhile."""
    connection.execute(select(_cursor.c.exchange).where(_cursor.c.exchange == exchange).with_for_update())
    rows: list[RowMapping] = []
    for part in chunks(fill_ids):
        found = select(_fill).where(_fill.c.exchange == exchange, _fill.c.fill_id.in_(part)).order_by(_fill.c.fill_id)
        rows += connection.execute(found.with_for_update()).mappings().all()
    ours = our_order_ids(connection, exchange, (row["exchange_order_id"] for row in rows))
    return [_known_fill(row, row["exchange_order_id"] in ours) for row in rows]


def _known_fill(row: RowMapping, is_ours: bool) -> KnownFill:  # noqa: FBT001
    return KnownFill(
        fill_id=row["fill_id"],
        side=Side(row["side"]),
        kind=FillKind(row["kind"]),
        quantity_napu=row["quantity_napu"],
        is_ours=is_ours,
        issuance_id=row["issuance_id"],
    )


def _change(connection: Connection, exchange: str, fills: Sequence[KnownFill], kind: FillKind) -> Claimed:
    claimed = Claimed(tuple(fill.fill_id for fill in fills), sum(fill.quantity_napu for fill in fills))
    for part in chunks(claimed.fill_ids):
        here = (_fill.c.exchange == exchange) & _fill.c.fill_id.in_(part)
        connection.execute(update(_fill).where(here).values(kind=kind))
    if kind is FillKind.SALE:
        add_sold(connection, exchange, claimed.quantity_napu)
        count_sales(connection, exchange, _sold(connection, exchange, fills))
    else:
        taken_back = [fill for fill in fills if fill.kind is FillKind.SALE]
        add_sold(connection, exchange, -sum(fill.quantity_napu for fill in taken_back))
        uncount_sales(connection, exchange, _sold(connection, exchange, taken_back))
    return claimed


def _sold(connection: Connection, exchange: str, fills: Sequence[KnownFill]) -> Iterator[Sold]:
    for part in chunks(fill.fill_id for fill in fills):
        here = (_fill.c.exchange == exchange) & _fill.c.fill_id.in_(part)
        wanted = select(_fill.c.executed_at, _fill.c.quantity_napu, _fill.c.price_nanocents).where(here)
        yield from (Sold(*row) for row in connection.execute(wanted))


def _check_price(connection: Connection, dismissed_napu: int) -> None:
    """Refuse to take back a sale that has moved the price: a price that was decided never falls."""
    lock_events(connection)
    newest = connection.execute(_NEWEST).first()
    if newest is None:
        return
    sold = int(connection.execute(_SOLD).scalar_one()) - dismissed_napu
    basis = basis_of(chain_issued_napu=newest.issued_napu, foreign_napu=newest.foreign_napu, sold_napu=sold)
    decided, after = newest.stack[0][0], target_price(basis)
    if after < decided:
        raise InvalidInput(
            f"without these sales the target price would fall from ${format_dollars(decided)} to ${format_dollars(after)}; "
            f"dismiss them when as much has been sold again"
        )
