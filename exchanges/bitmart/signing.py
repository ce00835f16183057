"""Bitmart's signatures: HMAC-SHA256, in lower-case hexadecimal, keyed with the secret's text."""

import hmac
from collections.abc import Mapping


def client_secret(*, access: str, secret: str, memo: str) -> str:
    """Return what proves at authentication that we hold the secret, without sending it."""
    return _hmac(secret, f"{access}:{secret}:{memo}")


def signature(secret: str, parameters: Mapping[str, str]) -> str:
    """Return the signature of an order call: over its parameters, sorted by name."""
    return _hmac(secret, "&".join(f"{name}={parameters[name]}" for name in sorted(parameters)))


def _hmac(secret: str, message: str) -> str:
    return hmac.digest(secret.encode(), message.encode(), "sha256").hex()
