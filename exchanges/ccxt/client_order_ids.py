"""Our client order ids as an exchange takes them, and back."""

import re
from typing import Protocol

from app.domain.errors import InvalidInput

_OURS = re.compile(r"meic([0-9a-f]{24})")
_TAG = b"meic".hex()
_UUID = re.compile(rf"{_TAG}([0-9a-f]{{24}})")


class WireIds(Protocol):
    """How ids are written there; both ways nothing is lost."""

    def written(self, client_order_id: str) -> str:
        """Return our id as the exchange takes it."""
        ...

    def read(self, text: str | None) -> str | None:
        """Return our id from what the exchange shows; another's comes back as it is."""
        ...


class AsTheyAre:
    """28 letters and digits are allowed."""

    def written(self, client_order_id: str) -> str:
        """Return it unchanged."""
        return client_order_id

    def read(self, text: str | None) -> str | None:
        """Return it unchanged."""
        return text


class Prefixed:
    """The exchange wants its own prefix in front."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def written(self, client_order_id: str) -> str:
        """Put it in front."""
        return self._prefix + client_order_id

    def read(self, text: str | None) -> str | None:
        """Take it away."""
        return text and text.removeprefix(self._prefix)


class NotKept:
    """Nobody knows whether the exchange keeps one, so none is sent and none is taken for ours."""

    def written(self, client_order_id: str) -> str:  # noqa: ARG002  the protocol's
        """Return nothing."""
        return ""

    def read(self, text: str | None) -> str | None:  # noqa: ARG002  the protocol's
        """Return nothing: what it shows is CCXT's or the exchange's own."""
        return None


class AsUuids:
    """Only UUIDs are allowed: four bytes say "meic", twelve are ours."""

    def written(self, client_order_id: str) -> str:
        """Return its UUID.

        Raises:
            InvalidInput: it is not one that this project made.
        """
        match = _OURS.fullmatch(client_order_id)
        if match is None:
            raise InvalidInput(f"client order id is {client_order_id!r}; expected 'meic' and 24 hexadecimal digits")
        digits = _TAG + match[1]
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

    def read(self, text: str | None) -> str | None:
        """Return what the UUID stands for."""
        match = _UUID.fullmatch((text or "").replace("-", "").lower())
        return f"meic{match[1]}" if match else text
