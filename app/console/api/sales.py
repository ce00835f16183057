"""What was sold."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query
from pydantic import AliasPath, Field

from app.console.api.amounts import Currency, Ndau, Price, Units
from app.console.api.answers import Answer, PageOf, page_of, read
from app.console.api.events import Event, event_of
from app.console.api.fields import STORABLE, After, FillId, Id, InPathExchange, Limit, OfExchange, Since, Until
from app.console.api.issuances import Issuance
from app.console.api.offers import Offer
from app.console.api.parties import Onlooker, Parts
from app.console.api.problems import problems
from app.domain.fills import FillKind, Side
from app.domain.issuances import IssuanceState
from app.store.reading.filters import SaleFilter

router = APIRouter(tags=["sales"])


class Sale(Answer):
    """One fill on one of our accounts; a target price sale when its kind is `sale`."""

    exchange: str
    fill_id: str
    exchange_order_id: str
    side: Side
    kind: FillKind
    price: Price = Field(validation_alias=AliasPath("price_nanocents"))
    price_nanocents: Units
    currency: Currency
    quantity_napu: Units
    quantity_ndau: Ndau = Field(validation_alias=AliasPath("quantity_napu"))
    fee: str = Field(description="As the exchange reports it.")
    executed_at: datetime = Field(description="By the exchange's clock.")
    recorded_at: datetime = Field(description="By ours.")
    issuance_id: int | None
    issuance_state: IssuanceState | None


class IssuanceOfSale(Answer):
    """A sale's issuance, and when it came into each state."""

    issuance: Issuance
    prepared_at: datetime
    signed_at: datetime | None
    submitted_at: datetime | None
    issued_at: datetime | None


class Followed(Answer):
    """How an exchange followed a sale."""

    exchange: str
    shows_it: bool = Field(description="Whether it shows a decision that knows of the sale.")
    offered_at: datetime | None = Field(description="When the first offer of such a decision was stored.")
    generation: int | None


class Story(Answer):
    """Everything about one fill."""

    sale: Sale
    raw: str = Field(description="The exchange's message as received.")
    offer: Offer | None = Field(description="The offer of ours that it filled.")
    issuance: IssuanceOfSale | None
    generation: int | None = Field(
        description="The first decision after it; null before that, and for what is no sale."
    )
    generation_decided_at: datetime | None
    followed: list[Followed]
    decisions: list[Event] = Field(description="Its claims and dismissals, oldest first.")


@router.get("/sales", responses=problems())
def sales(
    parts: Parts,
    _: Onlooker,
    *,
    exchange: OfExchange = None,
    kind: Annotated[FillKind | None, Query()] = None,
    is_issued: Annotated[
        bool | None, Query(description="Sales that are in a block, or those that are not; other kinds are left out.")
    ] = None,
    since: Since = None,
    until: Until = None,
    order_id: Annotated[str | None, Query(max_length=128, pattern=STORABLE)] = None,
    fill_id: Annotated[FillId | None, Query()] = None,
    issuance_id: Annotated[Id | None, Query()] = None,
    after: After = None,
    limit: Limit = 50,
) -> PageOf[Sale]:
    """List fills by the time they were recorded, newest first."""
    wanted = SaleFilter(exchange, kind, is_issued, since, until, order_id, fill_id, issuance_id)
    return page_of(parts, Sale, parts.records.sales(wanted, after=after, limit=limit))


@router.get("/sales/{exchange}/{fill_id:path}", responses=problems(404))
def sale(parts: Parts, _: Onlooker, exchange: InPathExchange, fill_id: Annotated[FillId, Path()]) -> Story:
    """Return everything about one fill."""
    story = parts.records.story(exchange, fill_id)
    if story is None:
        raise HTTPException(404, f"{exchange} has no fill of this id in the ledger")
    return Story(
        sale=read(parts, Sale, story.sale),
        raw=story.raw,
        offer=read(parts, Offer, story.offer) if story.offer else None,
        issuance=read(parts, IssuanceOfSale, story.issuance) if story.issuance else None,
        generation=story.generation.number if story.generation else None,
        generation_decided_at=story.generation.decided_at if story.generation else None,
        followed=[read(parts, Followed, each) for each in story.followed],
        decisions=[event_of(each) for each in story.decisions],
    )
