"""Whether the ledger is an old copy that still has to learn what it forgot."""

from datetime import datetime

from sqlalchemy import insert, select, update

from app.domain.ledger import Lease, Recovery
from app.ports.clock import Clock
from app.store import tables
from app.store.database import Database
from app.store.events import append_event
from app.store.leases import fence, upsert

_recovery, _exchange = tables.recovery, tables.recovered_exchange

_ACTIVE = select(_recovery.c.id, _recovery.c.since, _recovery.c.begun_at, _recovery.c.why).where(
    _recovery.c.finished_at.is_(None)
)


class SqlRecovery:
    """Recoveries; at most one is under way."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def active(self) -> Recovery | None:
        """Return the recovery under way, or None."""
        with self._database.read() as connection:
            row = connection.execute(_ACTIVE).first()
        return None if row is None else Recovery(*row)

    def begin(self, since: datetime, why: str) -> Recovery:
        """Begin a recovery; the one under way stays."""
        now = self._clock.now()
        with self._database.write("recovery begun") as connection:
            row = connection.execute(_ACTIVE).first()
            if row is None:
                values = {"since": since, "begun_at": now, "why": why}
                new = insert(_recovery).values(values).returning(*_ACTIVE.selected_columns)
                row = connection.execute(new).one()
                append_event(connection, now, "RecoveryBegun", str(row.id), {"since": since.isoformat(), "why": why})
        return Recovery(*row)

    def exchanges_done(self, recovery: Recovery) -> frozenset[str]:
        """Return the exchanges whose orders and fills have been read again."""
        done = select(_exchange.c.exchange).where(_exchange.c.recovery_id == recovery.id)
        with self._database.read() as connection:
            return frozenset(connection.execute(done).scalars())

    def exchange_done(self, recovery: Recovery, exchange: str) -> None:
        """Note that an exchange has been read again."""
        values = {"recovery_id": recovery.id, "exchange": exchange, "done_at": self._clock.now()}
        with self._database.write("exchange recovered") as connection:
            connection.execute(upsert(self._database.dialect, _exchange).values(values).on_conflict_do_nothing())

    def finish(self, lease: Lease, recovery: Recovery) -> None:
        """End a recovery: the ledger knows everything again.

        Raises:
            LeaseLost: another issuer took over; nothing was written.
        """
        now = self._clock.now()
        with self._database.write("recovery finished") as connection:
            fence(connection, lease)
            under_way = (_recovery.c.id == recovery.id) & _recovery.c.finished_at.is_(None)
            if connection.execute(update(_recovery).where(under_way).values(finished_at=now)).rowcount:
                append_event(connection, now, "RecoveryFinished", str(recovery.id), {})
