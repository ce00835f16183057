"""Each exchange at a glance."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Row, bindparam, func, select

from app.domain.fills import FillKind
from app.domain.halts import Halt
from app.domain.health import ExchangeHealth
from app.domain.ledger import Offer, Publication
from app.store import tables
from app.store.halts import read_halt
from app.store.health import read_health
from app.store.offers import read_offer
from app.store.reading.glances import ExchangeRow

_fill, _cursor = tables.fill, tables.cursor
_LIVE = select(tables.offer).where(tables.IS_LIVE)
_HALTS = select(tables.halt).where(tables.halt.c.lifted_at.is_(None)).order_by(tables.halt.c.id)
_UNCLAIMED = (
    select(_fill.c.exchange, func.count().label("fills"), func.sum(_fill.c.quantity_napu).label("quantity_napu"))
    .where(tables.IS_UNCLAIMED)
    .group_by(_fill.c.exchange)
)
_LAST_SALE = (
    select(_fill.c.recorded_at)
    .where(_fill.c.exchange == bindparam("exchange_name"), _fill.c.kind == FillKind.SALE)
    .order_by(_fill.c.recorded_at.desc())
    .limit(1)
)

_RowT = TypeVar("_RowT")


class _Seen(NamedTuple):
    """What all exchanges together are read from, by exchange."""

    publications: dict[str, Publication]
    cursors: dict[str, Row[Any]]
    offers: dict[str, list[Offer]]
    ailing: dict[str, ExchangeHealth]
    unclaimed: dict[str, Row[Any]]
    halts: list[Halt]


def read_exchanges(connection: Connection) -> tuple[ExchangeRow, ...]:
    """Return every exchange that something was recorded or decided for, by name."""
    seen = _seen(connection)
    names = sorted(seen.publications.keys() | seen.cursors.keys() | seen.offers.keys())
    return tuple(_exchange(connection, name, seen) for name in names)


def _seen(connection: Connection) -> _Seen:
    offers = defaultdict(list)
    for row in connection.execute(_LIVE).mappings():
        offers[row["exchange"]].append(read_offer(row))
    published = (Publication(**row) for row in connection.execute(select(tables.publication)).mappings())
    return _Seen(
        publications={publication.exchange: publication for publication in published},
        cursors=_by_exchange(connection.execute(select(_cursor))),
        offers=offers,
        ailing=_by_exchange(read_health(row) for row in connection.execute(select(tables.exchange_health))),
        unclaimed=_by_exchange(connection.execute(_UNCLAIMED)),
        halts=[read_halt(row) for row in connection.execute(_HALTS).mappings()],
    )


def _by_exchange(rows: Iterable[_RowT]) -> dict[str, _RowT]:
    return {row.exchange: row for row in rows}  # type: ignore[attr-defined]  # each has one


def _exchange(connection: Connection, name: str, seen: _Seen) -> ExchangeRow:
    cursor, unclaimed = seen.cursors.get(name), seen.unclaimed.get(name)
    offers = sorted(seen.offers.get(name, ()), key=lambda offer: (offer.level.price_nanocents, offer.intended_at))
    return ExchangeRow(
        exchange=name,
        publication=seen.publications.get(name),
        live_offers=tuple(offers),
        health=seen.ailing.get(name),
        read_at=cursor and cursor.read_at,
        sold_napu=cursor.sold_napu if cursor else 0,
        unclaimed=unclaimed.fills if unclaimed else 0,
        unclaimed_napu=int(unclaimed.quantity_napu) if unclaimed else 0,
        halts=tuple(halt for halt in seen.halts if halt.exchange in (None, name)),
        last_sale_at=connection.execute(_LAST_SALE, {"exchange_name": name}).scalar(),
    )
