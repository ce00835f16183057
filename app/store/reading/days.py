"""What was sold, day by day, and on what amount the price stands."""

from collections import defaultdict
from datetime import date

from sqlalchemy import Connection, func, select

from app.domain.supply import basis_of
from app.store import tables
from app.store.day_totals import Sum
from app.store.reading.glances import DayTotal, Raised

_total, _generation = tables.day_total, tables.generation
_DAYS = select(_total).where(_total.c.sales > 0)
_RAISED = select(_total.c.exchange, _total.c.sales, _total.c.sold_napu, _total.c.proceeds)
_NEWEST = select(_generation.c.issued_napu, _generation.c.foreign_napu).order_by(_generation.c.number.desc()).limit(1)
_SOLD = select(func.coalesce(func.sum(tables.cursor.c.sold_napu), 0))


def read_day_totals(connection: Connection, since_day: date) -> tuple[DayTotal, ...]:
    """Return each exchange's days with sales, by day and name."""
    wanted = _DAYS.where(_total.c.day >= since_day).order_by(_total.c.day, _total.c.exchange)
    return tuple(
        DayTotal(row.exchange, row.day, row.sales, row.sold_napu, int(row.proceeds))
        for row in connection.execute(wanted)
    )


def read_raised(connection: Connection) -> dict[str, Raised]:
    """Return what each exchange sold."""
    sums = defaultdict[str, Sum](Sum)
    for row in connection.execute(_RAISED):
        sums[row.exchange] += Sum(row.sales, row.sold_napu, int(row.proceeds))
    return {
        exchange: Raised(sums[exchange].sales, sums[exchange].sold_napu, sums[exchange].proceeds)
        for exchange in sorted(sums)
    }


def read_basis(connection: Connection) -> int | None:
    """Return the amount that the target price stands on; None before the first decision."""
    newest = connection.execute(_NEWEST).first()
    if newest is None:
        return None
    sold = int(connection.execute(_SOLD).scalar_one())
    return basis_of(chain_issued_napu=newest.issued_napu, foreign_napu=newest.foreign_napu, sold_napu=sold)
