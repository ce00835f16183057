"""What an answer is when there is none: one sentence, as RFC 9457 writes it."""

from typing import Any

from pydantic import BaseModel, Field

PROBLEM_JSON = "application/problem+json"


class Problem(BaseModel):
    """Why a request was not answered."""

    type: str = Field(default="about:blank", description="What kind of problem; the status says enough.")
    title: str = Field(examples=["Unprocessable Content"])
    status: int = Field(ge=400, le=599, examples=[422])
    detail: str = Field(
        description="One sentence: what is wrong and what is expected.",
        examples=["limit is 501; expected 1 to 500 rows a page"],
    )


_MEANINGS = {
    400: "The request is none that can be read.",
    401: "No login and no token, or one that is not valid (any more).",
    403: "Your role may not do this, or the request could have come from another site.",
    404: "There is no such thing.",
    408: "The body did not arrive in time.",
    413: "The body is too large.",
    422: "A value is wrong; nothing was done.",
    429: "Too many attempts; wait as `Retry-After` says.",
    503: "Something that is needed does not answer; nothing was done, unless the sentence says so. Try again.",
}
_SCHEMA = Problem.model_json_schema()


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return these for a route's description, beside those that every route can have."""
    return {
        status: {"description": _MEANINGS[status], "content": {PROBLEM_JSON: {"schema": _SCHEMA}}}
        for status in sorted({400, 401, 403, 422, 429, 503, *statuses})
    }
