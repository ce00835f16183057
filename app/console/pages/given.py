"""What every page is given: who looks, and the coordinator's parts."""

from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import Request

from app.bootstrap import Coordinator
from app.console.figures import unit_of
from app.console.surroundings import Horizon, Surroundings
from app.console.visiting import Visitor, may
from app.domain.access import Action

_UNKNOWN = "?"


def parts_of(request: Request) -> Coordinator:
    """Return the parts of the process that serves this page."""
    return cast("Coordinator", request.app.state.parts)


def surroundings_of(request: Request) -> Surroundings:
    """Return what is known beside the ledger: streams, and what is used of limits."""
    state = request.app.state
    if not hasattr(state, "horizon"):
        state.horizon = Horizon(parts_of(request).settings)
    return cast("Horizon", state.horizon).look()


Looker = Annotated[Visitor, Depends(may(Action.LOOK))]
"""Somebody who may look."""

Parts = Annotated[Coordinator, Depends(parts_of)]


def unit_at(parts: Coordinator, exchange: str) -> str:
    """Return in what an exchange's prices are; "?" for one that the settings do not know any more."""
    known = parts.settings.exchanges.get(exchange)
    return _UNKNOWN if known is None else unit_of(known.currency)
