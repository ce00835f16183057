"""Random tokens: what somebody shows to be let in, and what the ledger keeps of it."""

import hashlib
import secrets

TOKEN_PREFIX = "meic_"  # noqa: S105  what every API token begins with, so that searches for leaked secrets find it

_BYTES = 32


def new_token() -> str:
    """Return 256 random bits as URL-safe text."""
    return secrets.token_urlsafe(_BYTES)


def token_hash(token: str) -> str:
    """Return what the ledger keeps of a token; 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
