"""Everything that can change a venue's state, and its form in the journal.

A command carries the time at which it was accepted; ids follow from the order of the commands. So applying the same
commands again gives the same state, to the last id and timestamp.

A form in the journal is a JSON array: a tag, then the fields in order. Tags and fields are never changed, only added,
and an added field has a default: old journals must stay readable.
"""

import json
from collections.abc import Callable
from typing import NamedTuple

from venue.matching.orders import OrderType, Side, TimeInForce


class ListMarket(NamedTuple):
    """Open a market; sizes are decimal text, as in the configuration."""

    at_ms: int
    base: str
    quote: str
    price_tick: str
    quantity_step: str
    minimum_quantity: str
    minimum_notional: str = "0"


class SetFees(NamedTuple):
    """Fix the fees of the fills that follow, in millionths of what each side receives."""

    at_ms: int
    maker_millionths: int
    taker_millionths: int


class Deposit(NamedTuple):
    """Credit an account from genesis, once per key; the amount is in units of 10^-12."""

    at_ms: int
    key: str
    account: str
    asset: str
    amount: int


class PlaceOrder(NamedTuple):
    """Place an order; price in ticks, quantity in steps. A market order's price is the worst that it takes."""

    at_ms: int
    account: str
    symbol: str
    side: Side
    price: int
    quantity: int
    time_in_force: TimeInForce
    client_order_id: str = ""
    order_type: OrderType = OrderType.LIMIT


class CancelOrder(NamedTuple):
    """Cancel what remains of an account's order."""

    at_ms: int
    account: str
    order_id: int


Command = ListMarket | SetFees | Deposit | PlaceOrder | CancelOrder


def _place_order(  # noqa: PLR0917  the fields as the journal holds them
    at_ms: int,
    account: str,
    symbol: str,
    side: str,
    price: int,
    quantity: int,
    time_in_force: str,
    client_order_id: str = "",
    order_type: str = OrderType.LIMIT.value,
) -> PlaceOrder:
    return PlaceOrder(
        at_ms,
        account,
        symbol,
        Side(side),
        price,
        quantity,
        TimeInForce(time_in_force),
        client_order_id,
        OrderType(order_type),
    )


_TAGS: dict[type[Command], str] = {ListMarket: "M", SetFees: "F", Deposit: "D", PlaceOrder: "P", CancelOrder: "C"}
_MAKERS: dict[str, Callable[..., Command]] = {
    "M": ListMarket,
    "F": SetFees,
    "D": Deposit,
    "P": _place_order,
    "C": CancelOrder,
}

_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


def encoded(command: Command) -> bytes:
    """Return a command as one line of JSON."""
    return _encode((_TAGS[type(command)], *command)).encode()


def decoded(text: bytes) -> Command:
    """Return the command of a line.

    Raises:
        ValueError: it is no command that this version knows.
    """
    try:
        tag, *fields = json.loads(text)
        return _MAKERS[tag](*fields)
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a command: {text[:200]!r}") from error
