"""The audit trail as a list, and as a file."""

from collections.abc import Iterator

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.bootstrap import Coordinator
from app.console.figures import machine_moment
from app.console.pages.downloads import csv_file
from app.console.pages.given import Looker, Parts
from app.console.pages.inputs import Inputs
from app.console.pages.listings import listing
from app.console.pages.telling import kind_words, told
from app.console.rendering import page
from app.store.reading.filters import EventFilter

router = APIRouter()

_COLUMNS = ("number", "at_utc", "kind", "subject", "who", "why", "detail", "hash")


@router.get("/events")
def events(request: Request, visitor: Looker, parts: Parts) -> Response:
    """Show events, newest first."""
    number = parts.records.newest_event()
    found = listing(request, _wanted, parts.records.events)
    return page(
        request,
        visitor,
        "events.html",
        status=found.status,
        number=number,
        listing=found,
        events=[told(event) for event in found.rows],
        kinds=[(kind, kind_words(kind)) for kind in parts.records.event_kinds()],
    )


@router.get("/events.csv")
def events_file(request: Request, _visitor: Looker, parts: Parts) -> Response:
    """Download all events that the filters let through."""
    wanted = _wanted(Inputs(request.query_params))
    return csv_file("events", parts.clock.now(), _COLUMNS, _cells(parts, wanted))


def _wanted(inputs: Inputs) -> EventFilter:
    kind = inputs.text("kind")
    return EventFilter(
        kinds=(kind,) if kind else (),
        subject=inputs.text("subject"),
        since=inputs.moment("since"),
        until=inputs.moment("until"),
    )


def _cells(parts: Coordinator, wanted: EventFilter) -> Iterator[tuple[object, ...]]:
    for event in parts.records.every_event(wanted):
        said = told(event)
        yield (
            event.number,
            machine_moment(event.at),
            event.kind,
            event.subject,
            said.who,
            said.why,
            event.detail,
            event.hash,
        )
