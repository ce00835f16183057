"""Bitmart's messages as the domain's types; what cannot be understood exactly is refused whole.

Every number may come as a JSON number or as text. Both are read as text, with the domain's own strict readers: no sign,
no exponent, at most 8 digits of ndau and 11 of dollars.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Generic, TypeVar

from app.domain.balances import Balance
from app.domain.errors import InvalidInput
from app.domain.fills import Side
from app.domain.money import parse_dollars, parse_ndau
from app.domain.orders import Order, OrderState
from exchanges.exact_json import Json, write
from exchanges.milliseconds import LAST_MILLISECOND, time_of

T = TypeVar("T")

_STATES = {
    "1": OrderState.OPEN,
    "2": OrderState.OPEN,
    "3": OrderState.FILLED,
    "4": OrderState.CANCELLED,
}
_DIGITS = re.compile(r"[0-9]{1,18}")
_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_FEE = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?")


class Malformed(ValueError):
    """An answer that is none: a field is missing, or is not what the API documents."""


@dataclass(frozen=True, slots=True)
class Trade:
    """One execution as Bitmart lists it: without its side, which stands in its order."""

    trade_id: str
    order_id: str
    price_nanocents: int
    quantity_napu: int
    fee: str
    time_ms: int
    raw: str

    @property
    def executed_at(self) -> datetime:
        """The time of the execution by the exchange's clock, UTC."""
        return time_of(self.time_ms)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a listing; `total_pages` as the exchange counted when it answered."""

    items: tuple[T, ...]
    total_pages: int


def error_words(payload: Json) -> str | None:
    """Return what the exchange says is wrong, or None when the answer is not an error of its form."""
    words = payload.get("message") if isinstance(payload, dict) else None
    return words if isinstance(words, str) and words else None


def parse_server_time(payload: Json) -> int:
    """Read the exchange's clock, in milliseconds since 1970."""
    return _milliseconds(_object(payload), "server_time")


def parse_token(payload: Json) -> tuple[str, timedelta]:
    """Read an access token and how long it lasts."""
    fields = _object(payload)
    token = _text(fields, "access_token")
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise Malformed("access_token is not a token that a header can carry")
    return token, timedelta(seconds=_whole(fields, "expires_in", largest=31_536_000))


def parse_placed(payload: Json) -> str:
    """Read the id of an order just placed."""
    return _id(_object(payload), "entrust_id")


def parse_done(payload: Json) -> None:
    """Accept the empty object that says that a cancel was taken."""
    _object(payload)


def parse_order(payload: Json, symbol: str) -> Order:
    """Read one order of a market."""
    fields = _of_market(payload, symbol)
    order = Order(
        exchange_order_id=_id(fields, "entrust_id"),
        client_order_id=None,
        side=_choice(fields, "side", {side.value: side for side in Side}),
        price_nanocents=_amount(fields, "price", parse_dollars),
        quantity_napu=_amount(fields, "original_amount", parse_ndau),
        filled_napu=_amount(fields, "executed_amount", parse_ndau),
        state=_choice(fields, "status", _STATES),
        placed_at=time_of(_milliseconds(fields, "timestamp")),
    )
    if not order.filled_napu <= order.quantity_napu > 0:
        raise Malformed(f"order {order.exchange_order_id} executed more than it asks for, or asks for nothing")
    return order


def parse_trade(payload: Json, symbol: str) -> Trade:
    """Read one of our executions in a market."""
    fields = _of_market(payload, symbol)
    trade = Trade(
        trade_id=_id(fields, "trade_id"),
        order_id=_id(fields, "entrust_id"),
        price_nanocents=_amount(fields, "price", parse_dollars),
        quantity_napu=_amount(fields, "amount", parse_ndau),
        fee=_fee(fields),
        time_ms=_milliseconds(fields, "timestamp"),
        raw=write(payload),
    )
    if not trade.quantity_napu:
        raise Malformed(f"trade {trade.trade_id} is of nothing")
    return trade


def parse_orders(payload: Json, symbol: str) -> Page[Order]:
    """Read one page of orders."""
    return _page(payload, "orders", lambda item: parse_order(item, symbol))


def parse_trades(payload: Json, symbol: str) -> Page[Trade]:
    """Read one page of executions."""
    return _page(payload, "trades", lambda item: parse_trade(item, symbol))


def parse_wallet(payload: Json, asset: str) -> Balance:
    """Read what the account holds of an asset; one that is not listed is none."""
    if not isinstance(payload, list):
        raise Malformed("the wallet is no list")
    fields = next((each for each in map(_object, payload) if _text(each, "id") == asset), None)
    if fields is None:
        return Balance(0, 0)
    return Balance(_amount(fields, "available", parse_ndau), _amount(fields, "frozen", parse_ndau))


def _page(payload: Json, name: str, parse: Callable[[Json], T]) -> Page[T]:
    fields = _object(payload)
    items = fields.get(name)
    if not isinstance(items, list):
        raise Malformed(f"{name} is no list")
    return Page(tuple(map(parse, items)), _whole(fields, "total_pages"))


def _object(payload: Json) -> dict[str, Json]:
    if not isinstance(payload, dict):
        raise Malformed("the answer is no JSON object")
    return payload


def _of_market(payload: Json, symbol: str) -> dict[str, Json]:
    fields = _object(payload)
    if (found := _text(fields, "symbol")) != symbol:
        raise Malformed(f"symbol is {found[:40]!r}; asked for {symbol!r}")
    return fields


def _text(fields: Mapping[str, Json], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise Malformed(f"{name} is missing, or neither a number nor text")
    return value


def _id(fields: Mapping[str, Json], name: str) -> str:
    value = _text(fields, name)
    if not _ID.fullmatch(value):
        raise Malformed(f"{name} is {value[:40]!r}, which is no id")
    return value


def _whole(fields: Mapping[str, Json], name: str, *, largest: int = 10**18) -> int:
    value = _text(fields, name)
    if not _DIGITS.fullmatch(value) or int(value) > largest:
        raise Malformed(f"{name} is {value[:40]!r}; expected a whole number up to {largest}")
    return int(value)


def _milliseconds(fields: Mapping[str, Json], name: str) -> int:
    return _whole(fields, name, largest=LAST_MILLISECOND)


def _amount(fields: Mapping[str, Json], name: str, parse: Callable[[str], int]) -> int:
    try:
        return parse(_text(fields, name))
    except InvalidInput as error:
        raise Malformed(f"{name}: {error}") from error


def _fee(fields: Mapping[str, Json]) -> str:
    # Only kept for the record, and of either sign: a rebate is a negative fee.
    value = _text(fields, "fees")
    if not _FEE.fullmatch(value):
        raise Malformed(f"fees is {value[:40]!r}; expected a decimal number")
    return format(Decimal(value), "f")


def _choice(fields: Mapping[str, Json], name: str, choices: Mapping[str, T]) -> T:
    value = _text(fields, name)
    if value not in choices:
        raise Malformed(f"{name} is {value[:40]!r}; expected one of {', '.join(choices)}")
    return choices[value]
