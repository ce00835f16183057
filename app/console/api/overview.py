"""How everything stands, from the ledger alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AliasPath, Field

from app.console.api.amounts import Currency, Ndau, Price, Proceeds, Units
from app.console.api.answers import Answer, read
from app.console.api.fields import Day
from app.console.api.halts import Halt
from app.console.api.issuances import OpenIssuance
from app.console.api.parties import Onlooker, Parts
from app.console.api.problems import problems
from app.domain.halts import Halt as InForce
from app.domain.health import ExchangeHealth
from app.domain.issuances import Issuance as Underway
from app.domain.ledger import Generation as Decision
from app.domain.price_curve import target_price
from app.store.reading.glances import Step

router = APIRouter(tags=["overview"])

_WAITING = (Step.RECORDED, Step.PREPARED, Step.SIGNED, Step.SUBMITTED, Step.PARKED)


class Generation(Answer):
    """The newest decision of what to offer."""

    number: int
    decided_at: datetime
    why: str
    chain_issued_napu: Units = Field(
        validation_alias=AliasPath("issued_napu"), description="The chain's total at that time."
    )
    chain_issued_ndau: Ndau = Field(validation_alias=AliasPath("issued_napu"))


class Totals(Answer):
    """All sales."""

    sold_napu: Units
    sold_ndau: Ndau = Field(validation_alias=AliasPath("sold_napu"))
    issued_napu: Units
    issued_ndau: Ndau = Field(validation_alias=AliasPath("issued_napu"))
    waiting_napu: Units = Field(description="Sold and not known to be issued.")
    waiting_ndau: Ndau = Field(validation_alias=AliasPath("waiting_napu"))


class Down(Answer):
    """An exchange that does not answer."""

    exchange: str
    why: str
    down_since: datetime | None


class Overview(Answer):
    """How everything stands."""

    target_price_usd: Price | None = Field(
        validation_alias=AliasPath("price_nanocents"),
        description="Of the next token; null before the first decision, as the next four.",
    )
    target_price_nanocents: Units | None = Field(validation_alias=AliasPath("price_nanocents"))
    basis_napu: Units | None = Field(description="Everything issued or sold, which the price stands on.")
    basis_ndau: Ndau | None = Field(validation_alias=AliasPath("basis_napu"))
    generation: Generation | None
    totals: Totals
    is_settled: bool = Field(description="Whether all sales are issued and every exchange shows the newest offers.")
    open_issuance: OpenIssuance | None = Field(description="The issuance under way.")
    halts: list[Halt]
    down: list[Down] = Field(description="The exchanges that do not answer and are not asked.")


@dataclass(frozen=True, slots=True)
class _Totals:
    sold_napu: int
    issued_napu: int
    waiting_napu: int


@dataclass(frozen=True, slots=True)
class _View:
    price_nanocents: int | None
    basis_napu: int | None
    generation: Decision | None
    totals: _Totals
    is_settled: bool
    open_issuance: Underway | None
    halts: Sequence[InForce]
    down: Sequence[ExchangeHealth]


class Waiting(Answer):
    """What waits at a step; at `issued`, what is through."""

    step: Step
    count: int = Field(
        description="Of fills (seen), sales (recorded to parked), issuances (issued), exchanges (published)."
    )
    quantity_napu: Units
    quantity_ndau: Ndau = Field(validation_alias=AliasPath("quantity_napu"))
    oldest_at: datetime | None = Field(description="Since when the oldest has waited; null when nothing waits.")


class Pipeline(Answer):
    """The way from a fill to offers that follow it."""

    steps: list[Waiting]


class DayTotal(Answer):
    """What one exchange sold on one day."""

    exchange: str
    currency: Currency
    day: date = Field(description="Of execution, UTC.")
    sales: int
    sold_napu: Units
    sold_ndau: Ndau = Field(validation_alias=AliasPath("sold_napu"))
    proceeds: Proceeds = Field(description="Quantity times price, summed up exactly, in the currency.")


class DayTotals(Answer):
    """By day and exchange; days without a sale are left out."""

    days: list[DayTotal]


@router.get("/overview", responses=problems())
def overview(parts: Parts, _: Onlooker) -> Overview:
    """Tell how everything stands."""
    records, ledger = parts.records, parts.ledger
    steps = {step.step: step for step in records.pipeline(parts.clock.now())}
    sold = sum(each.sold_napu for each in records.money_raised().values())
    waiting = sum(steps[step].quantity_napu for step in _WAITING)
    basis = records.basis_napu()
    view = _View(
        price_nanocents=None if basis is None else target_price(basis),
        basis_napu=basis,
        generation=ledger.offers.generation(),
        totals=_Totals(sold, sold - waiting, waiting),
        is_settled=not waiting and not steps[Step.PUBLISHED].count,
        open_issuance=ledger.issuances.open(),
        halts=ledger.halts.active(),
        down=[each for each in ledger.health.ailing() if each.down_since is not None],
    )
    return read(parts, Overview, view)


@router.get("/pipeline", responses=problems())
def pipeline(parts: Parts, _: Onlooker) -> Pipeline:
    """Tell what waits at each step, and for how long."""
    steps = parts.records.pipeline(parts.clock.now())
    return Pipeline(steps=[read(parts, Waiting, step) for step in steps])


@router.get("/day-totals", responses=problems())
def day_totals(parts: Parts, _: Onlooker, since: Annotated[Day, Query(description="The first day.")]) -> DayTotals:
    """Tell what each exchange sold on each day."""
    return DayTotals(days=[read(parts, DayTotal, each) for each in parts.records.day_totals(since)])
