"""The signed manual update: `POST /update`."""

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app.access.updates import LONGEST_BODY_BYTES, TOLERANCE_SECONDS
from app.console.api.problems import PROBLEM_JSON, Problem
from app.console.problems import problem
from app.console.visiting import access_of
from app.domain.errors import InvalidInput, Unavailable
from app.doorbells import PUBLISH_OFFERS, ring
from app.web import whole_body

router = APIRouter(tags=["update"])

_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["timestamp", "signature"],
    "properties": {
        "timestamp": {
            "type": "string",
            "format": "date-time",
            "description": f"RFC 3339, within {TOLERANCE_SECONDS} s of the server's clock; each instant serves once.",
        },
        "signature": {
            "type": "string",
            "description": "ndau's text of a signature over the timestamp's text, by one of console.update_keys.",
        },
    },
}


def _described(words: str) -> dict[str, object]:
    return {"description": words, "content": {PROBLEM_JSON: {"schema": Problem.model_json_schema()}}}


@router.post(
    "/update",
    status_code=204,
    response_class=Response,
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/json": {"schema": _SCHEMA}}},
        "security": [],
    },
    responses={
        204: {"description": "The timestamp is used up, and publishing is rung."},
        400: _described("The timestamp or the signature does not serve; the reason is told. Nothing was done."),
        503: _described(
            "The timestamp is used up, but no worker could be told; beat publishes when the broker is back."
        ),
    },
)
async def update(request: Request) -> Response:
    """Have every exchange compared with the offers that are due, as whoever holds a configured key may ask."""
    body = await whole_body(request, LONGEST_BODY_BYTES)
    if body is None:
        return problem(400, f"the body is too long; expected at most {LONGEST_BODY_BYTES} bytes")
    address = request.client.host if request.client else "unknown"
    return await run_in_threadpool(_judged, request, body, address)


def _judged(request: Request, body: bytes, address: str) -> Response:
    try:
        access_of(request).updates.use(body, address)
    except InvalidInput as error:
        return problem(400, str(error))
    try:
        ring(PUBLISH_OFFERS)
    except Unavailable as error:
        return problem(
            503, f"the timestamp is used up, but no worker could be told ({error}); sign a new one, or wait for beat"
        )
    return Response(status_code=204)
