"""Issue transactions."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from pydantic import AliasPath, Field

from app.bootstrap import Coordinator
from app.console.api.amounts import Ndau, Units
from app.console.api.answers import Answer, PageOf, page_of, read
from app.console.api.events import Event, event_of
from app.console.api.fields import STORABLE, After, Id, InPathId, Limit, Since, Until
from app.console.api.parties import Onlooker, Parts
from app.console.api.problems import problems
from app.domain.issuances import IssuanceState
from app.services.answer_resolve import RESOLVE_ANSWERED
from app.services.asking import RESOLVE_ASKED
from app.store.reading.filters import EventFilter, IssuanceFilter
from app.store.reading.pages import MOST_ROWS
from app.store.reading.rows import IssuanceRow

router = APIRouter(tags=["issuances"])

_KINDS = (
    "IssuanceExplained",
    *(f"Issuance{state.capitalize()}" for state in IssuanceState),
    RESOLVE_ASKED,
    RESOLVE_ANSWERED,
)
"""Other kinds are about other things of the same number."""


class OpenIssuance(Answer):
    """One Issue transaction that may still need something."""

    id: int = Field(description="The ledger's number.")
    issuer_address: str
    sequence: int = Field(description="The account's, unique to this transaction.")
    quantity_napu: Units
    quantity_ndau: Ndau = Field(validation_alias=AliasPath("quantity_napu"))
    tx_hash: str
    state: IssuanceState
    block_height: int | None
    prepared_at: datetime
    message: str = Field(description="The last words of chain or signer about it.")
    learned_at: datetime | None = Field(description="When an old copy of the ledger learnt of it; null for all others.")


class Issuance(OpenIssuance):
    """One Issue transaction."""

    changed_at: datetime = Field(description="When it came into its state, or was last submitted.")


class IssuanceInFull(Answer):
    """One Issue transaction and all that happened to it."""

    issuance: Issuance
    events: list[Event] = Field(description="Newest first, at most 500.")


@router.get("/issuances", responses=problems())
def issuances(
    parts: Parts,
    _: Onlooker,
    *,
    state: Annotated[IssuanceState | None, Query()] = None,
    since: Since = None,
    until: Until = None,
    sequence: Annotated[Id | None, Query()] = None,
    tx_hash: Annotated[str | None, Query(max_length=64, pattern=STORABLE)] = None,
    after: After = None,
    limit: Limit = 50,
) -> PageOf[Issuance]:
    """List issuances by the time they were prepared, newest first."""
    wanted = IssuanceFilter(state=state, since=since, until=until, sequence=sequence, tx_hash=tx_hash)
    return page_of(parts, Issuance, parts.records.issuances(wanted, after=after, limit=limit))


@router.get("/issuances/{issuance_id}", responses=problems(404))
def issuance(parts: Parts, _: Onlooker, issuance_id: InPathId) -> IssuanceInFull:
    """Return one issuance with its events; the answers of resolutions are among them."""
    row = _row(parts, issuance_id)
    if row is None:
        raise HTTPException(404, f"there is no issuance {issuance_id}")
    events = parts.records.events(EventFilter(kinds=_KINDS, subject=str(issuance_id)), limit=MOST_ROWS)
    return IssuanceInFull(issuance=read(parts, Issuance, row), events=[event_of(each) for each in events.rows])


def _row(parts: Coordinator, issuance_id: int) -> IssuanceRow | None:
    found = parts.ledger.issuances.find(issuance_id)
    if found is None:
        return None
    rows = parts.records.issuances(IssuanceFilter(sequence=found.sequence), limit=MOST_ROWS).rows
    return next((row for row in rows if row.id == issuance_id), None)
