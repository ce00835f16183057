"""What needs no key, through an unmodified CCXT client, synchronous and asynchronous."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.venue.binance.conftest import SYMBOL, Exchange, ccxt, ccxt_async, keys, pointed


@pytest.fixture
def visitor(client: Callable[..., Exchange], endpoint: str, issuer: Exchange, buyer: Exchange) -> Exchange:
    """A client without a key, on a market that traded 3 at 16 and 2 at 17, bought, and 1 at 15, sold."""
    for price, amount in (("16", "3"), ("17", "10")):
        issuer.create_order(SYMBOL, "limit", "sell", amount, price)
    buyer.create_order(SYMBOL, "limit", "buy", "5", "17")
    buyer.create_order(SYMBOL, "limit", "buy", "4", "15")
    issuer.create_order(SYMBOL, "limit", "sell", "1", "15")
    return client(endpoint)


def test_the_book_shows_what_rests_with_the_number_of_its_last_change(visitor: Exchange) -> None:
    book = visitor.fetch_order_book(SYMBOL, 5)
    assert book["bids"] == [[15, 3]]
    assert book["asks"] == [[17, 8]]
    assert book["nonce"] == visitor.public_get_depth({"symbol": "NDAUUSDT"})["lastUpdateId"] > 0


def test_public_trades_tell_the_takers_side_and_are_read_on_by_id(visitor: Exchange) -> None:
    trades = visitor.fetch_trades(SYMBOL)
    assert [(trade["side"], trade["price"], trade["amount"]) for trade in trades] == [
        ("buy", "16.00000000", "3.00000000"),
        ("buy", "17.00000000", "2.00000000"),
        ("sell", "15.00000000", "1.00000000"),
    ]
    plain = visitor.fetch_trades(SYMBOL, None, 2, {"fetchTradesMethod": "publicGetTrades"})
    assert [trade["id"] for trade in plain] == [trade["id"] for trade in trades[1:]]
    onward = visitor.fetch_trades(SYMBOL, None, 1, {"fromId": trades[1]["id"]})
    assert [trade["id"] for trade in onward] == [trades[1]["id"]]
    since = visitor.fetch_trades(SYMBOL, trades[0]["timestamp"])
    assert [trade["id"] for trade in since] == [trade["id"] for trade in trades]


@pytest.mark.parametrize("timeframe", ["1m", "5m", "15m", "30m", "1h", "4h", "1d", "1w"])
def test_candles_hold_every_trade(visitor: Exchange, timeframe: str) -> None:
    candles = visitor.fetch_ohlcv(SYMBOL, timeframe)
    # The trades may fall on both sides of a minute's end.
    assert 1 <= len(candles) <= 2
    assert float(candles[0][1]) == 16
    assert float(candles[-1][4]) == 15
    assert max(float(candle[2]) for candle in candles) == 17
    assert min(float(candle[3]) for candle in candles) == 15
    assert sum(float(candle[5]) for candle in candles) == 6


def test_tickers_tell_the_day_and_the_best_prices(visitor: Exchange) -> None:
    ticker = visitor.fetch_ticker(SYMBOL)
    assert (ticker["open"], ticker["high"], ticker["low"], ticker["last"]) == (
        "16.00000000",
        "17.00000000",
        "15.00000000",
        "15.00000000",
    )
    assert (ticker["bid"], ticker["ask"], ticker["baseVolume"]) == ("15.00000000", "17.00000000", "6.00000000")
    assert (ticker["quoteVolume"], ticker["percentage"]) == ("97.00000000", "-6.250")
    assert set(visitor.fetch_tickers()) == {SYMBOL, "NDAU/BTC"}
    assert set(visitor.fetch_tickers([SYMBOL])) == {SYMBOL}
    assert visitor.fetch_bids_asks([SYMBOL])[SYMBOL]["bid"] == "15.00000000"
    assert visitor.fetch_last_prices([SYMBOL])[SYMBOL]["price"] == "15.00000000"


def test_a_market_without_trades_has_empty_answers_and_no_errors(visitor: Exchange) -> None:
    assert visitor.fetch_ohlcv("NDAU/BTC", "1h") == []
    assert visitor.fetch_trades("NDAU/BTC") == []
    assert visitor.fetch_order_book("NDAU/BTC")["bids"] == []
    assert float(visitor.fetch_ticker("NDAU/BTC")["last"] or 0) == 0


def test_the_time_is_the_venues(visitor: Exchange) -> None:
    assert abs(visitor.fetch_time() - time.time_ns() // 1_000_000) < 5_000
    assert visitor.public_get_ping() == {}
    assert visitor.fetch_status()["status"] == "ok"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda visitor: visitor.public_get_klines({"symbol": "NDAUUSDT", "interval": "7m"}), "Invalid interval"),
        (lambda visitor: visitor.public_get_klines({"symbol": "NDAUUSDT"}), "'interval' was not sent"),
        (lambda visitor: visitor.public_get_depth({"symbol": "NDAUUSDT", "limit": 0}), "'limit' is not valid"),
        (lambda visitor: visitor.public_get_depth(), "'symbol' was not sent"),
        (lambda visitor: visitor.public_get_aggtrades({"symbol": "NDAUUSDT", "fromId": "x"}), "'fromId'; legal range"),
        (lambda visitor: visitor.public_get_ticker_24hr({"symbols": "NDAUUSDT"}), "parameter 'symbols'"),
    ],
    ids=map(str, range(6)),
)
def test_a_wrong_question_is_refused_in_binances_words(
    visitor: Exchange, call: Callable[[Exchange], Any], words: str
) -> None:
    with pytest.raises(ccxt.BadRequest, match=words):
        call(visitor)


def test_the_asynchronous_client_sees_and_does_the_same(
    visitor: Exchange, endpoint: str, run: Callable[..., Any]
) -> None:
    async def scenario() -> None:
        exchange = pointed(ccxt_async.binance(keys("issuer")), endpoint)
        try:
            await exchange.load_markets()
            order = await exchange.create_order(SYMBOL, "limit", "sell", "2", "30", {"clientOrderId": "async"})
            found = await exchange.fetch_order(None, SYMBOL, {"clientOrderId": "async"})
            assert found["id"] == order["id"]
            assert (await exchange.cancel_order(order["id"], SYMBOL))["status"] == "canceled"
            assert len(await exchange.fetch_my_trades(SYMBOL)) == 3
            assert await exchange.fetch_order_book(SYMBOL) == visitor.fetch_order_book(SYMBOL)
            assert (await exchange.fetch_balance())["NDAU"]["used"] == "8.00000000"
        finally:
            await exchange.close()

    run(scenario())
