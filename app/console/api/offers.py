"""What is and was on offer."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AliasPath, Field

from app.console.api.amounts import Currency, Ndau, Price, Units
from app.console.api.answers import Answer, PageOf, page_of
from app.console.api.fields import After, Id, Limit, OfExchange, Since, Until
from app.console.api.parties import Onlooker, Parts
from app.console.api.problems import problems
from app.domain.ledger import OfferState
from app.store.reading.filters import OfferFilter

router = APIRouter(tags=["offers"])


class Offer(Answer):
    """One offer of ours on one exchange."""

    client_order_id: str
    exchange: str
    level: int = Field(description="Counted from 0, within those placed with it.")
    price: Price = Field(validation_alias=AliasPath("price_nanocents"))
    price_nanocents: Units
    currency: Currency
    quantity_napu: Units
    quantity_ndau: Ndau = Field(validation_alias=AliasPath("quantity_napu"))
    filled_napu: Units
    filled_ndau: Ndau = Field(validation_alias=AliasPath("filled_napu"))
    target_price_usd: Price | None = Field(
        validation_alias=AliasPath("target_nanocents"),
        description="Of the dearest tokens in it; null where it was not recorded.",
    )
    generation: int
    exchange_order_id: str | None
    state: OfferState
    intended_at: datetime = Field(description="When it was stored, just before it was placed.")
    changed_at: datetime


@router.get("/offers", responses=problems())
def offers(
    parts: Parts,
    _: Onlooker,
    *,
    exchange: OfExchange = None,
    state: Annotated[OfferState | None, Query()] = None,
    generation: Annotated[Id | None, Query()] = None,
    since: Since = None,
    until: Until = None,
    after: After = None,
    limit: Limit = 50,
) -> PageOf[Offer]:
    """List offers by the time they were intended, newest first."""
    wanted = OfferFilter(exchange=exchange, state=state, generation=generation, since=since, until=until)
    return page_of(parts, Offer, parts.records.offers(wanted, after=after, limit=limit))
