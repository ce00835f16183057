"""How Bitmart's v2 API signs: hexadecimal HMAC-SHA256 with the key's secret, taken as text."""

import hashlib
import hmac
from collections.abc import Mapping


def signature(secret: str, message: str) -> str:
    """Return the signature of a message."""
    # JSON can carry half a surrogate pair; no client signs one, but it must be a wrong signature and not a failure here.
    return hmac.new(secret.encode(), message.encode(errors="surrogatepass"), hashlib.sha256).hexdigest()


def client_secret(access: str, secret: str, memo: str) -> str:
    """Return what proves, when a token is asked for, that the caller holds the key."""
    return signature(secret, f"{access}:{secret}:{memo}")


def message_of(parameters: Mapping[str, str]) -> str:
    """Return what is signed of an order call: its parameters sorted by name, as they were written."""
    return "&".join(f"{name}={value}" for name, value in sorted(parameters.items()))


def is_same(expected: str, given: str) -> bool:
    """Compare two signatures in a time that does not tell where they differ."""
    return hmac.compare_digest(expected.encode(), given.encode())
