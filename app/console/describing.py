"""What the API says of itself."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse

from app.console.visiting import Visitor, may
from app.domain.access import Action

DESCRIPTION = """Look at the coordinator and act on it, as on the console's pages. docs/api.md shows how it is used.

Show an API token (`Authorization: Bearer meic_...`), which the page People makes. Quantities and prices are exact decimal
texts; their unit is in the field's name."""

TAGS: list[dict[str, Any]] = [
    {"name": "you", "description": "Who you are to the API."},
    {"name": "overview", "description": "How everything stands, from the ledger alone."},
    {"name": "sales", "description": "Fills on our accounts; a target price sale becomes part of one Issue."},
    {"name": "issuances", "description": "Issue transactions."},
    {"name": "offers", "description": "What is and was on offer."},
    {"name": "events", "description": "The audit trail."},
    {"name": "exchanges", "description": "The exchanges, as the ledger knows them; none is asked."},
    {"name": "halts", "description": "What is stopped."},
    {"name": "alerts", "description": "What people are told of."},
    {
        "name": "actions",
        "description": "Each asks for a reason, leaves an event with it and your name, and may be repeated: what is done "
        "already is not done twice.",
    },
    {"name": "update", "description": "Publishing, rung by whoever holds a configured key."},
    {"name": "health", "description": "Whether this process lives and can answer."},
]

router = APIRouter()


@router.get("/api/openapi.json")
def description(request: Request, _visitor: Annotated[Visitor, Depends(may(Action.LOOK))]) -> JSONResponse:
    """Return the API's description as OpenAPI."""
    return JSONResponse(request.app.openapi())
