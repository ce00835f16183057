"""Failed logins, in the database: several consoles count them together."""

import math
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, or_, select, text

from app.domain.errors import RateLimited
from app.domain.throttling import NAME, NAME_AND_PLACE, PLACE, WINDOW, Limit, next_attempt_at
from app.ports.clock import Clock
from app.store.access_tables import login_failure
from app.store.database import Database
from app.store.events import append_event

_failure = login_failure
_KEPT = timedelta(days=1)
_ONE_AFTER_THE_OTHER = text("LOCK TABLE login_failure IN SHARE ROW EXCLUSIVE MODE")


class SqlLoginFailures:
    """Failed logins by name and place. A name is kept as its hash only: it may be a password in the wrong field."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def begin(self, name_hash: str, place: str, *, is_known_browser: bool) -> int:
        """Count an attempt as failed before its password is looked at; return how many there are of this name and place.

        Counted afterwards, many at the same moment would all be the first.

        Raises:
            RateLimited: it must wait; nothing was counted.
        """
        now = self._clock.now()
        with self._database.read() as connection:  # most that are refused are refused without a write
            _check(connection, name_hash, place, now, is_known_browser=is_known_browser)
        with self._database.write("login failures kept") as connection:
            if self._database.dialect == "postgresql":
                connection.execute(_ONE_AFTER_THE_OTHER)
            before = _check(connection, name_hash, place, now, is_known_browser=is_known_browser)
            connection.execute(delete(_failure).where(_failure.c.at <= now - _KEPT))
            connection.execute(insert(_failure), {"at": now, "operator": name_hash, "address": place})
            return before + 1

    def note_throttled(self, subject: str, place: str) -> None:
        """Leave an event that somebody has to wait from now on."""
        with self._database.write("login failures kept") as connection:
            append_event(connection, self._clock.now(), "LoginThrottled", subject, {"who": subject, "address": place})

    def clear(self, name_hash: str, place: str) -> None:
        """Forget a name's failures at a place; those from elsewhere count on."""
        theirs = (_failure.c.operator == name_hash) & (_failure.c.address == place)
        with self._database.write("login failures kept") as connection:
            connection.execute(delete(_failure).where(theirs))


def _check(connection: Connection, name_hash: str, place: str, now: datetime, *, is_known_browser: bool) -> int:
    recent = select(_failure.c.at, _failure.c.operator, _failure.c.address).where(_failure.c.at > now - WINDOW)
    rows = connection.execute(recent.where(or_(_failure.c.operator == name_hash, _failure.c.address == place))).all()
    pair = [row.at for row in rows if row.operator == name_hash and row.address == place]
    counted: list[tuple[Limit, list[datetime]]] = [(NAME_AND_PLACE, pair)]
    counted.append((PLACE, [row.at for row in rows if row.address == place]))
    if not is_known_browser:
        counted.append((NAME, [row.at for row in rows if row.operator == name_hash]))
    at = max(next_attempt_at(limit, failures, now) for limit, failures in counted)
    if at > now:
        seconds = math.ceil((at - now).total_seconds())
        raise RateLimited(f"too many failed logins; try again in {seconds} s", retry_after_seconds=seconds)
    return len(pair)
