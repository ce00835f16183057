"""What people are told of."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from app.console.api.answers import Answer, read
from app.console.api.parties import Onlooker, Parts
from app.console.api.problems import problems
from app.domain.alerts import Severity
from app.store.alerts import SqlAlerts

router = APIRouter(tags=["alerts"])

_MOST_ALERTS = 500


class Alert(Answer):
    """Something that was noticed."""

    id: int
    rule: str
    subject: str = Field(description="What it is about: an exchange, for example.")
    severity: Severity
    words: str = Field(description="What is wrong and what to do.")
    raised_at: datetime
    told_at: datetime | None = Field(description="When somebody was told; null before that.")
    resolved_at: datetime | None = Field(description="null while it lasts.")
    resolution_told_at: datetime | None


class Alerts(Answer):
    """Alerts, newest first."""

    alerts: list[Alert]


@router.get("/alerts", responses=problems())
def alerts(
    parts: Parts,
    _: Onlooker,
    *,
    resolved: Annotated[bool, Query(description="Those that are over, too; the newest 500.")] = False,
) -> Alerts:
    """List what is wrong and lasts."""
    found = SqlAlerts(parts.ledger.database, parts.clock).recent(_MOST_ALERTS, only_lasting=not resolved)
    return Alerts(alerts=[read(parts, Alert, each) for each in found])
