"""What is stopped, and what people were woken for."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.console.pages.given import Looker, Parts
from app.console.rendering import page
from app.store.alerts import SqlAlerts

router = APIRouter()

_MOST = 100


@router.get("/halts")
def halts(request: Request, visitor: Looker, parts: Parts) -> Response:
    """Show the halts in force, and those that were lifted."""
    number = parts.records.newest_event()
    history = parts.ledger.halts.history(_MOST)
    # Of those in force none may be missing, however many younger ones there are.
    active = parts.ledger.halts.active()
    past = [each for each in history if each.lifted_at is not None]
    return page(request, visitor, "halts.html", number=number, halts=active, past=past, most=_MOST)


@router.get("/alerts")
def alerts(request: Request, visitor: Looker, parts: Parts) -> Response:
    """Show the alerts that last, and those that are over."""
    number = parts.records.newest_event()
    known = SqlAlerts(parts.ledger.database, parts.clock)
    lasting = known.recent(_MOST, only_lasting=True)
    past = [alert for alert in known.recent(_MOST) if not alert.is_lasting]
    return page(request, visitor, "alerts.html", number=number, lasting=lasting, past=past, most=_MOST)
