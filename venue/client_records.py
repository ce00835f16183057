"""What a venue tells a trader."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Holding:
    """What an account has of one asset."""

    available: Decimal
    frozen: Decimal


@dataclass(frozen=True, slots=True)
class DepthLevel:
    """One price and how much is offered or wanted there."""

    price: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Depth:
    """Both sides of a book, best prices first."""

    bids: tuple[DepthLevel, ...]
    asks: tuple[DepthLevel, ...]


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """One order of the account.

    Attributes:
        fees: None where the venue's API does not tell.
        status: 1 pending, 2 partially filled, 3 filled, 4 cancelled.
    """

    order_id: int
    side: str
    price: Decimal
    amount: Decimal
    executed: Decimal
    remaining: Decimal
    fees: Decimal | None
    status: int
    timestamp_ms: int


@dataclass(frozen=True, slots=True)
class OwnTrade:
    """One trade of the account."""

    trade_id: int
    order_id: int
    price: Decimal
    amount: Decimal
    fees: Decimal
    timestamp_ms: int


def levels_from(entries: list[dict[str, Any]]) -> tuple[DepthLevel, ...]:
    """Return one side of a depth answer."""
    return tuple(DepthLevel(Decimal(entry["price"]), Decimal(entry["amount"])) for entry in entries)


def order_from(entry: dict[str, Any]) -> PlacedOrder:
    """Return an order of an answer."""
    return PlacedOrder(
        int(entry["entrust_id"]),
        entry["side"],
        Decimal(entry["price"]),
        Decimal(entry["original_amount"]),
        Decimal(entry["executed_amount"]),
        Decimal(entry["remaining_amount"]),
        Decimal(entry["fees"]),
        int(entry["status"]),
        int(entry["timestamp"]),
    )


def trade_from(entry: dict[str, Any]) -> OwnTrade:
    """Return a trade of an answer."""
    return OwnTrade(
        int(entry["trade_id"]),
        int(entry["entrust_id"]),
        Decimal(entry["price"]),
        Decimal(entry["amount"]),
        Decimal(entry["fees"]),
        int(entry["timestamp"]),
    )
