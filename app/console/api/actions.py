"""What scripts may have done. Each may be repeated: what is done already is not done twice."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from app.console import acting
from app.console.api.answers import Answer
from app.console.api.fields import ExchangeName, FillId, Id, Why
from app.console.api.parties import Parts
from app.console.api.problems import problems
from app.console.visiting import Visitor, may
from app.domain.access import Action
from app.domain.halts import Stoppable

router = APIRouter(tags=["actions"])

_MOST_FILLS = 1000
_PROBLEMS = problems(408, 413)


class Said(Answer):
    """What was done."""

    said: str = Field(
        description="One sentence for a person.",
        examples=["publishing on bitmart is halted since 2026-11-21 20:33:07 UTC by ann: maintenance"],
    )


class Asked(Said):
    """What was asked of the issuer."""

    asked: int = Field(description="The event that asks; the answer's event ResolveAnswered names it in its detail.")


class _Order(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    why: Why


class Publish(_Order):
    """Why every exchange is to be compared with the offers that are due."""


class Poll(_Order):
    """Whose fills are to be read now."""

    exchange: ExchangeName


class Stop(_Order):
    """What is to be stopped, or resumed."""

    what: Annotated[Stoppable, Field(strict=False)]
    exchange: ExchangeName | None = Field(
        default=None, description="Only there; goes with `publishing`. Left out or null: everywhere."
    )


class Pull(_Order):
    """Where our offers are to be cancelled."""

    exchange: ExchangeName | None = Field(default=None, description="Left out or null: on every exchange in use.")


class Decide(_Order):
    """Which sells are meant."""

    exchange: ExchangeName
    fill_ids: list[FillId] = Field(min_length=1, max_length=_MOST_FILLS)


class Resolve(_Order):
    """Which issuance is to be looked at."""

    issuance_id: Id


@router.post("/polls", status_code=202, responses=_PROBLEMS)
def poll(parts: Parts, visitor: Annotated[Visitor, Depends(may(Action.POLL))], order: Poll) -> Said:
    """Have an exchange's fills read now."""
    return Said(said=acting.poll(parts, visitor.name, order.exchange, order.why))


@router.post("/publications", status_code=202, responses=_PROBLEMS)
def publish(parts: Parts, visitor: Annotated[Visitor, Depends(may(Action.PUBLISH))], order: Publish) -> Said:
    """Have every exchange compared with the offers that are due, and mended."""
    return Said(said=acting.publish(parts, visitor.name, order.why))


@router.post("/halts", responses=_PROBLEMS)
def halt(parts: Parts, visitor: Annotated[Visitor, Depends(may(Action.HALT))], order: Stop) -> Said:
    """Stop issuing, publishing or both at once. Offers stay on the exchanges until they are pulled."""
    return Said(said=acting.halt(parts, visitor.name, order.what, order.exchange, order.why))


@router.post("/resumptions", responses=_PROBLEMS)
def resume(parts: Parts, visitor: Annotated[Visitor, Depends(may(Action.RESUME))], order: Stop) -> Said:
    """Lift the halts of exactly this scope and place."""
    return Said(said=acting.resume(parts, visitor.name, order.what, order.exchange, order.why))


@router.post("/pulls", status_code=202, responses=_PROBLEMS)
def pull_offers(parts: Parts, visitor: Annotated[Visitor, Depends(may(Action.PULL_OFFERS))], order: Pull) -> Said:
    """Halt publishing if it is not halted, and have our offers cancelled; each exchange's event OffersPulled tells how it ended."""
    return Said(said=acting.pull_offers(parts, visitor.name, order.exchange, order.why))


@router.post("/claims", responses=_PROBLEMS)
def claim(parts: Parts, visitor: Annotated[Visitor, Depends(may(Action.CLAIM))], order: Decide) -> Said:
    """Make sells that are none of our offers target price sales: they are issued like any other."""
    return Said(said=acting.claim(parts, visitor.name, order.exchange, order.fill_ids, order.why))


@router.post("/dismissals", responses=_PROBLEMS)
def dismiss(parts: Parts, visitor: Annotated[Visitor, Depends(may(Action.DISMISS))], order: Decide) -> Said:
    """Say that sells are no target price sales: they are not issued."""
    return Said(said=acting.dismiss(parts, visitor.name, order.exchange, order.fill_ids, order.why))


@router.post("/resolutions", status_code=202, responses=_PROBLEMS)
def resolve(parts: Parts, visitor: Annotated[Visitor, Depends(may(Action.RESOLVE))], order: Resolve) -> Asked:
    """Have the issuer look at an issuance, and settle it if the chain proves how it ended."""
    number = acting.ask_to_resolve(parts, visitor.name, order.issuance_id, order.why)
    return Asked(said=acting.asked_words(order.issuance_id, number), asked=number)
