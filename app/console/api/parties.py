"""Who asks, and whom to ask."""

from typing import Annotated, cast

from fastapi import Depends, Request

from app.bootstrap import Coordinator
from app.console.visiting import Visitor, may
from app.domain.access import Action


def _parts(request: Request) -> Coordinator:
    return cast("Coordinator", request.app.state.parts)


Parts = Annotated[Coordinator, Depends(_parts)]
Onlooker = Annotated[Visitor, Depends(may(Action.LOOK))]
