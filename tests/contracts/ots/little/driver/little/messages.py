"""What little says, as records; ValueError or InvalidInput for what it should never say."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.balances import Balance
from app.domain.fills import Fill, Side
from app.domain.money import parse_dollars, parse_ndau
from app.domain.orders import Order, OrderState
from exchanges import exact_json
from exchanges.exact_json import Json
from exchanges.milliseconds import LAST_MILLISECOND, milliseconds_of, time_of


@dataclass(frozen=True, slots=True)
class Trade:
    """A fill, with what tells its place in the list."""

    trade_id: str
    time_ms: int
    fill: Fill


def text(message: Json, name: str) -> str:
    """Return a field that must be there; a number as it was written."""
    if isinstance(message, dict) and isinstance(value := message.get(name), str):
        return value
    raise ValueError(f"{name} is no text or number")


def time(message: Json) -> datetime:
    milliseconds = int(text(message, "time_ms"))
    if not 0 <= milliseconds <= LAST_MILLISECOND:
        raise ValueError("time_ms is no time")
    return time_of(milliseconds)


def balance(message: Json) -> Balance:
    return Balance(parse_ndau(text(message, "available")), parse_ndau(text(message, "on_orders")))


def order(message: Json) -> Order:
    return Order(
        exchange_order_id=text(message, "id"),
        client_order_id=text(message, "client_id") or None,
        side=Side(text(message, "side")),
        price_nanocents=parse_dollars(text(message, "price")),
        quantity_napu=parse_ndau(text(message, "quantity")),
        filled_napu=parse_ndau(text(message, "filled")),
        state=OrderState(text(message, "state")),
        placed_at=time(message),
    )


def trade(message: Json) -> Trade:
    fill = Fill(
        fill_id=text(message, "id"),
        exchange_order_id=text(message, "order"),
        side=Side(text(message, "side")),
        price_nanocents=parse_dollars(text(message, "price")),
        quantity_napu=parse_ndau(text(message, "quantity")),
        fee=text(message, "fee"),
        executed_at=time(message),
        raw=exact_json.write(message),
    )
    return Trade(fill.fill_id, milliseconds_of(fill.executed_at), fill)
