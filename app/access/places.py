"""Where a login comes from, as far as failures are counted by it."""

import hashlib
import hmac
import ipaddress
import secrets
from dataclasses import dataclass

from app.access.secrets import token_hash
from app.signing.one_line import one_line

_LONGEST = 64
_SITE_BITS = 64


@dataclass(frozen=True, slots=True)
class Place:
    """Where a login comes from.

    Attributes:
        address: as the server saw it.
        known_browser: the mark that a browser kept from an earlier login, "" without.
    """

    address: str
    known_browser: str = ""


def written(address: str) -> str:
    """Return an address as the ledger keeps it: a proxy may have said anything."""
    return one_line(address, _LONGEST)


def site_of(address: str) -> str:
    """Return what counts as one address: of IPv6 the network of 2^64 from which a host chooses its own."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return written(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((int(parsed), _SITE_BITS), strict=False))
    return str(parsed)


def browser_mark(name: str, password_hash: str) -> str:
    """Return what a browser keeps of a login, so that failures elsewhere do not hold up the next one there.

    It lets nobody in. A new password makes it worthless.
    """
    nonce = secrets.token_hex(8)
    return f"{nonce}.{_seal(nonce, name, password_hash)}"


def browser_of(mark: str, name: str, password_hash: str | None) -> str | None:
    """Return under what a known browser's failures are counted; None for a browser that is not known."""
    nonce, _, seal = mark.partition(".")
    if not nonce or password_hash is None:
        return None
    if not hmac.compare_digest(_seal(nonce, name, password_hash).encode(), seal.encode("utf-8", "replace")):
        return None
    return f"browser {token_hash(nonce)[:16]}"


def _seal(nonce: str, name: str, password_hash: str) -> str:
    # The password's hash is what only the ledger knows, and all consoles of one ledger do.
    return hmac.new(
        password_hash.encode(), f"browser {nonce} {name}".encode("utf-8", "replace"), hashlib.sha256
    ).hexdigest()
