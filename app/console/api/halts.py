"""What is stopped."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from app.console.api.answers import Answer, read
from app.console.api.parties import Onlooker, Parts
from app.console.api.problems import problems
from app.domain.halts import PastHalt as Past
from app.domain.halts import Scope

router = APIRouter(tags=["halts"])

_MOST_HALTS = 500


class Halt(Answer):
    """Something that is stopped until a person resumes it."""

    id: int
    scope: Scope
    exchange: str | None = Field(description="null means everywhere.")
    who: str
    why: str
    since: datetime


class PastHalt(Answer):
    """A halt, in force or lifted."""

    halt: Halt
    lifted_at: datetime | None = Field(description="null while it is in force, as the next two.")
    lifted_by: str | None
    lifted_why: str | None


class Halts(Answer):
    """Halts, newest first."""

    halts: list[PastHalt]


@router.get("/halts", responses=problems())
def halts(
    parts: Parts,
    _: Onlooker,
    *,
    lifted: Annotated[bool, Query(description="Those that were lifted too; the newest 500.")] = False,
) -> Halts:
    """List what is stopped, by whom and why."""
    if lifted:
        past = parts.ledger.halts.history(_MOST_HALTS)
    else:
        past = [Past(halt, None, None, None) for halt in reversed(parts.ledger.halts.active())]
    return Halts(halts=[read(parts, PastHalt, each) for each in past])
