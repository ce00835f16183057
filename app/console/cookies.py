"""The cookies by which a browser is known."""

from starlette.requests import Request
from starlette.responses import Response

_SESSION, _BROWSER = "meic_session", "meic_browser"
_BROWSER_SECONDS = 180 * 86_400


def session_token(request: Request) -> str:
    """Return the session's token that came with a request, "" without one."""
    return request.cookies.get(_name(request, _SESSION), "")


def browser_mark(request: Request) -> str:
    """Return what an earlier login left in the browser, "" without."""
    return request.cookies.get(_name(request, _BROWSER), "")


def remember(response: Response, request: Request, *, session: str, browser: str) -> None:
    """Have the browser keep a session until it is closed, and for half a year that it has logged in."""
    _set(response, request, _SESSION, session, None)
    _set(response, request, _BROWSER, browser, _BROWSER_SECONDS)


def forget(response: Response, request: Request) -> None:
    """Have the browser forget its session."""
    response.delete_cookie(_name(request, _SESSION), secure=is_secure(request), httponly=True, samesite="lax")


def is_secure(request: Request) -> bool:
    """Tell whether a request came by https, to us or to the proxy before us."""
    return request.url.scheme == "https"


def _set(response: Response, request: Request, name: str, value: str, seconds: int | None) -> None:
    response.set_cookie(
        _name(request, name),
        value,
        max_age=seconds,
        httponly=True,
        secure=is_secure(request),
        # Not "strict": with it, whoever follows a link from an alert's message would have to log in again. Nothing is
        # done by following a link, and what does something carries a CSRF token.
        samesite="lax",
    )


def _name(request: Request, name: str) -> str:
    # By this prefix a browser takes the cookie from this very host only: no sibling in the domain can plant its own.
    return f"__Host-{name}" if is_secure(request) else name
