"""Where the signing service is, and how its host is trusted."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import websocket

from app.domain.errors import InvalidInput
from app.signing.frame_limit import LimitedWebSocket
from app.signing.handshake import SUBPROTOCOL
from app.signing.loopback import is_loopback

# Otherwise a proxy that the environment names is used, for this machine itself too. The library reads `http_no_proxy`
# only where a proxy's host is given; the one given here is then never asked.
_NO_PROXY: dict[str, Any] = {"http_proxy_host": "unused.invalid", "http_proxy_port": 1, "http_no_proxy": ["*"]}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The service's address.

    Attributes:
        url: wss://host:port, or ws:// when the host is this machine itself.
        ca_file: PEM certificates to trust instead of the system's.

    Raises:
        InvalidInput: the URL is none, or would go over a network in the clear.
    """

    url: str
    ca_file: Path | None = None

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            host, _ = parts.hostname, parts.port
        except ValueError:
            # Neither repeated nor chained: a password with a "/" in it ends up where the port belongs.
            raise InvalidInput(
                "the signing service's URL has a port that is no number; expected wss://host:port"
            ) from None
        if parts.username is not None:
            raise InvalidInput("the signing service's URL holds a user's name; expected wss://host:port without one")
        if parts.scheme not in ("ws", "wss") or not host:
            raise InvalidInput(f"the signing service's URL is {self.url!r}; expected wss://host:port")
        if parts.scheme == "ws" and not is_loopback(host):
            raise InvalidInput(f"the signing service's URL is {self.url!r}; expected wss, since {host} is another host")

    def open(self, timeout_seconds: float) -> websocket.WebSocket:
        """Connect; each read and write may take `timeout_seconds`.

        Raises:
            websocket.WebSocketException: no such service there.
            OSError: not reachable, or its certificate is not trusted.
        """
        return websocket.create_connection(
            self.url,
            timeout=timeout_seconds,
            class_=LimitedWebSocket,
            subprotocols=[SUBPROTOCOL],
            suppress_origin=True,
            # A redirect could lead anywhere, and out of TLS.
            redirect_limit=0,
            sslopt={"context": self._trust()} if self.url.startswith("wss") else None,
            **(_NO_PROXY if is_loopback(urlsplit(self.url).hostname or "") else {}),
        )

    def _trust(self) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
        except OSError as error:
            raise InvalidInput(f"{self.ca_file} cannot be used as certificates to trust: {error}") from error
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        return context
