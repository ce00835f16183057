"""Trades as Binance shows them.

A trade's id is that of one order's part in a fill: the maker's and the taker's differ, and the public ones are the
takers'. An aggregate holds one trade.
"""

from venue.gateway.binance import amounts
from venue.gateway.binance.call import Json
from venue.gateway.binance.symbols import name_of
from venue.history import Trade
from venue.markets import Market
from venue.matching.orders import Side


def is_buyer_maker(taken: Trade) -> bool:
    """Tell whether the buyer of a trade, of which the taker's part is given, was the one who rested."""
    return taken.order.side is Side.SELL


def fee_asset(market: Market, trade: Trade) -> str:
    """Return the asset in which a trade's fee is: what its order receives."""
    return market.base if trade.order.side is Side.BUY else market.quote


def public_trade_answer(market: Market, trade: Trade) -> dict[str, Json]:
    """Return a trade of the market."""
    return {
        "id": trade.trade_id,
        "price": amounts.price(market, trade.price),
        "qty": amounts.quantity(market, trade.quantity),
        "quoteQty": amounts.cost(market, trade.price * trade.quantity),
        "time": trade.at_ms,
        "isBuyerMaker": is_buyer_maker(trade),
        "isBestMatch": True,
    }


def aggregate_answer(market: Market, trade: Trade) -> dict[str, Json]:
    """Return a trade of the market as an aggregate of one."""
    return {
        "a": trade.trade_id,
        "p": amounts.price(market, trade.price),
        "q": amounts.quantity(market, trade.quantity),
        "f": trade.trade_id,
        "l": trade.trade_id,
        "T": trade.at_ms,
        "m": is_buyer_maker(trade),
        "M": True,
    }


def own_trade_answer(market: Market, trade: Trade) -> dict[str, Json]:
    """Return a trade of the account."""
    return {
        "symbol": name_of(market),
        "id": trade.trade_id,
        "orderId": trade.order.order_id,
        "orderListId": -1,
        "price": amounts.price(market, trade.price),
        "qty": amounts.quantity(market, trade.quantity),
        "quoteQty": amounts.cost(market, trade.price * trade.quantity),
        "commission": amounts.text(trade.fee_units),
        "commissionAsset": fee_asset(market, trade),
        "time": trade.at_ms,
        "isBuyer": trade.order.side is Side.BUY,
        "isMaker": not trade.is_taker,
        "isBestMatch": True,
    }


def fill_answer(market: Market, trade: Trade) -> dict[str, Json]:
    """Return what a new order traded at once."""
    return {
        "price": amounts.price(market, trade.price),
        "qty": amounts.quantity(market, trade.quantity),
        "commission": amounts.text(trade.fee_units),
        "commissionAsset": fee_asset(market, trade),
        "tradeId": trade.trade_id,
    }
