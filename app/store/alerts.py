"""Alerts in the database; every write is fenced by the lease of the one process that judges them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.engine import RowMapping

from app.domain.alerts import Alert, Severity, Told
from app.domain.ledger import Lease
from app.ports.clock import Clock
from app.store.alert_tables import alert as _alert
from app.store.alert_tables import alert_telling as _telling
from app.store.database import Database
from app.store.events import append_event
from app.store.leases import fence, upsert

_UNFINISHED = select(_alert).where(_alert.c.resolution_told_at.is_(None)).order_by(_alert.c.id)
_NEWEST = select(_alert).order_by(_alert.c.id.desc()).limit(bindparam("most"))
_LASTING = _NEWEST.where(_alert.c.resolved_at.is_(None))
_MOST_PARAMETERS = 500


class SqlAlerts:
    """What was noticed, who was told, and when it was over."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def unfinished(self) -> Sequence[Alert]:
        """Return those that last, or of whose end somebody has not been told yet; oldest first."""
        with self._database.read() as connection:
            return _read(connection, connection.execute(_UNFINISHED).mappings().all())

    def recent(self, limit: int, *, only_lasting: bool = False) -> Sequence[Alert]:
        """Return the newest, newest first."""
        query = _LASTING if only_lasting else _NEWEST
        with self._database.read() as connection:
            return _read(connection, connection.execute(query, {"most": limit}).mappings().all())

    def keep(self, lease: Lease, alerts: Sequence[Alert]) -> Sequence[Alert]:
        """Store new alerts, and what has become of known ones, in one transaction; return them with their numbers.

        One that was raised in vain, since the ledger has a lasting one of its kind, goes on as that one.

        Raises:
            LeaseLost: another process judges alerts by now; nothing was written.
        """
        with self._database.write("alerts kept") as connection:
            fence(connection, lease)
            kept = [self._keep(connection, alert) for alert in alerts]
            for alert, events in kept:
                for kind, words in events:
                    detail = {"rule": alert.rule, "subject": alert.subject, "severity": alert.severity, "words": words}
                    append_event(connection, self._clock.now(), kind, f"{alert.rule} {alert.subject}"[:128], detail)
            return [alert for alert, _ in kept]

    def _keep(self, connection: Connection, alert: Alert) -> tuple[Alert, list[tuple[str, str]]]:
        before = _stored(connection, alert)
        if before is None:
            stored = connection.execute(insert(_alert).values(_values(alert)).returning(_alert.c.id)).scalar_one()
            alert = replace(alert, id=stored)
        else:
            alert = replace(alert, id=before.id, raised_at=before.raised_at)
            connection.execute(update(_alert).where(_alert.c.id == alert.id).values(_values(alert)))
        self._keep_told(connection, alert)
        events = [] if before else [("AlertRaised", alert.words)]
        if not alert.is_lasting and (before is None or before.is_lasting):
            events.append(("AlertResolved", alert.words))
        return alert, events

    def _keep_told(self, connection: Connection, alert: Alert) -> None:
        for target, told in alert.told.items():
            times = {"told_at": told.lasting_at, "resolution_told_at": told.over_at}
            row = upsert(self._database.dialect, _telling).values(alert_id=alert.id, target=target, **times)
            connection.execute(row.on_conflict_do_update(index_elements=["alert_id", "target"], set_=times))


def _stored(connection: Connection, alert: Alert) -> Alert | None:
    if alert.id is not None:
        here = _alert.c.id == alert.id
    else:
        # The same one again is there when the answer to its first storing was lost.
        same = _alert.c.resolved_at.is_(None) | (_alert.c.raised_at == alert.raised_at)
        here = (_alert.c.rule == alert.rule) & (_alert.c.subject == alert.subject) & same
    row = connection.execute(select(_alert).where(here)).mappings().first()
    return None if row is None else _alert_of(row, {})


def _values(alert: Alert) -> dict[str, object]:
    return {
        "rule": alert.rule,
        "subject": alert.subject,
        "severity": alert.severity,
        "words": alert.words,
        "raised_at": alert.raised_at,
        "told_at": alert.told_at,
        "resolved_at": alert.resolved_at,
        "resolution_told_at": alert.resolution_told_at,
    }


def _read(connection: Connection, rows: Sequence[RowMapping]) -> list[Alert]:
    told: dict[int, dict[str, Told]] = defaultdict(dict)
    ids = [row["id"] for row in rows]
    for part in (ids[start : start + _MOST_PARAMETERS] for start in range(0, len(ids), _MOST_PARAMETERS)):
        for row in connection.execute(select(_telling).where(_telling.c.alert_id.in_(part))):
            told[row.alert_id][row.target] = Told(row.told_at, row.resolution_told_at)
    return [_alert_of(row, told[row["id"]]) for row in rows]


def _alert_of(row: RowMapping, told: Mapping[str, Told]) -> Alert:
    return Alert(
        id=row["id"],
        rule=row["rule"],
        subject=row["subject"],
        severity=Severity(row["severity"]),
        words=row["words"],
        raised_at=row["raised_at"],
        told_at=row["told_at"],
        resolved_at=row["resolved_at"],
        resolution_told_at=row["resolution_told_at"],
        told=dict(told),
    )
