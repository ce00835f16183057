"""Whether a request that changes something was made by our own page."""

import hashlib
import hmac
from urllib.parse import urlsplit

from starlette.requests import Request

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FIELD, HEADER = "csrf_token", "x-csrf-token"

_OURS = {"same-origin", "none"}


def csrf_token(session_token: str) -> str:
    """Return what a session's forms carry; nobody can compute it without the session's cookie."""
    return hmac.new(session_token.encode(), b"csrf", hashlib.sha256).hexdigest()


async def carries_token(request: Request, expected: str) -> bool:
    """Tell whether a header or form field holds the token."""
    given = request.headers.get(HEADER)
    if given is None and request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        field = (await request.form()).get(FIELD, "")
        given = field if isinstance(field, str) else ""
    return hmac.compare_digest(expected.encode(), (given or "").encode("utf-8", "replace"))


def comes_from_elsewhere(request: Request) -> bool:
    """Tell whether the browser says that another site's page made the request."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    return (site is not None and site not in _OURS) or (origin is not None and not _is_ours(request, origin))


def comes_from_our_page(request: Request) -> bool:
    """Tell whether the browser says that our own page made the request; every browser of these years does."""
    says_anything = "sec-fetch-site" in request.headers or "origin" in request.headers
    return says_anything and not comes_from_elsewhere(request)


def _is_ours(request: Request, origin: str) -> bool:
    try:
        return urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower() != ""
    except ValueError:
        return False
