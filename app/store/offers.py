"""Generations, offers and publications in the database."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, insert, or_, select, union_all, update
from sqlalchemy.engine import RowMapping

from app.domain.errors import Overtaken
from app.domain.ledger import Generation, Lease, NewGeneration, Offer, OfferOutcome, OfferState, Publication
from app.domain.offers import Level
from app.domain.orders import Order, OrderState, new_client_order_id
from app.domain.showing import LiveOffer, OnOffer, ShownLevel
from app.ports.clock import Clock
from app.ports.observer import LedgerObserver, Unobserved
from app.store import tables
from app.store.database import Database
from app.store.events import append_event, lock_events
from app.store.fills import claim_fills, lock_cursor, our_order_ids
from app.store.leases import fence, upsert

_generation, _offer, _publication = tables.generation, tables.offer, tables.publication

# Built once: a publication to many exchanges spends its time in building statements, not in the database.
_NEWEST_NUMBER = select(func.coalesce(func.max(_generation.c.number), 0))
_NEWEST = select(_generation).order_by(_generation.c.number.desc()).limit(1)
_here = _offer.c.exchange == bindparam("exchange_name")
_OLDEST_FIRST = select(_offer).where(_here).order_by(_offer.c.intended_at, _offer.c.client_order_id)
_LIVE_OFFERS = _OLDEST_FIRST.where(tables.IS_LIVE)
_LOST_OFFERS = _OLDEST_FIRST.where(tables.IS_LOST, _offer.c.intended_at >= bindparam("since"))
_LIVE_EVERYWHERE = select(
    _offer.c.target_nanocents, _offer.c.price_nanocents, _offer.c.quantity_napu, _offer.c.filled_napu
).where(tables.IS_LIVE)
_SOLD = select(func.coalesce(func.sum(tables.cursor.c.sold_napu), 0))
_first = func.min(_offer.c.intended_at).label("first")
_FIRSTS = union_all(*(select(_first).where(_here, states) for states in tables.EVERY_OFFER)).subquery()
_FIRST_INTENDED = select(func.min(_FIRSTS.c.first))
_NOTE_ERROR = (
    update(_publication).where(_publication.c.exchange == bindparam("exchange_name")).values(error=bindparam("words"))
)
_NOTE_SHOWN = _NOTE_ERROR.where(
    or_(_publication.c.shown.is_(None), _publication.c.shown <= bindparam("number"))
).values(shown=bindparam("number"), shown_at=bindparam("now"))
_NEWLY_SHOWN = (
    select(_generation.c.decided_at)
    .join(_publication, _publication.c.exchange == bindparam("exchange_name"))
    .where(_generation.c.number == bindparam("number"))
    .where(or_(_publication.c.shown.is_(None), _publication.c.shown < bindparam("number")))
)
_SETTLE = (
    update(_offer)
    .where(_offer.c.client_order_id == bindparam("offer_id"))
    .values(
        state=bindparam("new_state"),
        changed_at=bindparam("now"),
        exchange_order_id=func.coalesce(
            bindparam("order_id", type_=_offer.c.exchange_order_id.type), _offer.c.exchange_order_id
        ),
    )
)


class SqlOffers:
    """What was decided, what was placed, and what each exchange shows."""

    def __init__(self, database: Database, clock: Clock, observer: LedgerObserver | None = None) -> None:
        self._database = database
        self._clock = clock
        self._observer = observer or Unobserved()

    def decide(self, generation: NewGeneration, *, newest_known: int | None = None) -> Generation:
        """Store a generation under the next number and make every listed exchange want it.

        Raises:
            Overtaken: there is a newer one than `newest_known` by now (0 means none); nothing was stored.
        """
        now = self._clock.now()
        stack = [[level.price_nanocents, level.quantity_napu] for level in generation.stack]
        values = {
            "issued_napu": generation.issued_napu,
            "pending_napu": generation.pending_napu,
            "sold_napu": generation.sold_napu,
            "foreign_napu": generation.foreign_napu,
            "stack": stack,
            "why": generation.why,
            "decided_at": now,
        }
        with self._database.write("generation decided") as connection:
            lock_events(connection)
            if newest_known not in (None, connection.execute(_NEWEST_NUMBER).scalar_one()):
                raise Overtaken(f"generation {newest_known} is no longer the newest")
            row = connection.execute(insert(_generation).values(values).returning(_generation)).mappings().one()
            number = row["number"]
            if generation.exchanges:
                wanted = [{"exchange": name, "wanted": number, "error": ""} for name in generation.exchanges]
                connection.execute(
                    upsert(self._database.dialect, _publication)
                    .values(wanted)
                    .on_conflict_do_update(index_elements=["exchange"], set_={"wanted": number})
                )
            detail = {"issued_napu": generation.issued_napu, "pending_napu": generation.pending_napu}
            append_event(connection, now, "GenerationDecided", str(number), detail | {"why": generation.why})
        return read_generation(row)

    def generation(self, number: int | None = None) -> Generation | None:
        """Return a generation, by default the newest; None when there is none."""
        query = _NEWEST if number is None else _NEWEST.where(_generation.c.number == number)
        with self._database.read() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else read_generation(row)

    def generation_at(self, moment: datetime) -> Generation | None:
        """Return the generation that was the newest at a time, or the first one when there was none yet."""
        with self._database.read() as connection:
            row = connection.execute(_NEWEST.where(_generation.c.decided_at <= moment)).mappings().first()
        return self.generation(1) if row is None else read_generation(row)

    def live_offers(self, exchange: str) -> Sequence[Offer]:
        """Return the exchange's offers that are not known to be final, oldest first."""
        return self._offers(_LIVE_OFFERS, exchange_name=exchange)

    def lost_offers(self, exchange: str, since: datetime) -> Sequence[Offer]:
        """Return offers intended since then and given up without the exchange's order ever being seen."""
        return self._offers(_LOST_OFFERS, exchange_name=exchange, since=since)

    def known_order_ids(self, exchange: str, exchange_order_ids: Sequence[str]) -> frozenset[str]:
        """Return those of the exchange's order ids that belong to an offer of ours."""
        if not exchange_order_ids:
            return frozenset()
        with self._database.read() as connection:
            return our_order_ids(connection, exchange, exchange_order_ids)

    def first_intended_at(self, exchange: str) -> datetime | None:
        """Return when the exchange's first offer was intended, or None before it."""
        with self._database.read() as connection:
            return connection.execute(_FIRST_INTENDED, {"exchange_name": exchange}).scalar()

    def intend(
        self,
        lease: Lease,
        exchange: str,
        *,
        generation: int,
        levels: Sequence[ShownLevel],
        fit: Callable[[OnOffer], Sequence[ShownLevel]] | None = None,
    ) -> Sequence[Offer]:
        """Store offers, each under a new client order id, before they are placed.

        Args:
            lease: the right to publish there.
            exchange: where.
            generation: the decision that they follow.
            levels: what to offer.
            fit: reduces that to what all exchanges together leave room for, in the transaction that stores it.

        Raises:
            LeaseLost: another publisher took over; nothing was written.
        """
        now = self._clock.now()
        with self._database.write("offers intended") as connection:
            fence(connection, lease)
            if fit is not None:
                lock_events(connection)  # in line with every other publisher, and with whoever records fills
                levels = fit(_on_offer(connection))
            rows = [_intended_row(exchange, number, shown, generation, now) for number, shown in enumerate(levels)]
            if rows:
                connection.execute(insert(_offer), rows)
                names = ("client_order_id", "price_nanocents", "quantity_napu", "target_nanocents")
                placed = [[row[name] for name in names] for row in rows]
                append_event(connection, now, "OffersIntended", exchange, {"generation": generation, "offers": placed})
        return [read_offer(row) for row in rows]

    def adopt(self, lease: Lease, exchange: str, orders: Sequence[Order]) -> int:
        """Store forgotten orders of ours as offers; their unclaimed sells become sales.

        Returns:
            How much was found to be sold that way, in napu.

        Raises:
            LeaseLost: another publisher took over; nothing was written.
        """
        now = self._clock.now()
        with self._database.write("offers adopted") as connection:
            fence(connection, lease)
            lock_cursor(connection, exchange, now)
            known = our_order_ids(connection, exchange, (order.exchange_order_id for order in orders))
            new = [order for order in orders if order.exchange_order_id not in known]
            if not new:
                return 0
            for order in new:
                self._adopt(connection, exchange, order, now)
            ids = [order.exchange_order_id for order in new]
            claimed = claim_fills(connection, exchange, ids, now)
            append_event(connection, now, "OffersAdopted", exchange, {"orders": ids, "claimed_napu": claimed})
        return claimed

    def _adopt(self, connection: Connection, exchange: str, order: Order, now: datetime) -> None:
        row = _adopted_row(exchange, order, connection.execute(_NEWEST_NUMBER).scalar_one(), now)
        # One that was only intended when the copy was made is there under its own id.
        seen = {name: row[name] for name in ("exchange_order_id", "state", "changed_at")}
        new = upsert(self._database.dialect, _offer).values(row)
        connection.execute(new.on_conflict_do_update(index_elements=["client_order_id"], set_=seen))

    def settle(self, lease: Lease, exchange: str, outcomes: Sequence[OfferOutcome]) -> int:
        """Store what became of offers; unclaimed sells of an order id that arrives become sales.

        Returns:
            How much was found to be sold that way, in napu.

        Raises:
            LeaseLost: another publisher took over; nothing was written.
        """
        now = self._clock.now()
        arrived = [outcome.exchange_order_id for outcome in outcomes if outcome.exchange_order_id is not None]
        with self._database.write("offers settled") as connection:
            fence(connection, lease)
            if arrived:
                lock_cursor(connection, exchange, now)
            for outcome in outcomes:
                values = {"offer_id": outcome.client_order_id, "new_state": outcome.state}
                connection.execute(_SETTLE, values | {"order_id": outcome.exchange_order_id, "now": now})
            claimed = claim_fills(connection, exchange, arrived, now) if arrived else 0
            settled = [[outcome.client_order_id, outcome.state, outcome.exchange_order_id] for outcome in outcomes]
            append_event(connection, now, "OffersSettled", exchange, {"offers": settled, "claimed_napu": claimed})
        return claimed

    def publications(self) -> Sequence[Publication]:
        """Return what each exchange should show and shows, by name."""
        with self._database.read() as connection:
            rows = connection.execute(select(_publication).order_by(_publication.c.exchange)).mappings()
            return [Publication(**row) for row in rows]

    def published(self, exchange: str, generation: int | None, error: str) -> None:
        """Store that an exchange shows a generation, or (with None) why it does not; never goes back to an older."""
        values = {"exchange_name": exchange, "words": error}
        if generation is not None:
            self._note_shown(exchange, generation, values)
            return
        with self._database.write("publication noted") as connection:
            connection.execute(_NOTE_ERROR, values)

    def _note_shown(self, exchange: str, generation: int, values: dict[str, str]) -> None:
        now = self._clock.now()
        shown = values | {"number": generation, "now": now}
        with self._database.write("publication noted") as connection:
            decided_at = connection.execute(_NEWLY_SHOWN, shown).scalar()
            connection.execute(_NOTE_SHOWN, shown)
        if decided_at is not None:
            self._observer.shown(exchange, generation, decided_at, now)

    def _offers(self, query: Select[Any], **parameters: object) -> Sequence[Offer]:
        with self._database.read() as connection:
            return [read_offer(row) for row in connection.execute(query, parameters).mappings()]


def _on_offer(connection: Connection) -> OnOffer:
    live = [
        LiveOffer(row.target_nanocents or row.price_nanocents, row.quantity_napu - row.filled_napu)
        for row in connection.execute(_LIVE_EVERYWHERE)
    ]
    return OnOffer(int(connection.execute(_SOLD).scalar_one()), tuple(live))


def _intended_row(exchange: str, number: int, shown: ShownLevel, generation: int, now: datetime) -> dict[str, Any]:
    return {
        "client_order_id": new_client_order_id(),
        "exchange": exchange,
        "level": number,
        "price_nanocents": shown.level.price_nanocents,
        "quantity_napu": shown.level.quantity_napu,
        "generation": generation,
        "exchange_order_id": None,
        "state": OfferState.INTENDED,
        "filled_napu": 0,
        "target_nanocents": shown.target_nanocents,
        "intended_at": now,
        "changed_at": now,
    }


def _adopted_row(exchange: str, order: Order, generation: int, now: datetime) -> dict[str, Any]:
    return {
        "client_order_id": order.client_order_id or new_client_order_id(),
        "exchange": exchange,
        "level": 0,
        "price_nanocents": order.price_nanocents,
        "quantity_napu": order.quantity_napu,
        "generation": generation,
        "exchange_order_id": order.exchange_order_id,
        "state": OfferState.OPEN if order.state is OrderState.OPEN else OfferState.CLOSED,
        "filled_napu": 0,
        "target_nanocents": None,
        "intended_at": order.placed_at,
        "changed_at": now,
    }


def read_generation(row: RowMapping) -> Generation:
    """Return a row of the table as the record it is."""
    return Generation(
        number=row["number"],
        issued_napu=row["issued_napu"],
        pending_napu=row["pending_napu"],
        sold_napu=row["sold_napu"],
        foreign_napu=row["foreign_napu"],
        stack=tuple(Level(price, quantity) for price, quantity in row["stack"]),
        why=row["why"],
        decided_at=row["decided_at"],
    )


def read_offer(row: Mapping[Any, Any]) -> Offer:
    """Return a row of the table as the record it is."""
    return Offer(
        client_order_id=row["client_order_id"],
        exchange=row["exchange"],
        level=Level(row["price_nanocents"], row["quantity_napu"]),
        generation=row["generation"],
        exchange_order_id=row["exchange_order_id"],
        state=OfferState(row["state"]),
        filled_napu=row["filled_napu"],
        target_nanocents=row["target_nanocents"],
        intended_at=row["intended_at"],
    )
