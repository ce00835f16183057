"""`/health` and `/ready`: whether the console works, and whether it can do its work.

Anybody may ask, so they name what is missing and no more; the process's own port (docs/health.md) tells the rest.
"""

from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse

from app.bootstrap import Coordinator
from app.vitals.bounded import BoundedCheck
from app.vitals.checks import Checks, report
from app.vitals.needs import broker_check, ledger_check

router = APIRouter(tags=["health"])

_PATIENCE_SECONDS = 1.0


class Health(BaseModel):
    """That this process turns."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """What this process needs, and how that is."""

    status: Literal["ready", "not ready"]
    ledger: Literal["ok", "missing"]
    broker: Literal["ok", "missing"]


def needs(parts: Coordinator) -> Checks:
    """Return the checks of what the console needs, each bounded in time."""
    return {
        "ledger": BoundedCheck(ledger_check(parts.settings.ledger_url), _PATIENCE_SECONDS),
        "broker": BoundedCheck(broker_check(parts.settings), _PATIENCE_SECONDS),
    }


@router.get("/health", openapi_extra={"security": []})
async def health() -> Health:
    """Tell that the console answers: its event loop turns."""
    return Health()


@router.get(
    "/ready",
    response_model=Readiness,
    responses={503: {"model": Readiness, "description": "Something that is needed does not answer."}},
    openapi_extra={"security": []},
)
def ready(request: Request) -> JSONResponse:
    """Tell whether ledger and broker can be reached, and the ledger is of this release's version."""
    found = report("console", request.app.state.needs)
    missing: dict[str, str] = {each.name: "ok" if each.is_ok else "missing" for each in found.findings}
    content = {"status": "ready" if found.is_ok else "not ready"} | missing
    return JSONResponse(content, 200 if found.is_ok else 503)
