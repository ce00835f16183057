"""What waits, and since when, in few quick statements: asked every few seconds, all night long."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, literal_column, select

from app.store import tables
from app.store.database import Database

_fill, _cursor = tables.fill, tables.cursor
# Written into the query as they are, or SQLite does not see that the index serves it.
_IS_SALE = _fill.c.kind == literal_column("'sale'")
_IS_UNCLAIMED = _fill.c.kind == literal_column("'unclaimed'")


@dataclass(frozen=True, slots=True)
class WaitingSells:
    """Fills that wait for something.

    Attributes:
        exchange: where, "" for all together.
        since: when the oldest of them was recorded.
    """

    exchange: str
    count: int
    quantity_napu: int
    since: datetime


class SqlWaiting:
    """Reads what waits, from the ledger alone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def unissued(self, besides: Collection[str] = ()) -> WaitingSells | None:
        """Return the sales that are in no issuance, without those of some exchanges; None when there is none."""
        waiting = _IS_SALE & _fill.c.issuance_id.is_(None) & _fill.c.exchange.not_in(besides)
        with self._database.read() as connection:
            row = connection.execute(select(*_SUMS).where(waiting)).one()
        return WaitingSells("", row[0], int(row[1]), row[2]) if row[0] else None

    def unclaimed(self) -> Sequence[WaitingSells]:
        """Return the sells that an operator has to claim or dismiss, by exchange."""
        waiting = select(_fill.c.exchange, *_SUMS).where(_IS_UNCLAIMED)
        with self._database.read() as connection:
            rows = connection.execute(waiting.group_by(_fill.c.exchange).order_by(_fill.c.exchange))
            return [WaitingSells(row[0], row[1], int(row[2]), row[3]) for row in rows]

    def read_at(self) -> dict[str, datetime]:
        """Return when each exchange's fills were last read to their end."""
        with self._database.read() as connection:
            return {row.exchange: row.read_at for row in connection.execute(select(_cursor))}


_SUMS = (func.count(), func.sum(_fill.c.quantity_napu), func.min(_fill.c.recorded_at, type_=_fill.c.recorded_at.type))
