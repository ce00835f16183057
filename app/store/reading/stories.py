"""Everything about one fill."""

import json
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, bindparam, select

from app.domain.fills import FillKind, Side
from app.domain.ledger import AuditEvent, Generation
from app.store import tables
from app.store.offers import read_generation
from app.store.reading.events import OUT_OF_STEP, first_since, read_event
from app.store.reading.issuance_stories import read_issuance_story
from app.store.reading.offers import read_offer_row
from app.store.reading.rows import OfferRow, SaleRow
from app.store.reading.sales import with_states
from app.store.reading.story_parts import Followed, Story

_event, _fill, _generation, _offer = tables.event, tables.fill, tables.generation, tables.offer

_FILL = select(_fill).where(_fill.c.exchange == bindparam("exchange_name"), _fill.c.fill_id == bindparam("id_of_fill"))
_OFFER = select(_offer).where(
    _offer.c.exchange == bindparam("exchange_name"), _offer.c.exchange_order_id == bindparam("order_id")
)
_DECIDED = (
    select(_generation)
    .where(_generation.c.decided_at >= bindparam("moment"))
    .order_by(_generation.c.decided_at, _generation.c.number)
    .limit(1)
)
_CLAIMED, _DISMISSED, _OVERRULED = "SalesClaimed", "SalesDismissed", "DismissalOverruled"
_DECISIONS = (
    select(_event)
    .where(
        _event.c.subject == bindparam("exchange_name"),
        _event.c.kind.in_([_CLAIMED, _DISMISSED, _OVERRULED]),
        _event.c.number >= bindparam("first"),
    )
    .order_by(_event.c.number)
)
_PUBLICATIONS = select(tables.publication.c.exchange, tables.publication.c.shown).order_by(
    tables.publication.c.exchange
)
_OFFERED = [
    select(_offer.c.intended_at, _offer.c.generation)
    .where(
        states,
        _offer.c.exchange == bindparam("exchange_name"),
        _offer.c.intended_at >= bindparam("moment"),
        _offer.c.generation >= bindparam("first"),
    )
    .order_by(_offer.c.intended_at)
    .limit(1)
    for states in tables.EVERY_OFFER
]


def read_story(connection: Connection, exchange: str, fill_id: str) -> Story | None:
    """Return it, or None when there is no such fill."""
    row = connection.execute(_FILL, {"exchange_name": exchange, "id_of_fill": fill_id}).first()
    if row is None:
        return None
    (sale,) = with_states(connection, [row])
    decisions = tuple(_decisions(connection, sale)) if sale.side is Side.SELL else ()
    generation = _decided_after(connection, sale, decisions)
    return Story(
        sale=sale,
        raw=row.raw,
        offer=_offer_of(connection, sale),
        issuance=None if sale.issuance_id is None else read_issuance_story(connection, sale.issuance_id),
        generation=generation,
        followed=() if generation is None else tuple(_followed(connection, generation)),
        decisions=decisions,
    )


def _offer_of(connection: Connection, sale: SaleRow) -> OfferRow | None:
    row = connection.execute(_OFFER, {"exchange_name": sale.exchange, "order_id": sale.exchange_order_id}).first()
    return None if row is None else read_offer_row(row)


def _decisions(connection: Connection, sale: SaleRow) -> Iterator[AuditEvent]:
    # No decision about a fill is older than the fill.
    first = first_since(connection, sale.recorded_at - OUT_OF_STEP)
    named = _event.c.detail.contains(json.dumps(sale.fill_id, ensure_ascii=False), autoescape=True)
    for row in connection.execute(_DECISIONS.where(named), {"exchange_name": sale.exchange, "first": first}):
        if sale.fill_id in json.loads(row.detail)["fills"]:
            yield read_event(row)


def _decided_after(connection: Connection, sale: SaleRow, decisions: Sequence[AuditEvent]) -> Generation | None:
    if sale.kind is not FillKind.SALE:
        return None
    claimed = [event.at for event in decisions if event.kind != _DISMISSED]
    moment = claimed[-1] if claimed else sale.recorded_at
    row = connection.execute(_DECIDED, {"moment": moment}).mappings().first()
    return None if row is None else read_generation(row)


def _followed(connection: Connection, generation: Generation) -> Iterator[Followed]:
    since = {"moment": generation.decided_at, "first": generation.number}
    for exchange, shown in connection.execute(_PUBLICATIONS).all():
        firsts = (connection.execute(offered, since | {"exchange_name": exchange}).first() for offered in _OFFERED)
        first = min((tuple(row) for row in firsts if row is not None), default=(None, None))
        yield Followed(exchange, shown is not None and shown >= generation.number, *first)
