"""Rates of foreign currencies in the database."""

from collections.abc import Sequence

from sqlalchemy import select

from app.domain.rates import Rate
from app.ports.clock import Clock
from app.store import tables
from app.store.database import Database
from app.store.events import append_event
from app.store.leases import upsert

_rate = tables.rate
_UNIT = select(_rate.c.unit_nanocents)
_ALL = select(_rate).order_by(_rate.c.currency)


class SqlRates:
    """What foreign currencies are worth, the newest of each; what they were before stands in the events."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def find(self, currency: str) -> Rate | None:
        """Return a currency's rate, or None when nobody has ever said."""
        with self._database.read() as connection:
            row = connection.execute(_ALL.where(_rate.c.currency == currency)).mappings().first()
        return None if row is None else Rate(**row)

    def all(self) -> Sequence[Rate]:
        """Return every rate, by currency."""
        with self._database.read() as connection:
            return [Rate(**row) for row in connection.execute(_ALL).mappings()]

    def store(self, rate: Rate, *, why: str = "") -> None:
        """Store a rate; an event tells when what the currency counts for changes, or when somebody said why."""
        values = {
            "unit_nanocents": rate.unit_nanocents,
            "observed_nanocents": rate.observed_nanocents,
            "observed_at": rate.observed_at,
            "source": rate.source,
        }
        new = upsert(self._database.dialect, _rate).values(values | {"currency": rate.currency})
        with self._database.write("rate stored") as connection:
            before = connection.execute(_UNIT.where(_rate.c.currency == rate.currency)).scalar()
            connection.execute(new.on_conflict_do_update(index_elements=["currency"], set_=values))
            if why or before != rate.unit_nanocents:
                detail = {name: values[name] for name in ("unit_nanocents", "observed_nanocents", "source")}
                append_event(connection, self._clock.now(), "RateSet", rate.currency, detail | {"why": why})
