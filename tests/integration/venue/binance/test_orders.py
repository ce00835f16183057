"""Orders, trades and balances through an unmodified CCXT client."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.venue.binance.conftest import SYMBOL, Exchange, ccxt


def test_markets_are_loaded_with_their_grid_and_minimums(
    client: Callable[..., Exchange], endpoint: str, issuer: Exchange
) -> None:
    for exchange in (client(endpoint), issuer):
        market = exchange.load_markets()[SYMBOL]
        assert market["active"]
        assert market["spot"]
        assert (market["precision"]["price"], market["precision"]["amount"]) == ("0.01000000", "0.01000000")
        assert market["limits"]["amount"]["min"] == "0.10000000"
        assert market["limits"]["cost"]["min"] == "1.00000000"
    assert set(issuer.markets) == {SYMBOL, "NDAU/BTC"}


def test_an_order_rests_trades_and_shows_everywhere_under_both_its_ids(issuer: Exchange, buyer: Exchange) -> None:
    sell = issuer.create_order(SYMBOL, "limit", "sell", "100", "16.81", {"clientOrderId": "offer-1"})
    assert (sell["status"], sell["clientOrderId"], sell["filled"]) == ("open", "offer-1", "0.00000000")
    buy = buyer.create_order(SYMBOL, "limit", "buy", "30.25", "17")
    assert (buy["status"], buy["filled"], buy["cost"]) == ("closed", "30.25000000", "508.50250000")
    (fill,) = buy["trades"]
    assert (fill["price"], fill["amount"], fill["fee"]["cost"]) == ("16.81000000", "30.25000000", "0.06050000")

    by_id = issuer.fetch_order(sell["id"], SYMBOL)
    assert issuer.fetch_order(None, SYMBOL, {"clientOrderId": "offer-1"}) == by_id
    assert (by_id["status"], by_id["remaining"], by_id["average"]) == ("open", "69.75", "16.81")
    assert [order["id"] for order in issuer.fetch_open_orders(SYMBOL)] == [sell["id"]]
    assert [order["clientOrderId"] for order in issuer.fetch_orders(SYMBOL)] == ["offer-1"]
    (sold,), (bought,) = issuer.fetch_my_trades(SYMBOL), buyer.fetch_my_trades(SYMBOL)
    assert (sold["order"], sold["side"], sold["takerOrMaker"]) == (sell["id"], "sell", "maker")
    assert sold["fee"] == {"cost": "0.50850250", "currency": "USDT"}
    assert (bought["id"], bought["order"], bought["side"]) == (fill["id"], buy["id"], "buy")
    assert sold["id"] != bought["id"]
    balance = issuer.fetch_balance()
    assert balance["NDAU"] == {"free": "999900.00000000", "used": "69.75000000", "total": "999969.75"}
    assert balance["USDT"]["free"] == "5507.99399750"


def test_cancelling_by_either_id_and_all_at_once_gives_back_what_was_frozen(issuer: Exchange) -> None:
    first = issuer.create_order(SYMBOL, "limit", "sell", "1", "20", {"clientOrderId": "one"})
    for name in ("two", "three", "four"):
        issuer.create_order(SYMBOL, "limit", "sell", "1", "20", {"clientOrderId": name})
    assert issuer.cancel_order(first["id"], SYMBOL)["status"] == "canceled"
    cancelled = issuer.cancel_order(None, SYMBOL, {"clientOrderId": "two"})
    assert cancelled["info"]["origClientOrderId"] == "two"
    rest = issuer.cancel_all_orders(SYMBOL)
    assert [order["info"]["origClientOrderId"] for order in rest] == ["three", "four"]
    assert issuer.fetch_open_orders(SYMBOL) == []
    assert issuer.fetch_balance()["NDAU"]["used"] == "0.00000000"
    assert {order["status"] for order in issuer.fetch_orders(SYMBOL)} == {"canceled"}


def test_a_client_order_id_is_refused_while_its_order_is_open_and_may_be_used_again_after(issuer: Exchange) -> None:
    first = issuer.create_order(SYMBOL, "limit", "sell", "1", "20", {"clientOrderId": "mine"})
    with pytest.raises(ccxt.InvalidOrder, match="Duplicate order sent"):
        issuer.create_order(SYMBOL, "limit", "sell", "1", "21", {"clientOrderId": "mine"})
    issuer.cancel_order(first["id"], SYMBOL)
    second = issuer.create_order(SYMBOL, "limit", "sell", "1", "20", {"clientOrderId": "mine"})
    assert issuer.fetch_order(None, SYMBOL, {"clientOrderId": "mine"})["id"] == second["id"]


def test_market_orders_take_what_is_there_and_the_rest_expires(issuer: Exchange, buyer: Exchange) -> None:
    for price in ("16", "17"):
        issuer.create_order(SYMBOL, "limit", "sell", "10", price)
    order = buyer.create_order(SYMBOL, "market", "buy", "12")
    assert (order["status"], order["filled"], order["cost"], len(order["trades"])) == (
        "closed",
        "12.00000000",
        "194.00000000",
        2,
    )
    by_money = buyer.create_order(SYMBOL, "market", "buy", None, None, {"quoteOrderQty": "34"})
    assert (by_money["filled"], by_money["cost"]) == ("2.00000000", "34.00000000")
    more_than_there_is = buyer.create_order(SYMBOL, "market", "buy", "100")
    assert (more_than_there_is["status"], more_than_there_is["filled"]) == ("expired", "6.00000000")
    assert (more_than_there_is["type"], more_than_there_is["info"]["price"]) == ("market", "0.00000000")
    nobody_there = buyer.create_order(SYMBOL, "market", "buy", "1")
    assert (nobody_there["status"], nobody_there["filled"]) == ("expired", "0.00000000")


def test_orders_that_must_rest_or_fill_at_once_do(issuer: Exchange, buyer: Exchange) -> None:
    issuer.create_order(SYMBOL, "limit", "sell", "10", "16", {"postOnly": True})
    with pytest.raises(ccxt.OrderImmediatelyFillable):
        buyer.create_order(SYMBOL, "limit", "buy", "1", "16", {"postOnly": True})
    expired = buyer.create_order(SYMBOL, "limit", "buy", "11", "16", {"timeInForce": "FOK"})
    assert (expired["status"], expired["filled"]) == ("expired", "0.00000000")
    part = buyer.create_order(SYMBOL, "limit", "buy", "11", "16", {"timeInForce": "IOC"})
    assert (part["status"], part["filled"]) == ("expired", "10.00000000")
    assert buyer.fetch_open_orders(SYMBOL) == []


def test_one_taker_with_several_makers_and_a_trade_with_oneself_have_a_trade_id_for_each_part(
    issuer: Exchange, buyer: Exchange
) -> None:
    for _ in range(3):
        issuer.create_order(SYMBOL, "limit", "sell", "1", "16")
    buyer.create_order(SYMBOL, "limit", "buy", "2", "16")
    issuer.create_order(SYMBOL, "limit", "buy", "1", "16")
    ids = [int(trade["id"]) for exchange in (issuer, buyer) for trade in exchange.fetch_my_trades(SYMBOL)]
    assert len(ids) == len(set(ids)) == 6
    assert {trade["side"] for trade in issuer.fetch_my_trades(SYMBOL)[-2:]} == {"buy", "sell"}


def test_own_trades_are_read_by_id_and_by_window_oldest_first(issuer: Exchange, buyer: Exchange) -> None:
    issuer.create_order(SYMBOL, "limit", "sell", "100", "16")
    for _ in range(5):
        buyer.create_order(SYMBOL, "limit", "buy", "1", "16")
    trades = issuer.fetch_my_trades(SYMBOL)
    ids = [trade["id"] for trade in trades]
    assert ids == sorted(ids, key=int)
    assert [trade["id"] for trade in issuer.fetch_my_trades(SYMBOL, limit=2)] == ids[-2:]
    assert [trade["id"] for trade in issuer.fetch_my_trades(SYMBOL, None, 2, {"fromId": ids[1]})] == ids[1:3]
    since = trades[0]["timestamp"]
    assert [trade["id"] for trade in issuer.fetch_my_trades(SYMBOL, since, 2)] == ids[:2]
    until = {"until": since + 86_400_001}
    with pytest.raises(ccxt.BadRequest, match="More than 24 hours"):
        issuer.fetch_my_trades(SYMBOL, since, None, until)
    with pytest.raises(ccxt.BadRequest, match="limit"):
        issuer.fetch_my_trades(SYMBOL, None, 1001)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (("limit", "buy", "1", "0.005"), ccxt.InvalidOrder, "PRICE_FILTER"),
        (("limit", "buy", "0.055", "100"), ccxt.InvalidOrder, "LOT_SIZE"),
        (("limit", "buy", "0.1", "9.99"), ccxt.BadRequest, "NOTIONAL"),
        (("limit", "buy", "1000", "1001"), ccxt.InsufficientFunds, "insufficient balance"),
        (("limit", "buy", "1", "20", {"clientOrderId": "no spaces"}), ccxt.BadRequest, "newClientOrderId"),
        (("limit", "buy", "1", "20", {"clientOrderId": "x" * 37}), ccxt.BadRequest, "newClientOrderId"),
        (("limit", "buy", "1", "20", {"icebergQty": "1"}), ccxt.BadRequest, "Not all sent parameters were read"),
        (("limit", "buy", "1", "20", {"timeInForce": "GTD"}), ccxt.BadRequest, "Invalid timeInForce"),
        (("limit", "buy", "1", "20", {"selfTradePreventionMode": "EXPIRE_BOTH"}), ccxt.BadRequest, "selfTrade"),
    ],
    ids=map(str, range(9)),
)
def test_an_order_that_breaks_a_rule_is_refused_in_binances_words(
    buyer: Exchange, arguments: tuple[Any, ...], error: type[Exception], words: str
) -> None:
    buyer.load_markets()
    # The client would round to the grid and hide what is to be seen here.
    buyer.amount_to_precision = buyer.price_to_precision = lambda _, value: value
    with pytest.raises(error, match=words):
        buyer.create_order(SYMBOL, *arguments)
    assert buyer.fetch_open_orders(SYMBOL) == []


def test_what_is_not_there_is_told_apart(issuer: Exchange, buyer: Exchange) -> None:
    order = issuer.create_order(SYMBOL, "limit", "sell", "1", "20")
    for exchange, order_id in ((issuer, "99"), (buyer, order["id"])):
        with pytest.raises(ccxt.OrderNotFound, match="-2013"):
            exchange.fetch_order(order_id, SYMBOL)
        with pytest.raises(ccxt.OrderNotFound, match="-2011"):
            exchange.cancel_order(order_id, SYMBOL)
    issuer.cancel_order(order["id"], SYMBOL)
    with pytest.raises(ccxt.OrderNotFound, match="-2011"):
        issuer.cancel_order(order["id"], SYMBOL)
    with pytest.raises(ccxt.BadSymbol):
        issuer.public_get_depth({"symbol": "NDAUEUR"})
