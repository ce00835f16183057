"""Headers that have browsers guard the console, as OWASP's secure headers project asks."""

from collections.abc import Iterable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_CONTENT = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; "
    "script-src-attr 'none'; style-src-attr 'none'"
)
_FEATURES = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "fullscreen", "geolocation",
    "gyroscope", "magnetometer", "microphone", "midi", "payment", "publickey-credentials-get", "screen-wake-lock",
    "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip
_ALWAYS = {
    "Content-Security-Policy": _CONTENT,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Permitted-Cross-Domain-Policies": "none",
    # Not "no-referrer": with it browsers send "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _FEATURES),
}
_BY_HTTPS = {"Strict-Transport-Security": "max-age=63072000; includeSubDomains"}
_KEPT = "public, max-age=31536000, immutable"
_NOT_KEPT = "no-store"


class SecureHeaders:
    """Adds the headers to every answer, whatever made it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _headers(scope, message["status"]):
                    headers[name] = value
            await send(message)

        await self._app(scope, receive, guarded)


def _headers(scope: Scope, status: int) -> Iterable[tuple[str, str]]:
    yield from _ALWAYS.items()
    if scope["scheme"] == "https":
        yield from _BY_HTTPS.items()
    # The address of an asset changes with its content; one without its hash may be another tomorrow.
    is_asset = scope["path"].startswith("/static/") and scope["query_string"].startswith(b"v=") and status in (200, 304)
    yield "Cache-Control", _KEPT if is_asset else _NOT_KEPT
