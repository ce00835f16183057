"""What a call of the API is, whichever way it comes: over HTTP or over the WebSocket API."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from venue.config import Permission
from venue.gateway.binance.parameters import Parameters

Json = str | int | bool | None | Sequence["Json"] | Mapping[str, "Json"]

Handler = Callable[[str, Parameters], Awaitable[Json]]
"""Takes the calling account's id, empty where no key is needed, and the call's parameters."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call.

    Attributes:
        path: over HTTP, from the root.
        method: over the WebSocket API, None where it has none of this.
        needs: what the key must allow, None where no key is needed.
        weight: of one request.
        is_order: whether it counts as a new order.
    """

    verb: str
    path: str
    handler: Handler
    weight: Callable[[Parameters], int]
    method: str | None = None
    needs: Permission | None = None
    is_order: bool = False

    @property
    def reads(self) -> bool:
        """Whether it only reads; then its answer has to wait until what it shows cannot be lost."""
        return self.needs != "trade"


def weighs(weight: int) -> Callable[[Parameters], int]:
    """Return the weight of a call whose parameters do not change it."""
    return lambda _: weight
