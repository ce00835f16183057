"""Log in and out."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from app.access.logins import LoginRefused
from app.access.places import Place
from app.console import cookies, csrf
from app.console.hosts import is_own_machine
from app.console.refusals import Refused
from app.console.rendering import page
from app.console.visiting import Visitor, access_of, may
from app.domain.access import Action
from app.domain.errors import RateLimited, Unavailable

router = APIRouter()

_WITHOUT_TLS = (
    "passwords go through https only: put a proxy with TLS before the console, have it say X-Forwarded-Proto and name it "
    "in FORWARDED_ALLOW_IPS; or come through a tunnel to localhost"
)


@router.get("/login")
def show(request: Request, next: str = "/") -> Response:  # noqa: A002  the parameter's name in the address
    """Show the form."""
    return _form(request, next)


@router.post("/login")
def log_in(
    request: Request,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002  as above
) -> Response:
    """Begin a session, under a new token whatever cookie came along."""
    if not csrf.comes_from_our_page(request):
        raise Refused("this is no form of the console's: open /login in a browser, and send it from there")
    if not may_log_in(request):
        return _form(request, next, status=403)
    try:
        logged_in = access_of(request).logins.log_in(name.strip(), password, place_of(request))
    except LoginRefused as error:
        return _form(request, next, name, str(error), status=401)
    except RateLimited as error:
        response = _form(request, next, name, str(error), status=429)
        response.headers["Retry-After"] = str(int(error.retry_after_seconds))
        return response
    except Unavailable as error:
        return _form(request, next, name, str(error), status=503)
    access_of(request).logins.log_out(cookies.session_token(request))
    response = RedirectResponse(_inside(next), 303)
    cookies.remember(response, request, session=logged_in.token, browser=logged_in.browser_mark)
    return response


@router.post("/logout")
def log_out(request: Request, _visitor: Annotated[Visitor, Depends(may(Action.LOOK))]) -> Response:
    """End the session."""
    access_of(request).logins.log_out(cookies.session_token(request))
    response = RedirectResponse("/login", 303)
    cookies.forget(response, request)
    return response


def may_log_in(request: Request) -> bool:
    """Tell whether a password may come this way: by https, or without leaving the machine."""
    return cookies.is_secure(request) or is_own_machine(request.headers.get("host", ""))


def place_of(request: Request) -> Place:
    """Return where a request comes from."""
    return Place(request.client.host if request.client else "unknown", cookies.browser_mark(request))


def _form(request: Request, next_page: str, name: str = "", wrong: str = "", *, status: int = 200) -> Response:
    is_allowed = may_log_in(request)
    shown = {"next": _inside(next_page), "name": name, "wrong": wrong or ("" if is_allowed else _WITHOUT_TLS)}
    return page(request, None, "login.html", status=status, is_open=is_allowed, **shown)


def _inside(address: str) -> str:
    """Return an address within the console; another site's becomes the overview."""
    # Browsers take a backslash for a slash, and drop tabs and line ends.
    if not address.startswith("/") or address.startswith("//") or "\\" in address or not address.isprintable():
        return "/"
    try:
        parts = urlsplit(address)
    except ValueError:
        return "/"
    return "/" if parts.scheme or parts.netloc or parts.path == "/login" else address
