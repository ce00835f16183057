"""Who may change something about people: only somebody who logged in, so that a leaked token makes no other ones."""

from typing import Annotated

from fastapi import Depends

from app.console.refusals import Refused
from app.console.visiting import Visitor, may
from app.domain.access import Action


def _myself(visitor: Annotated[Visitor, Depends(may(Action.OWN_TOKENS))]) -> Visitor:
    return _in_person(visitor)


def _admin(visitor: Annotated[Visitor, Depends(may(Action.MANAGE_USERS))]) -> Visitor:
    return _in_person(visitor)


def _in_person(visitor: Visitor) -> Visitor:
    if visitor.is_script:
        raise Refused("people and tokens are managed by a person who logged in, not with an API token")
    return visitor


Myself = Annotated[Visitor, Depends(_myself)]
Admin = Annotated[Visitor, Depends(_admin)]
