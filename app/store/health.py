"""Which exchanges do not answer, in the database."""

from collections.abc import Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.engine import Row

from app.domain.health import ExchangeHealth, probe_pause
from app.ports.clock import Clock
from app.store import tables
from app.store.database import Database
from app.store.events import append_event
from app.store.leases import upsert

_health = tables.exchange_health
_COLUMNS = tuple(_health.c)
_AILING = select(_health).order_by(_health.c.exchange)

_WHO = "breaker"


class SqlHealth:
    """The exchanges whose last call failed; those that answer have no row, so that they cost no write."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def ailing(self) -> Sequence[ExchangeHealth]:
        """Return the exchanges whose last call failed."""
        with self._database.read() as connection:
            return [read_health(row) for row in connection.execute(_AILING)]

    def failed(self, exchange: str, why: str, most_failures: int) -> ExchangeHealth:
        """Count a failure; with that many in a row the exchange is down."""
        now = self._clock.now()
        first = {"exchange": exchange, "failures": 1, "why": why, "probes": 0}
        again = {"failures": _health.c.failures + 1, "why": why}
        with self._database.write("exchange failed") as connection:
            counted = upsert(self._database.dialect, _health).values(first)
            counted = counted.on_conflict_do_update(index_elements=["exchange"], set_=again)
            health = read_health(connection.execute(counted.returning(*_COLUMNS)).one())
            if health.down_since is not None or health.failures < most_failures:
                return health
            down = update(_health).where(_health.c.exchange == exchange)
            down = down.values(down_since=now, next_probe_at=now + probe_pause(0))
            health = read_health(connection.execute(down.returning(*_COLUMNS)).one())
            detail = {"who": _WHO, "why": why, "failures": health.failures}
            append_event(connection, now, "ExchangeDown", exchange, detail)
            return health

    def answered(self, exchange: str) -> bool:
        """Forget an exchange's failures; return whether it was down."""
        now = self._clock.now()
        with self._database.write("exchange answered") as connection:
            forgotten = delete(_health).where(_health.c.exchange == exchange).returning(*_COLUMNS)
            row = connection.execute(forgotten).first()
            health = None if row is None else read_health(row)
            if health is None or health.down_since is None:
                return False
            seconds = round((now - health.down_since).total_seconds(), 1)
            detail = {"who": _WHO, "why": "it answers", "down_seconds": seconds, "probes": health.probes}
            append_event(connection, now, "ExchangeBack", exchange, detail)
            return True

    def claim_probe(self, health: ExchangeHealth) -> bool:
        """Return whether the caller may ask an exchange that is down: the one of all who saw it so who comes first."""
        probes = health.probes + 1
        mine = update(_health).where(
            _health.c.exchange == health.exchange,
            _health.c.down_since == health.down_since,
            _health.c.probes == health.probes,
        )
        mine = mine.values(probes=probes, next_probe_at=self._clock.now() + probe_pause(probes))
        with self._database.write("probe claimed") as connection:
            return connection.execute(mine).rowcount == 1


def read_health(row: Row[tuple[object, ...]]) -> ExchangeHealth:
    """Return a row of the table as the record it is."""
    return ExchangeHealth(**row._mapping)  # noqa: SLF001  SQLAlchemy's public name for a row as a mapping
