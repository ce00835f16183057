"""What a target is still to be told."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from app.alerting.messages import Kind, Message
from app.alerting.telling import Teller, Telling
from app.domain.alerts import Alert, Severity, Told
from app.settings.alerts import AlertSettings


def due_messages(
    teller: Teller, alerts: Iterable[tuple[int, Alert]], limits: AlertSettings, now: datetime
) -> list[Telling]:
    """Return what this target does not know yet, oldest alert first.

    Of one that was over before it could be told only the end is told, which says what it was and how long it lasted.
    """
    return [
        Telling(number, Message(kind, alert, now, limits.name, limits.console_url))
        for number, alert in alerts
        if teller.hears_of(alert.severity)
        for kind in _due(alert, alert.told.get(teller.name, Told()), teller, limits, now)
    ]


def _due(alert: Alert, told: Told, teller: Teller, limits: AlertSettings, now: datetime) -> Iterator[Kind]:
    if not alert.is_lasting:
        if told.over_at is None and alert.resolution_told_at is None:
            yield Kind.RESOLVED
    elif told.lasting_at is None:
        yield Kind.RAISED
    elif (
        limits.remind_hours
        and teller.target.is_reminded
        and alert.severity is Severity.CRITICAL
        and now - told.lasting_at >= timedelta(hours=limits.remind_hours)
    ):
        yield Kind.REMINDER
