"""Under which names the console may be called: another site's name that leads here is refused."""

import ipaddress
from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app.settings.console import ConsoleSettings
from app.signing.loopback import is_loopback

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_EVERY_ADDRESS = {"0.0.0.0", "::"}  # noqa: S104  it is told apart, not listened on
_PROBED = {"/health", "/ready"}
"""Probes call by an address that nobody knows beforehand; what these tell is for everybody."""


class KnownHosts:
    """Refuses requests whose Host header is none of ours, so that no foreign name is made to mean this server."""

    def __init__(self, app: ASGIApp, names: Iterable[str]) -> None:
        self._app = app
        self._names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        is_ours = scope["type"] != "http" or scope["path"] in _PROBED
        if is_ours or host_name(Headers(scope=scope).get("host", "")) in self._names:
            await self._app(scope, receive, send)
            return
        words = "this host name is none of the console's; expected one of console.allowed_hosts\n"
        await PlainTextResponse(words, 400)(scope, receive, send)


def known_names(settings: ConsoleSettings) -> tuple[str, ...]:
    """Return the names of the console: loopback's, the host it listens on unless that is every one, and the settings'."""
    own = settings.host.strip("[]")
    return (*_LOOPBACK, *([own] if own not in _EVERY_ADDRESS else []), *settings.allowed_hosts)


def host_name(header: str) -> str:
    """Return the name of a Host header, without its port and brackets, in lower case."""
    if header.startswith("["):
        return header[1:].partition("]")[0].lower()
    return header.partition(":")[0].rstrip(".").lower()


def is_own_machine(header: str) -> bool:
    """Tell whether a Host header names the very machine on which it was written: nobody listens in between."""
    return is_loopback(_canonical(host_name(header)))


def _canonical(name: str) -> str:
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return name
