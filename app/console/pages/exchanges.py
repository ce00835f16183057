"""The exchanges side by side, and each by itself."""

from datetime import timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.console.pages.given import Looker, Parts, surroundings_of
from app.console.pages.standing import standings
from app.console.pages.telling import told
from app.console.rendering import page
from app.domain.fills import FillKind
from app.store.reading.filters import EventFilter, SaleFilter

router = APIRouter()

_DAYS = 14
_MOST_LISTED = 10


@router.get("/exchanges")
def exchanges(request: Request, visitor: Looker, parts: Parts) -> Response:
    """Show all exchanges."""
    number, now = parts.records.newest_event(), parts.clock.now()
    around = surroundings_of(request)
    today = parts.records.day_totals(now.date())
    found = standings(parts, around, today, now)
    return page(request, visitor, "exchanges.html", number=number, standings=found, around=around)


@router.get("/exchanges/{name}")
def exchange(request: Request, visitor: Looker, parts: Parts, name: str) -> Response:
    """Show one exchange."""
    number, now = parts.records.newest_event(), parts.clock.now()
    around = surroundings_of(request)
    days = parts.records.day_totals(now.date() - timedelta(days=_DAYS - 1))
    found = next((each for each in standings(parts, around, days, now) if each.name == name), None)
    if found is None:
        words = f"{name[:64]} is no exchange of the settings or the ledger; the list of exchanges shows those there are"
        return page(request, visitor, "failure.html", status=404, title="No such exchange", detail=words)
    unclaimed = parts.records.sales(SaleFilter(exchange=name, kind=FillKind.UNCLAIMED), limit=_MOST_LISTED)
    return page(
        request,
        visitor,
        "exchange.html",
        number=number,
        standing=found,
        around=around,
        days=[day for day in reversed(days) if day.exchange == name],
        unclaimed=unclaimed,
        sales=parts.records.sales(SaleFilter(exchange=name), limit=_MOST_LISTED),
        events=[told(event) for event in parts.records.events(EventFilter(subject=name), limit=_MOST_LISTED).rows],
        unit_at=lambda _name: found.unit,
    )
