"""The exchanges, as the ledger knows them; none is asked."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import AliasPath, Field

from app.console.api.amounts import Currency, Ndau, Price, Units
from app.console.api.answers import Answer, read
from app.console.api.halts import Halt
from app.console.api.parties import Onlooker, Parts
from app.console.api.problems import problems
from app.domain.ledger import OfferState

router = APIRouter(tags=["exchanges"])

_PRICE = AliasPath("level", "price_nanocents")
_QUANTITY = AliasPath("level", "quantity_napu")


class LiveOffer(Answer):
    """An offer that may still sell."""

    client_order_id: str
    price: Price = Field(validation_alias=_PRICE)
    price_nanocents: Units = Field(validation_alias=_PRICE)
    quantity_napu: Units = Field(validation_alias=_QUANTITY)
    quantity_ndau: Ndau = Field(validation_alias=_QUANTITY)
    filled_napu: Units
    filled_ndau: Ndau = Field(validation_alias=AliasPath("filled_napu"))
    generation: int
    state: OfferState
    intended_at: datetime


class Publication(Answer):
    """What an exchange should show and what it shows."""

    wanted: int | None = Field(description="The decision it should show.")
    shown: int | None = Field(description="The decision it shows.")
    shown_at: datetime | None
    error: str = Field(description="Why it does not show what it should, or empty.")


class Failing(Answer):
    """Calls of an exchange that failed, in a row."""

    failures: int
    why: str = Field(description="What the last one met.")
    down_since: datetime | None = Field(description="From when on it is not asked any more; null while it still is.")
    next_probe_at: datetime | None


class Exchange(Answer):
    """One exchange."""

    exchange: str
    currency: Currency
    publication: Publication | None = Field(description="null before the first decision for it.")
    live_offers: list[LiveOffer] = Field(description="By rising price.")
    health: Failing | None = Field(description="null while it answers.")
    read_at: datetime | None = Field(description="When its fills were last read.")
    sold_napu: Units
    sold_ndau: Ndau = Field(validation_alias=AliasPath("sold_napu"))
    unclaimed: int = Field(description="How many sells wait for a person.")
    unclaimed_napu: Units
    unclaimed_ndau: Ndau = Field(validation_alias=AliasPath("unclaimed_napu"))
    halts: list[Halt]
    last_sale_at: datetime | None


class Exchanges(Answer):
    """All that something was recorded or decided for, by name."""

    exchanges: list[Exchange]


@router.get("/exchanges", responses=problems())
def exchanges(parts: Parts, _: Onlooker) -> Exchanges:
    """List the exchanges."""
    return Exchanges(exchanges=[read(parts, Exchange, row) for row in parts.records.exchanges()])
