import json
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.domain.errors import (
    AuthenticationFailed,
    ExchangeRejected,
    ExchangeUnavailable,
    OutcomeUnknown,
    RateLimited,
)
from app.domain.money import parse_dollars, parse_ndau
from app.domain.offers import Level
from tests.integration.exchanges.ccxt.documented import NOW, OUR_ID, SECRET, Documented, answer, read
from tests.integration.exchanges.scripted_exchange import Answer, Drip, HangUp, Silence

LEVEL = Level(parse_dollars("16.85"), parse_ndau("100"))
NO_ANSWERS = {
    "silence": Silence(),
    "hang-up": HangUp(),
    "drip": Drip(),
    "cut": Answer('{"orderId":', promised=1000),
    "html": Answer("<html><body>502 Bad Gateway</body></html>"),
    "empty": Answer(""),
    "nan": Answer('{"orderId": NaN}'),
    "deep": Answer("[" * 100_000),
    "503": answer({"code": -1000, "msg": "try later"}, 503),
    "redirect": Answer("{}", 302, {"Location": "http://127.0.0.1:1/"}),
    "no-id": answer({"symbol": "NDAUUSDT"}),
    "list": answer([]),
    "number": Answer("17"),
}


@pytest.mark.parametrize("behaviour", NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_a_placement_without_a_proper_answer_has_an_unknown_outcome_and_is_sent_once(
    binance: Documented, behaviour: object
) -> None:
    assert binance.ots.market.symbol == "NDAU/USDT"
    binance.server.script("POST /api/v3/order", behaviour)  # type: ignore[arg-type]
    with pytest.raises(OutcomeUnknown, match="may have been done"):
        binance.ots.place_offer(OUR_ID, LEVEL)
    assert len(binance.server.made("POST /api/v3/order")) == 1


@pytest.mark.parametrize("behaviour", NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_a_reading_without_a_proper_answer_can_be_made_again(binance: Documented, behaviour: object) -> None:
    binance.server.script("GET /api/v3/order", behaviour)  # type: ignore[arg-type]
    with pytest.raises(ExchangeUnavailable):
        binance.ots.order("28457001")


def test_a_cancel_without_an_answer_has_an_unknown_outcome(binance: Documented) -> None:
    assert binance.ots.market.symbol == "NDAU/USDT"
    binance.server.script("DELETE /api/v3/order", HangUp())
    with pytest.raises(OutcomeUnknown):
        binance.ots.cancel_order("28457001")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("price", "-16.85"),
        ("price", "NaN"),
        ("price", "1e3"),
        ("price", "16.850000000001"),
        ("qty", "-1"),
        ("qty", "0.000000001"),
        ("qty", "0"),
        ("qty", ""),
        ("id", None),
        ("orderId", "../../etc"),
        ("time", None),
        ("time", 10**18),
        ("commission", "a lot"),
    ],
)
def test_a_trade_that_cannot_be_understood_exactly_is_refused_in_one_sentence(
    binance: Documented, field: str, value: object
) -> None:
    told = json.loads(json.dumps(read("binance", "trades")["answer"]))
    told[0][field] = value
    binance.server.script("GET /api/v3/myTrades", answer(told))
    with pytest.raises(ExchangeUnavailable, match=r"^our trades: "):
        list(binance.ots.read_fills(None, NOW))


def test_numbers_without_quotes_lose_no_digit(binance: Documented) -> None:
    text = json.dumps(read("binance", "trades")["answer"]).replace('"16.85000000"', "16.85000000001")
    binance.server.script("GET /api/v3/myTrades", Answer(text.replace('"2.50000000"', "2.00000001")))
    ((fill,),) = (page.fills for page in binance.ots.read_fills(None, NOW - timedelta(minutes=1)))
    assert (fill.price_nanocents, fill.quantity_napu) == (1685000000001, 200000001)


def test_another_order_than_the_one_asked_for_is_no_answer(binance: Documented) -> None:
    with pytest.raises(ExchangeUnavailable, match="the answer is order 28457001"):
        binance.ots.order("28457002")


def test_what_is_not_on_the_markets_grid_is_not_sent(binance: Documented) -> None:
    for level in (Level(parse_dollars("16.855"), parse_ndau("1")), Level(parse_dollars("16.85"), parse_ndau("0.15"))):
        with pytest.raises(ExchangeRejected, match="grid"):
            binance.ots.place_offer(OUR_ID, level)
    assert binance.server.made("POST /api/v3/order") == []


def test_the_markets_rules_are_read_again_after_a_refusal_and_not_at_every_call(binance: Documented) -> None:
    for _ in range(3):
        assert binance.ots.market.symbol == "NDAU/USDT"
    assert len(binance.server.made("GET /api/v3/exchangeInfo")) == 1
    binance.server.script("POST /api/v3/order", answer({"code": -1013, "msg": "Filter failure: PRICE_FILTER"}, 400))
    with pytest.raises(ExchangeRejected, match="PRICE_FILTER"):
        binance.ots.place_offer(OUR_ID, LEVEL)
    assert binance.ots.market.symbol == "NDAU/USDT"
    assert len(binance.server.made("GET /api/v3/exchangeInfo")) == 2


def test_rules_that_cannot_be_read_again_stay(binance: Documented) -> None:
    assert binance.ots.market.symbol == "NDAU/USDT"
    binance.server.script("POST /api/v3/order", answer({"code": -1013, "msg": "Filter failure: LOT_SIZE"}, 400))
    with pytest.raises(ExchangeRejected):
        binance.ots.place_offer(OUR_ID, LEVEL)
    binance.server.script("GET /api/v3/exchangeInfo", HangUp())
    assert binance.ots.market.symbol == "NDAU/USDT"


def test_a_symbol_that_the_exchange_does_not_have_is_told(binance: Documented) -> None:
    told = json.loads(json.dumps(read("binance", "markets")["answer"]).replace("NDAU", "BTC"))
    binance.server.script("GET /api/v3/exchangeInfo", answer(told))
    with pytest.raises(ExchangeRejected, match=r"exchanges\.north\.symbol is 'NDAU/USDT'; expected one of .*BTC/USDT"):
        _ = binance.ots.market


@pytest.mark.parametrize(
    ("filter_type", "field", "value", "words"),
    [
        ("LOT_SIZE", "stepSize", "0.000000001", "quantities go in steps"),
        ("PRICE_FILTER", "tickSize", "0.000000000001", "prices go in steps"),
        ("PRICE_FILTER", "tickSize", "0", "prices go in steps"),
    ],
)
def test_a_precision_beyond_our_integers_is_refused_in_one_sentence(
    binance: Documented, filter_type: str, field: str, value: str, words: str
) -> None:
    told = json.loads(json.dumps(read("binance", "markets")["answer"]))
    next(each for each in told["symbols"][0]["filters"] if each["filterType"] == filter_type)[field] = value
    binance.server.script("GET /api/v3/exchangeInfo", answer(told))
    with pytest.raises(ExchangeRejected, match=words):
        _ = binance.ots.market


def test_a_reading_whose_time_is_refused_is_made_once_more_with_a_new_measurement(binance: Documented) -> None:
    refused = answer({"code": -1021, "msg": "Timestamp for this request was 1000ms ahead of the server's time."}, 400)
    orders = read("binance", "open_orders")["answer"]
    binance.server.script("GET /api/v3/openOrders", refused, answer(orders))
    assert len(binance.ots.open_orders()) == 2
    assert len(binance.server.made("GET /api/v3/time")) == 2


def test_an_exchange_whose_clock_is_far_from_ours_is_not_used(binance: Documented) -> None:
    ahead = int(NOW.timestamp() * 1000) + 5500
    binance.server.script("GET /api/v3/time", answer({"serverTime": ahead}))
    with pytest.raises(ExchangeUnavailable, match="clock"):
        binance.ots.place_offer(OUR_ID, LEVEL)
    assert binance.server.made("POST /api/v3/order") == []


def test_our_timestamps_are_the_exchanges_time(binance: Documented) -> None:
    ahead = int(NOW.timestamp() * 1000) + 4000
    binance.server.script("GET /api/v3/time", answer({"serverTime": ahead}))
    binance.ots.open_orders()
    (call,) = binance.server.made("GET /api/v3/openOrders")
    assert f"timestamp={ahead}" in call.target


def test_a_ban_stops_all_calls_until_it_is_over(binance: Documented) -> None:
    binance.server.script(
        "GET /api/v3/openOrders", answer({"code": -1003, "msg": "Way too many requests"}, 418, Retry_After="120")
    )
    with pytest.raises(RateLimited) as raised:
        binance.ots.open_orders()
    assert raised.value.retry_after_seconds == 120
    with pytest.raises(RateLimited):
        binance.ots.balance()
    assert binance.server.made("GET /api/v3/account") == []


def test_a_withdrawn_key_is_told_even_after_it_worked(binance: Documented) -> None:
    assert binance.ots.open_orders()
    binance.server.script(
        "GET /api/v3/openOrders",
        answer({"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."}, 400),
    )
    with pytest.raises(AuthenticationFailed, match="refuses the API key"):
        binance.ots.open_orders()


def test_threads_share_no_connection_and_all_are_answered(binance: Documented) -> None:
    assert binance.ots.market.symbol == "NDAU/USDT"
    barrier = threading.Barrier(4)

    def look(_: int) -> int:
        barrier.wait(10)
        return len(binance.ots.open_orders())

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(look, range(4))) == [2, 2, 2, 2]
    assert len(binance.server.made("GET /api/v3/exchangeInfo")) == 1


def test_no_secret_is_logged_or_told_even_when_the_exchange_echoes_it(
    binance: Documented, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    binance.server.script(
        "GET /api/v3/openOrders", answer({"code": -1100, "msg": f"Illegal {SECRET} the-api-key"}, 400)
    )
    with pytest.raises(ExchangeRejected) as raised:
        binance.ots.open_orders()
    binance.server.script("GET /api/v3/openOrders", Answer(f"<html>{SECRET}"))
    with pytest.raises(ExchangeUnavailable) as unreadable:
        binance.ots.open_orders()
    shown = f"{raised.value} {unreadable.value} {caplog.text} {binance.ots!r} {vars(binance.ots)!r}"
    assert SECRET not in shown
    assert "the-api-key" not in shown


def test_weeks_without_a_sale_are_not_asked_for_at_every_poll(binance: Documented) -> None:
    binance.server.script("GET /api/v3/myTrades", answer([]))
    long_ago = NOW.replace(month=10)
    assert list(binance.ots.read_fills(None, long_ago)) == []
    first = len(binance.server.made("GET /api/v3/myTrades"))
    assert first > 30
    assert list(binance.ots.read_fills(None, long_ago)) == []
    assert len(binance.server.made("GET /api/v3/myTrades")) == first + 1


def test_a_slow_answer_does_not_hold_a_worker_for_ever(binance: Documented) -> None:
    assert binance.ots.market.symbol == "NDAU/USDT"
    binance.server.script("GET /api/v3/openOrders", Drip())
    began = time.monotonic()
    with pytest.raises(ExchangeUnavailable):
        binance.ots.open_orders()
    assert time.monotonic() - began < 5
