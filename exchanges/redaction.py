"""Keeps secrets out of logs and errors, even when an exchange echoes them."""

from collections import deque

EXCERPT_CHARACTERS = 500
"""How much of an answer is kept for a person to look at."""


class Redaction:
    """The secrets of one account: those that stay, and the last few of those that change."""

    def __init__(self, *secrets: str) -> None:
        self._lasting = secrets
        self._passing: deque[str] = deque(maxlen=8)

    def add(self, secret: str) -> None:
        """Mask one more, such as an access token; the last 8 are remembered."""
        self._passing.append(secret)

    def excerpt(self, text: str) -> str:
        """Return the first 500 characters of a text after masking."""
        # Masked before it is cut, so that no part of a secret is left at the end.
        for secret in (*self._lasting, *tuple(self._passing)):
            text = text.replace(secret, "***")
        return text[:EXCERPT_CHARACTERS]
