"""Whether the audit trail is whole: every event sealed with the one before it, up to the head."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from app.domain.errors import InvalidInput
from app.store import tables
from app.store.events import FIRST_HASH, event_hash

_PAGE = 5_000

_event, _head = tables.event, tables.event_head
# Named one by one: these are in every version of the ledger, columns of later ones may not be.
_EVENTS = select(
    _event.c.number,
    _event.c.at,
    _event.c.kind,
    _event.c.subject,
    _event.c.detail,
    _event.c.previous_hash,
    _event.c.hash,
).order_by(_event.c.number)


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """Where a chain of events ends.

    Attributes:
        number: how many events there are; 0 means none.
        at: when the last one happened, None when there is none.
    """

    number: int
    hash: str
    at: datetime | None


def verify_events(connection: Connection) -> ChainEnd:
    """Compute every event's seal anew and return where the chain ends.

    Raises:
        InvalidInput: an event is missing, was changed or is out of place; the message names the first such.
    """
    end = ChainEnd(0, FIRST_HASH, None)
    with connection.execute(_EVENTS.execution_options(yield_per=_PAGE)) as rows:
        for row in rows:
            number = end.number + 1
            if row.number != number:
                raise InvalidInput(f"event {number} of the audit trail is missing")
            seal = event_hash(end.hash, number, row.at, kind=row.kind, subject=row.subject, detail=row.detail)
            if (row.previous_hash, row.hash) != (end.hash, seal):
                raise InvalidInput(f"event {number} of the audit trail is not what was written: its hash does not fit")
            end = ChainEnd(number, seal, row.at)
    head = connection.execute(select(_head.c.number, _head.c.hash)).first()
    if head is None or tuple(head) != (end.number, end.hash):
        told = "nowhere" if head is None else f"at event {head.number}"
        raise InvalidInput(f"the audit trail ends at event {end.number}, but by the ledger's own note {told}")
    return end
