"""Who you are to the API."""

from fastapi import APIRouter

from app.console.api.answers import Answer
from app.console.api.parties import Onlooker
from app.console.api.problems import problems
from app.domain.access import Action, Role, is_allowed

router = APIRouter(tags=["you"])


class Me(Answer):
    """You, as you have come in."""

    name: str
    role: Role
    is_script: bool
    may: list[Action]


@router.get("/me", responses=problems())
def me(visitor: Onlooker) -> Me:
    """Tell who you are and what you may do."""
    may = [action for action in Action if is_allowed(visitor.role, action)]
    return Me(name=visitor.name, role=visitor.role, is_script=visitor.is_script, may=may)
