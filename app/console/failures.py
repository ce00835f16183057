"""What goes wrong, as a page for people and as a problem for scripts: one sentence, and never a traceback."""

import logging
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnection
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match

from app.access.logins import LoginRefused
from app.console.problems import FOR_SCRIPTS, problem, title_of
from app.console.refusals import NotLoggedIn, Refused
from app.console.rendering import page
from app.console.visiting import who_asks
from app.domain.errors import InvalidInput, MeicError, RateLimited, Unavailable

log = logging.getLogger(__name__)

_STATUSES: tuple[tuple[type[MeicError], HTTPStatus], ...] = (
    (LoginRefused, HTTPStatus.UNAUTHORIZED),
    (Refused, HTTPStatus.FORBIDDEN),
    (InvalidInput, HTTPStatus.UNPROCESSABLE_ENTITY),
    (RateLimited, HTTPStatus.TOO_MANY_REQUESTS),
    (Unavailable, HTTPStatus.SERVICE_UNAVAILABLE),
    (MeicError, HTTPStatus.CONFLICT),
)


def answer_failures(app: FastAPI) -> None:
    """Have the application answer every failure."""
    app.add_exception_handler(NotLoggedIn, _not_logged_in)
    app.add_exception_handler(MeicError, _said)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    for lost in (OperationalError, InterfaceError, NoConnection):
        app.add_exception_handler(lost, _ledger_lost)


def failure(request: Request, status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return a failure as who asked expects it: a page, or a problem for scripts."""
    if request.url.path.startswith(FOR_SCRIPTS):
        return problem(status, detail, headers)
    visitor = getattr(request.state, "visitor", None)
    response = page(request, visitor, "failure.html", status=status, title=title_of(status), detail=detail)
    response.headers.update(headers or {})
    return response


def status_of(error: MeicError) -> HTTPStatus:
    """Return the status that says what kind of error it is."""
    return next(status for kind, status in _STATUSES if isinstance(error, kind))


async def _not_logged_in(request: Request, error: Exception) -> Response:
    if request.url.path.startswith(FOR_SCRIPTS):
        return problem(HTTPStatus.UNAUTHORIZED, str(error), {"WWW-Authenticate": "Bearer"})
    if "text/event-stream" in request.headers.get("accept", ""):
        return Response(status_code=HTTPStatus.UNAUTHORIZED)  # a redirect would look like a stream that broke
    target = "/login" + (f"?next={quote(_asked(request), safe='/')}" if request.method == "GET" else "")
    if "hx-request" in request.headers:
        return Response(status_code=HTTPStatus.UNAUTHORIZED, headers={"HX-Redirect": "/login"})
    return RedirectResponse(target, HTTPStatus.SEE_OTHER)


async def _said(request: Request, error: Exception) -> Response:
    assert isinstance(error, MeicError)  # noqa: S101  for the type checker: it is registered for these alone
    headers = {"Retry-After": str(int(error.retry_after_seconds) + 1)} if isinstance(error, RateLimited) else {}
    return failure(request, status_of(error), str(error), headers)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  as above
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return failure(request, HTTPStatus.BAD_REQUEST, "the body is no JSON")
    where = ".".join(str(part) for part in first["loc"] if part not in ("body", "query", "path", "header"))
    return failure(request, HTTPStatus.UNPROCESSABLE_ENTITY, f"{where or 'the request'}: {first['msg']}")


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  as above
    is_told = error.detail != title_of(error.status_code)  # a route's own words, not the framework's
    detail = error.detail if is_told else _WORDS.get(error.status_code, error.detail)
    headers = {"Allow": _methods_at(request)} if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED else error.headers
    if not request.url.path.startswith(FOR_SCRIPTS):
        with suppress(MeicError, SQLAlchemyError):  # so that the page leads on to others
            request.state.visitor = await run_in_threadpool(who_asks, request)
    return failure(request, error.status_code, detail, headers)


def _methods_at(request: Request) -> str:
    """Return what the address takes; the framework tells only of the first of several routes."""
    return ", ".join(method for method in ("GET", "POST") if _is_routed(request, method))


def _is_routed(request: Request, method: str) -> bool:
    asked = {**request.scope, "method": method}
    return any(route.matches(asked)[0] is Match.FULL for route in request.app.routes)


async def _ledger_lost(request: Request, error: Exception) -> Response:
    log.warning("the ledger did not answer: %s", str(getattr(error, "orig", None) or error).splitlines()[0])
    return failure(request, HTTPStatus.SERVICE_UNAVAILABLE, "the ledger does not answer; try again in some seconds")


def _asked(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


_WORDS = {404: "there is nothing at this address", 405: "this address does not take that method"}
