"""What CCXT made of an exchange's messages, as the domain's types; what cannot be understood exactly is refused whole.

Every number is text, read with the domain's own strict readers: no sign, no exponent, at most 8 digits of the token and 11
of dollars.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal, InvalidOperation

from app.domain.balances import Balance
from app.domain.errors import InvalidInput
from app.domain.fills import Fill, Side
from app.domain.money import MAX_AMOUNT, parse_dollars, parse_ndau
from app.domain.orders import Order, OrderState
from exchanges.ccxt.client_order_ids import WireIds
from exchanges.ccxt.errors import Malformed
from exchanges.ccxt.library import Raw
from exchanges.milliseconds import LAST_MILLISECOND, time_of

_ID = re.compile(r"[A-Za-z0-9_.:-]{1,63}")
_FEE = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?")
_FINAL = {"canceled", "cancelled", "expired", "rejected", "closed"}
_OPEN = {"open", "canceling", "pending", "queued", "cancel_queued", "edit_queued"}


@dataclass(frozen=True, slots=True)
class Trade:
    """One execution.

    Attributes:
        trade_id: the exchange's id with its order's: most exchanges number trades, not their sides, so that a trade of
            ours with ourselves would be two of one number.
    """

    trade_id: str
    order_id: str
    side: Side
    price_nanocents: int
    quantity_napu: int
    fee: str
    time_ms: int
    raw: str

    def as_fill(self) -> Fill:
        """Return it as the port reports it."""
        return Fill(
            fill_id=self.trade_id,
            exchange_order_id=self.order_id,
            side=self.side,
            price_nanocents=self.price_nanocents,
            quantity_napu=self.quantity_napu,
            fee=self.fee,
            executed_at=time_of(self.time_ms),
            raw=self.raw,
        )


def trade_of(unified: Raw, symbol: str) -> Trade:
    """Read one of our executions in a market.

    Raises:
        Malformed: a field is missing or wrong, or it is of another market.
    """
    _refuse_other_market(unified, symbol)
    side, order_id = _side(unified), id_of(unified, "order")
    # Bought tokens are never issued, and what a market buy got may have more digits than we can count.
    price, quantity = (parse_dollars, parse_ndau) if side is Side.SELL else (_rounded(11), _rounded(8))
    trade = Trade(
        trade_id=f"{id_of(unified, 'id')}:{order_id}",
        order_id=order_id,
        side=side,
        price_nanocents=_amount(unified, "price", price),
        quantity_napu=_amount(unified, "amount", quantity) or (side is Side.BUY),
        fee=_fee(unified),
        time_ms=_milliseconds(unified),
        raw=json.dumps(unified["info"]),
    )
    if not trade.quantity_napu:
        raise Malformed(f"trade {trade.trade_id} is of nothing")
    return trade


def order_of(unified: Raw, symbol: str, wire_ids: WireIds) -> Order:
    """Read one order of a market; what others' orders do not have (a market order has no price) is 0.

    Raises:
        Malformed: a field is missing or wrong, or it is of another market.
    """
    _refuse_other_market(unified, symbol)
    exchange_order_id = id_of(unified, "id")
    quantity = _amount_or_zero(unified, "amount", parse_ndau)
    filled = _amount_or_zero(unified, "filled", _rounded(8))
    if quantity and filled > quantity:
        raise Malformed(f"order {exchange_order_id} executed more than it asks for")
    return Order(
        exchange_order_id=exchange_order_id,
        client_order_id=wire_ids.read(unified["clientOrderId"] or None),
        side=_side(unified),
        price_nanocents=_amount_or_zero(unified, "price", parse_dollars),
        quantity_napu=quantity,
        filled_napu=filled,
        state=_state(unified, is_filled=filled == quantity),
        placed_at=time_of(_milliseconds(unified)),
    )


def balance_of(unified: Raw, asset: str) -> Balance:
    """Read what an account holds of an asset; digits beyond napu are cut off. An asset that is not listed is none.

    Raises:
        Malformed: a number is wrong, or missing.
    """
    account = unified.get(asset)
    if account is None:
        return Balance(0, 0)
    free, used, total = (account.get(name) for name in ("free", "used", "total"))
    if used is None and free is not None and total is not None:
        used = str(Decimal(total) - Decimal(free))
    amounts = {"free": free, "used": used}
    return Balance(_amount(amounts, "free", _rounded(8)), _amount(amounts, "used", _rounded(8)))


def id_of(unified: Raw, name: str) -> str:
    """Read an id.

    Raises:
        Malformed: it is missing, or would not fit the ledger.
    """
    value = unified.get(name)
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise Malformed(f"{name} is {value!r}; expected an id of at most 63 letters, digits and _ . : -")
    return str(value)


def _refuse_other_market(unified: Raw, symbol: str) -> None:
    if unified.get("symbol") != symbol:
        raise Malformed(f"symbol is {unified.get('symbol')!r}; asked for {symbol}")


def _side(unified: Raw) -> Side:
    try:
        return Side(str(unified.get("side")))
    except ValueError as error:
        raise Malformed(f"side is {unified.get('side')!r}; expected buy or sell") from error


def _state(unified: Raw, *, is_filled: bool) -> OrderState:
    status = str(unified.get("status")).lower()
    if status in _OPEN:
        return OrderState.OPEN
    if status not in _FINAL:
        raise Malformed(f"status is {status!r}; expected open, closed or canceled")
    # "closed" can be a partly filled one that was cancelled, and a late cancel of a filled one "canceled".
    return OrderState.FILLED if is_filled else OrderState.CANCELLED


def _amount(unified: Raw, name: str, parse: Callable[[str], int]) -> int:
    value = unified.get(name)
    if not isinstance(value, str):
        raise Malformed(f"{name} is {value!r}; expected a decimal number")
    try:
        return parse(value)
    except InvalidInput as error:
        raise Malformed(f"{name}: {error}") from error


def _amount_or_zero(unified: Raw, name: str, parse: Callable[[str], int]) -> int:
    return 0 if unified.get(name) is None else _amount(unified, name, parse)


def _rounded(digits: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        try:
            amount = int(Decimal(text).scaleb(digits).to_integral_value(ROUND_DOWN))
        except (InvalidOperation, ValueError, OverflowError) as error:
            raise InvalidInput(f"{text!r} is no decimal number") from error
        if not 0 <= amount <= MAX_AMOUNT:
            raise InvalidInput(f"{text!r} is out of bounds; expected 0 to {MAX_AMOUNT} units of 10^-{digits}")
        return amount

    return parse


def _milliseconds(unified: Raw) -> int:
    value = unified.get("timestamp")
    if not isinstance(value, int) or not 0 <= value <= LAST_MILLISECOND:
        raise Malformed(f"timestamp is {value!r}; expected milliseconds since 1970")
    return value


def _fee(unified: Raw) -> str:
    fees = [unified.get("fee") or {}, *(unified.get("fees") or [])]
    costs = [str(fee["cost"]) for fee in fees if fee.get("cost") is not None]
    paid = next((cost for cost in costs if cost.strip("0.")), "0")
    if not _FEE.fullmatch(paid):
        raise Malformed(f"fee is {paid[:40]!r}; expected a decimal number")
    return paid
