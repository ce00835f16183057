"""A message that is shown once, on the page after the one that did something.

It travels in a cookie of a minute, signed with the visitor's own CSRF token: neither another visitor nor another site can
make a page say something.
"""

import base64
import hashlib
import hmac

from starlette.requests import Request
from starlette.responses import Response

COOKIE = "meic_message"

_LIFETIME_SECONDS = 60
_LONGEST = 1500
"""A browser keeps at most 4096 bytes of a cookie."""


def tell(response: Response, request: Request, csrf_token: str, message: str) -> None:
    """Have the visitor's next page show this sentence once; a script has no next page."""
    if not csrf_token:
        return
    text = message.encode("utf-8", "replace")[:_LONGEST]
    value = f"{base64.urlsafe_b64encode(text).decode()}.{_signature(csrf_token, text)}"
    response.set_cookie(
        COOKIE,
        value,
        max_age=_LIFETIME_SECONDS,
        httponly=True,
        secure=request.url.scheme == "https",
        samesite="lax",
    )


def told(request: Request, csrf_token: str) -> str:
    """Return the sentence that the visitor's last action left, or ""."""
    if not csrf_token:
        return ""
    value, _, signature = request.cookies.get(COOKIE, "").partition(".")
    try:
        text = base64.b64decode(value, altchars=b"-_", validate=True)
    except ValueError:
        return ""
    if not text or not hmac.compare_digest(_signature(csrf_token, text).encode(), signature.encode()):
        return ""
    return text.decode("utf-8", "ignore")


def _signature(csrf_token: str, text: bytes) -> str:
    return hmac.new(f"message {csrf_token}".encode(), text, hashlib.sha256).hexdigest()
