"""Who is logged in, in the database."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.engine import RowMapping

from app.domain.access import Role, Session
from app.ports.clock import Clock
from app.store.access_tables import operator, operator_session
from app.store.database import Database
from app.store.events import append_event
from app.store.operators import end_sessions

_session = operator_session
_SEEN_EVERY = timedelta(minutes=1)
_WITH_ROLE = select(_session, operator.c.role).join_from(_session, operator)


class SqlSessions:
    """Who is logged in. A session is found by the hash of its token."""

    def __init__(self, database: Database, clock: Clock, *, lifetime: timedelta, idle: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._lifetime = lifetime
        self._idle = idle

    def begin(self, token_hash: str, name: str, password_hash: str, address: str, *, rehashed: str | None) -> bool:
        """Log somebody in whose password was right; False when it was changed, or they were disabled, meanwhile.

        `password_hash` is what the password was found to be right against, `rehashed` what is kept of it from now on, None
        for the same.
        """
        now = self._clock.now()
        is_as_before = (operator.c.name == name) & (operator.c.password_hash == password_hash)
        with self._database.write("sessions kept") as connection:
            found = select(operator.c.name).where(is_as_before & operator.c.disabled_at.is_(None)).with_for_update()
            if connection.execute(found).first() is None:
                return False
            if rehashed is not None:
                connection.execute(update(operator).where(operator.c.name == name).values(password_hash=rehashed))
            over = or_(_session.c.expires_at <= now, _session.c.seen_at <= now - self._idle)
            # Those that another login removes at this moment are left to it: two could wait for each other.
            removable = select(_session.c.token_hash).where(over).with_for_update(skip_locked=True)
            connection.execute(delete(_session).where(_session.c.token_hash.in_(removable)))
            values = {"token_hash": token_hash, "operator": name, "address": address}
            times = {"created_at": now, "seen_at": now, "expires_at": now + self._lifetime}
            connection.execute(insert(_session), values | times)
            append_event(connection, now, "LoggedIn", name, {"who": name, "address": address})
        return True

    def find(self, token_hash: str, *, is_sign_of_life: bool) -> Session | None:
        """Return a session that is not over.

        `is_sign_of_life` tells whether a person did something; what a page does by itself keeps no session alive.
        """
        now = self._clock.now()
        with self._database.read() as connection:
            row = (
                connection.execute(_WITH_ROLE.where(_session.c.token_hash == token_hash, *_IN_FORCE)).mappings().first()
            )
        if row is None or row["expires_at"] <= now or row["seen_at"] + self._idle <= now:
            return None
        if is_sign_of_life and now - row["seen_at"] >= _SEEN_EVERY:
            with self._database.write("sessions kept") as connection:
                seen = update(_session).where(_session.c.token_hash == token_hash)
                connection.execute(seen.values(seen_at=now))
        return _read(row)

    def end(self, token_hash: str) -> None:
        """Log somebody out; nothing happens when they are not in."""
        now = self._clock.now()
        with self._database.write("sessions kept") as connection:
            ended = delete(_session).where(_session.c.token_hash == token_hash).returning(_session.c.operator)
            if (name := connection.execute(ended).scalar()) is not None:
                append_event(connection, now, "LoggedOut", name, {"who": name})

    def end_all(self, name: str, *, keep: str | None) -> int:
        """End somebody's sessions, but for the one with the hash `keep`; return how many."""
        now = self._clock.now()
        with self._database.write("sessions kept") as connection:
            if count := end_sessions(connection, name, keep=keep):
                append_event(connection, now, "LoggedOut", name, {"who": name, "sessions": count})
            return count

    def of(self, name: str) -> Sequence[Session]:
        """Return where somebody is logged in, newest first."""
        now = self._clock.now()
        theirs = _WITH_ROLE.where(_session.c.operator == name, _session.c.expires_at > now, *_IN_FORCE)
        with self._database.read() as connection:
            rows = connection.execute(theirs.order_by(_session.c.created_at.desc())).mappings()
            return [_read(row) for row in rows if row["seen_at"] + self._idle > now]


_IN_FORCE = (operator.c.disabled_at.is_(None),)


def _read(row: RowMapping) -> Session:
    times = (row["created_at"], row["seen_at"], row["expires_at"])
    return Session(row["operator"], Role(row["role"]), row["address"], *times)
