"""When an issuance came into each of its states."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from app.domain.issuances import IssuanceState
from app.domain.ledger import AuditEvent
from app.store import tables
from app.store.reading.events import read_event
from app.store.reading.issuances import COLUMNS, read_issuance
from app.store.reading.rows import IssuanceRow
from app.store.reading.story_parts import IssuanceStory

_event, _issuance = tables.event, tables.issuance

_ISSUANCE = select(*COLUMNS).where(_issuance.c.id == bindparam("number"))
_LEARNT = "IssuanceLearned"
_KINDS = [*(f"Issuance{state.capitalize()}" for state in IssuanceState), "IssuanceExplained"]
_EVENTS = select(_event).order_by(_event.c.number)


def read_issuance_story(connection: Connection, issuance_id: int) -> IssuanceStory:
    """Return the story of an issuance that exists."""
    issuance = read_issuance(connection.execute(_ISSUANCE, {"number": issuance_id}).one())
    events = _events(connection, issuance)
    issued_at = _first(events, IssuanceState.ISSUED)
    if issued_at is None and issuance.state is IssuanceState.ISSUED:
        issued_at = issuance.changed_at  # The ledger learnt of it when it was in a block already.
    return IssuanceStory(
        issuance=issuance,
        prepared_at=issuance.prepared_at,
        signed_at=_first(events, IssuanceState.SIGNED),
        submitted_at=_first(events, IssuanceState.SUBMITTED),
        issued_at=issued_at,
        events=tuple(events),
    )


def _events(connection: Connection, issuance: IssuanceRow) -> list[AuditEvent]:
    about = _EVENTS.where(_event.c.subject == str(issuance.id), _event.c.kind.in_(_KINDS))
    found = [read_event(row) for row in connection.execute(about)]
    if issuance.learned_at is None:
        return found
    # That it was learnt is noted before it has a number of the ledger's.
    learnt = _EVENTS.where(_event.c.subject == str(issuance.sequence), _event.c.kind == _LEARNT)
    return [*(read_event(row) for row in connection.execute(learnt)), *found]


def _first(events: Sequence[AuditEvent], state: IssuanceState) -> datetime | None:
    kind = f"Issuance{state.capitalize()}"
    return next((event.at for event in events if event.kind == kind), None)
