"""Which signed timestamps have rung publishing, in the database."""

from datetime import timedelta

from sqlalchemy import delete

from app.ports.clock import Clock
from app.store.access_tables import signed_update
from app.store.database import Database
from app.store.events import append_event
from app.store.leases import upsert

_KEPT = timedelta(days=1)


class SqlSignedUpdates:
    """Timestamps, each of which rings once."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def use(self, stamp_nanoseconds: int, *, timestamp: str, key: str, address: str) -> bool:
        """Use a timestamp up; False when it was used before.

        The instant counts, in nanoseconds since 1970, however it was written.
        """
        now = self._clock.now()
        with self._database.write("signed update used") as connection:
            connection.execute(delete(signed_update).where(signed_update.c.used_at <= now - _KEPT))
            values = {"stamp_nanoseconds": stamp_nanoseconds, "key": key, "used_at": now}
            new = upsert(self._database.dialect, signed_update).values(values).on_conflict_do_nothing()
            # Not by its row count: PostgreSQL's driver does not tell it here.
            if connection.execute(new.returning(signed_update.c.stamp_nanoseconds)).first() is None:
                return False
            detail = {"who": key, "timestamp": timestamp, "address": address}
            append_event(connection, now, "SignedUpdate", "publishing", detail)
            return True
