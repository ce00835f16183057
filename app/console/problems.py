"""A problem as an answer to a script."""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import JSONResponse

from app.console.api.problems import PROBLEM_JSON, Problem

FOR_SCRIPTS = ("/api/", "/update", "/health", "/ready")
"""Where addresses begin that scripts call; all others are pages."""


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return a problem, as RFC 9457 writes it, with one sentence."""
    content = Problem(title=title_of(status), status=status, detail=detail).model_dump()
    return JSONResponse(content, status, headers=dict(headers or {}), media_type=PROBLEM_JSON)


def title_of(status: int) -> str:
    """Return a status in words."""
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else "Error"
