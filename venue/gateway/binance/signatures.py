"""How Binance's API signs: hexadecimal HMAC-SHA256 with the key's secret, over the parameters as they were sent."""

import hashlib
import hmac
from collections.abc import Mapping

SIGNATURE = "signature"


def signature(secret: str, payload: bytes) -> str:
    """Return the signature of a payload."""
    return hmac.new(secret.encode(), payload, hashlib.sha256).hexdigest()


def is_same(expected: str, given: str) -> bool:
    """Compare two signatures, whose case does not matter, in a time that does not tell where they differ."""
    return hmac.compare_digest(expected.encode(), given.lower().encode(errors="surrogatepass"))


def payload_of_request(query: bytes, body: bytes) -> bytes:
    """Return what is signed of a request: its query and its body, one after the other, without the signature."""
    return _unsigned(query) + _unsigned(body)


def payload_of_parameters(parameters: Mapping[str, str]) -> bytes:
    """Return what is signed of a call over the WebSocket API: its parameters sorted by name, without the signature."""
    pairs = (f"{name}={value}" for name, value in sorted(parameters.items()) if name != SIGNATURE)
    return "&".join(pairs).encode(errors="surrogatepass")


def _unsigned(text: bytes) -> bytes:
    if b"signature=" not in text:
        return text
    return b"&".join(part for part in text.split(b"&") if not part.startswith(b"signature="))
