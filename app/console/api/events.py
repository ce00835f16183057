"""The audit trail."""

import json
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field, StringConstraints

from app.console.api.answers import Answer, PageOf
from app.console.api.fields import STORABLE, After, Limit, Since, Until
from app.console.api.parties import Onlooker, Parts
from app.console.api.problems import problems
from app.domain.ledger import AuditEvent
from app.store.reading.filters import EventFilter

router = APIRouter(tags=["events"])

_MOST_KINDS = 50
Kind = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{1,64}$")]


class Event(Answer):
    """One row of the audit trail."""

    number: int
    at: datetime
    kind: str = Field(examples=["SalesClaimed"])
    subject: str = Field(description="The exchange, or the number of the issuance or generation, that it is about.")
    who: str | None = Field(description="The operator, or the part of the coordinator, that did it.")
    why: str | None
    detail: str = Field(description="All of it: JSON text, exactly as it was sealed; its integers may exceed 2^53.")
    previous_hash: str
    hash: str = Field(description="Seals this row and the one before it.")


def event_of(event: AuditEvent) -> Event:
    """Return an event as an answer."""
    detail = json.loads(event.detail)
    return Event(
        number=event.number,
        at=event.at,
        kind=event.kind,
        subject=event.subject,
        who=_text(detail.get("who")),
        why=_text(detail.get("why")),
        detail=event.detail,
        previous_hash=event.previous_hash,
        hash=event.hash,
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


@router.get("/events", responses=problems())
def events(
    parts: Parts,
    _: Onlooker,
    *,
    kind: Annotated[list[Kind], Query(max_length=_MOST_KINDS, description="Any of these; none means every kind.")] = [],  # noqa: B006  FastAPI copies it
    subject: Annotated[str | None, Query(max_length=128, pattern=STORABLE)] = None,
    since: Since = None,
    until: Until = None,
    after: After = None,
    limit: Limit = 50,
) -> PageOf[Event]:
    """List events, newest first."""
    wanted = EventFilter(kinds=tuple(kind), subject=subject, since=since, until=until)
    page = parts.records.events(wanted, after=after, limit=limit)
    return PageOf(rows=[event_of(event) for event in page.rows], next=page.next)
