"""Where an exchange is reached, and that nobody listens on the way."""

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from app.domain.errors import InvalidInput


def checked_endpoint(url: str, *, what: str) -> str:
    """Return a base URL of scheme, host and optional port, without its trailing slash.

    Credentials travel over it, so plain http is accepted on loopback only.

    Raises:
        InvalidInput: it is no such URL; `what` names it in the message.
    """
    parts = _split(url)
    if parts is None or parts.path not in {"", "/"}:
        raise InvalidInput(
            f"{what} is {_without_credentials(url)!r}; expected a base URL such as https://api.example.com"
        )
    if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
        raise InvalidInput(f"{what} is {url!r}; expected https, as plain http is accepted on loopback only")
    return f"{parts.scheme}://{parts.netloc}"


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        valid_port = parts.port != 0  # reading it raises when it is no number
    except ValueError:
        return None
    plain = not (parts.username or parts.password or parts.query or parts.fragment)
    return parts if plain and valid_port and parts.hostname and parts.scheme in {"http", "https"} else None


def _without_credentials(url: str) -> str:
    return url.rpartition("@")[2]


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
