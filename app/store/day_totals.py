"""What each exchange's sales of a day add up to; kept in the transaction that makes a fill a sale, or none.

Whoever changes it holds the exchange's row of `cursor`, so that nobody else has read what he is about to overwrite.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from app.store import tables
from app.store.leases import upsert

_total = tables.day_total
_SO_FAR = select(_total.c.sales, _total.c.sold_napu, _total.c.proceeds).where(
    _total.c.exchange == bindparam("exchange_name"), _total.c.day == bindparam("day_of_sale")
)


class Sold(NamedTuple):
    """One sale, as far as it counts for its day."""

    executed_at: datetime
    quantity_napu: int
    price_nanocents: int


@dataclass(frozen=True, slots=True)
class Sum:
    """What some sales add up to; `proceeds` in napu x nanocents."""

    sales: int = 0
    sold_napu: int = 0
    proceeds: int = 0

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(self.sales + other.sales, self.sold_napu + other.sold_napu, self.proceeds + other.proceeds)

    def __neg__(self) -> "Sum":
        return Sum(-self.sales, -self.sold_napu, -self.proceeds)


def sums_by_day(sales: Iterable[Sold]) -> dict[date, Sum]:
    """Add sales up by the UTC day of their execution."""
    by_day = defaultdict[date, list[int]](lambda: [0, 0, 0])
    for at, quantity, price in sales:
        day = by_day[at.astimezone(UTC).date()]
        day[0] += 1
        day[1] += quantity
        day[2] += quantity * price
    return {day: Sum(*numbers) for day, numbers in by_day.items()}


def count_sales(connection: Connection, exchange: str, sales: Iterable[Sold]) -> None:
    """Count fills that have become sales."""
    for day, more in sums_by_day(sales).items():
        _add(connection, exchange, day, more)


def uncount_sales(connection: Connection, exchange: str, sales: Iterable[Sold]) -> None:
    """Take back fills that are no sales any more."""
    for day, less in sums_by_day(sales).items():
        _add(connection, exchange, day, -less)


def _add(connection: Connection, exchange: str, day: date, more: Sum) -> None:
    row = connection.execute(_SO_FAR, {"exchange_name": exchange, "day_of_sale": day}).first()
    total = more if row is None else Sum(row.sales, row.sold_napu, int(row.proceeds)) + more
    numbers = {"sales": total.sales, "sold_napu": total.sold_napu, "proceeds": str(total.proceeds)}
    connection.execute(_store(connection.dialect.name), {"exchange": exchange, "day": day} | numbers)


@lru_cache(maxsize=2)
def _store(dialect: str) -> sqlite.Insert | postgresql.Insert:
    new = upsert(dialect, _total)
    changed = {name: new.excluded[name] for name in ("sales", "sold_napu", "proceeds")}
    return new.on_conflict_do_update(index_elements=["exchange", "day"], set_=changed)
