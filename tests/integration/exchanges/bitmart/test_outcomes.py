"""What becomes of a call when the exchange, or the way there, fails."""

import gzip
import json
import logging
import socket
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from app.domain.errors import (
    AuthenticationFailed,
    ExchangeRejected,
    ExchangeUnavailable,
    OutcomeUnknown,
    RateLimited,
)
from app.domain.offers import Level
from exchanges.bitmart.ots import BitmartOts
from tests.integration.exchanges.conftest import KEY
from tests.integration.exchanges.scripted_exchange import (
    Answer,
    Behaviour,
    Drip,
    HangUp,
    ScriptedExchange,
    Silence,
    as_json,
)

LEVEL = Level(101 * 10**9, 10 * 10**8)
ORDER = {
    "entrust_id": 7,
    "symbol": "NDAU_USDT",
    "timestamp": 1_600_000_000_123,
    "side": "sell",
    "price": "1.01",
    "fees": "0",
    "original_amount": "10",
    "executed_amount": "10",
    "remaining_amount": "0",
    "status": 3,
}
HTML = Answer("<html><body>Bad gateway</body></html>")

NO_ANSWERS: list[Behaviour] = [
    Silence(),
    HangUp(),
    Answer('{"entrust_id": ', promised=100),
    HTML,
    Answer(HTML.body, 502),
    Answer(HTML.body, 403),
    Answer(HTML.body, 404),
    Answer(""),
    Answer("NaN"),
    Answer("[" * 200_000),
    as_json({"message": "internal error"}, 500),
    as_json({"message": "upstream timed out"}, 408),
    as_json({"message": "system busy"}, 503),
    Answer("", 302, {"Location": "https://elsewhere.example.com/"}),
    as_json([]),
    as_json({"entrust_id": None}),
    as_json({"message": "Balance not enough"}),
]


@pytest.mark.parametrize("behaviour", NO_ANSWERS)
def test_an_offer_whose_answer_is_none_has_an_unknown_outcome(
    exchange: ScriptedExchange, ots: BitmartOts, behaviour: Behaviour
) -> None:
    exchange.script("POST /v2/orders", behaviour)
    with pytest.raises(OutcomeUnknown, match=r"placing a sell of 10 at 1\.01: .*; it may have been done"):
        ots.place_offer("ours-1", LEVEL)
    assert len(exchange.made("POST /v2/orders")) == 1


@pytest.mark.parametrize("behaviour", [*NO_ANSWERS[:8], as_json({"message": "internal error"}, 500), as_json([])])
def test_a_cancel_whose_answer_is_none_has_an_unknown_outcome(
    exchange: ScriptedExchange, ots: BitmartOts, behaviour: Behaviour
) -> None:
    exchange.script("DELETE /v2/orders/7", behaviour)
    with pytest.raises(OutcomeUnknown, match="cancelling order 7"):
        ots.cancel_order("7")
    assert len(exchange.made("DELETE /v2/orders/7")) == 1


@pytest.mark.parametrize("behaviour", NO_ANSWERS)
def test_reading_without_an_answer_can_be_tried_again(
    exchange: ScriptedExchange, ots: BitmartOts, behaviour: Behaviour
) -> None:
    exchange.script("GET /v2/orders/7", behaviour, as_json(ORDER))
    with pytest.raises(ExchangeUnavailable, match="order 7"):
        ots.order("7")
    assert ots.order("7").filled_napu == 10 * 10**8


def test_an_order_is_not_taken_for_another(exchange: ScriptedExchange, ots: BitmartOts) -> None:
    exchange.script("GET /v2/orders/8", as_json(ORDER))
    with pytest.raises(ExchangeUnavailable, match="entrust_id is 7; asked for 8"):
        ots.order("8")


def test_where_no_connection_opens_nothing_was_sent(build: Callable[[str], BitmartOts]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ExchangeUnavailable, match="no connection to"):
        build(f"http://127.0.0.1:{port}").place_offer("ours-1", LEVEL)


def test_an_exchange_that_is_gone_after_authentication_got_no_offer(
    exchange: ScriptedExchange, ots: BitmartOts
) -> None:
    exchange.script("GET /v2/orders/7", as_json(ORDER))
    ots.order("7")
    exchange.shutdown()
    exchange.socket.close()
    ots.close()
    with pytest.raises(ExchangeUnavailable, match="nothing was sent"):
        ots.place_offer("ours-1", LEVEL)


@pytest.mark.parametrize(("status", "error"), [(400, ExchangeRejected), (403, AuthenticationFailed)])
def test_a_refusal_is_definite_and_in_the_exchanges_words(
    exchange: ScriptedExchange, ots: BitmartOts, status: int, error: type[Exception]
) -> None:
    exchange.script("POST /v2/orders", as_json({"message": "Balance not enough"}, status))
    with pytest.raises(error, match="Balance not enough"):
        ots.place_offer("ours-1", LEVEL)


@pytest.mark.parametrize(
    ("retry_after", "seconds"), [("7", 7.0), ("0", 1.0), ("999999", 3600.0), ("soon", 60.0), ("-1", 60.0)]
)
def test_too_many_calls_say_how_long_to_wait(
    exchange: ScriptedExchange, ots: BitmartOts, retry_after: str, seconds: float
) -> None:
    exchange.script("POST /v2/orders", as_json({"message": "slow down"}, 429, Retry_After=retry_after))
    with pytest.raises(RateLimited, match="slow down") as raised:
        ots.place_offer("ours-1", LEVEL)
    assert raised.value.retry_after_seconds == seconds


def test_until_the_wait_is_over_no_such_call_is_made_but_others_are(
    exchange: ScriptedExchange, ots: BitmartOts
) -> None:
    exchange.script("POST /v2/orders", as_json({"message": "slow down"}, 429, Retry_After="30"))
    exchange.script("DELETE /v2/orders/7", as_json({}))
    for _ in range(2):
        with pytest.raises(RateLimited) as raised:
            ots.place_offer("ours-1", LEVEL)
        assert 29 < raised.value.retry_after_seconds <= 30
    assert len(exchange.made("POST /v2/orders")) == 1
    ots.cancel_order("7")


def test_an_order_that_is_no_longer_open_counts_as_cancelled(exchange: ScriptedExchange, ots: BitmartOts) -> None:
    exchange.script("DELETE /v2/orders/7", as_json({"message": "order is not open"}, 400))
    exchange.script("GET /v2/orders/7", as_json(ORDER))
    ots.cancel_order("7")
    assert len(exchange.made("GET /v2/orders/7")) == 1


def test_a_refused_cancel_of_an_open_order_is_told(exchange: ScriptedExchange, ots: BitmartOts) -> None:
    exchange.script("DELETE /v2/orders/7", as_json({"message": "market is halted"}, 400))
    exchange.script("GET /v2/orders/7", as_json(ORDER | {"status": 1, "executed_amount": "0"}))
    with pytest.raises(ExchangeRejected, match="market is halted"):
        ots.cancel_order("7")


def test_a_trade_beyond_our_precision_is_kept_in_the_log_and_stops_the_reading(
    exchange: ScriptedExchange, ots: BitmartOts, caplog: pytest.LogCaptureFixture
) -> None:
    page = (
        '{"total_trades": 1, "total_pages": 1, "current_page": 0, "trades": [{"symbol": "NDAU_USDT", "trade_id": 1, '
        '"entrust_id": 7, "timestamp": 1600000000123, "fees": 0, "price": 1.01, "amount": 0.123456789}]}'
    )
    exchange.script("GET /v2/trades", Answer(page))
    with caplog.at_level(logging.WARNING), pytest.raises(ExchangeUnavailable, match=r"amount: .* at most 8 fraction"):
        list(ots.read_fills(None, datetime(2020, 1, 1, tzinfo=UTC)))
    assert '"amount": 0.123456789' in caplog.text


def test_an_exchange_that_echoes_our_secrets_brings_none_into_logs_or_errors(
    exchange: ScriptedExchange, ots: BitmartOts, caplog: pytest.LogCaptureFixture
) -> None:
    secrets = (KEY["secret"], KEY["access"], "token-1")
    exchange.script("GET /v2/orders/7", Answer("<html>" + " ".join(secrets)), as_json({"message": str(secrets)}, 400))
    with caplog.at_level(logging.DEBUG, logger="exchanges"):
        with pytest.raises(ExchangeUnavailable) as unavailable:
            ots.order("7")
        with pytest.raises(ExchangeRejected) as rejected:
            ots.order("7")
    assert "<html>*** *** ***" in caplog.text
    told = caplog.text + str(unavailable.value) + str(rejected.value)
    assert not any(secret in told for secret in secrets)


def test_an_answer_without_end_is_cut_off(exchange: ScriptedExchange, ots: BitmartOts) -> None:
    exchange.script("GET /v2/orders/7", Answer("[" + " " * (17 * 2**20)))
    with pytest.raises(ExchangeUnavailable, match="cannot be read"):
        ots.order("7")


def test_an_answer_that_comes_too_slowly_is_not_waited_for(exchange: ScriptedExchange, ots: BitmartOts) -> None:
    exchange.script("GET /v2/orders/7", Drip())
    with pytest.raises(ExchangeUnavailable, match="cannot be read"):
        ots.order("7")


def test_a_compressed_answer_is_read_and_the_connection_kept(exchange: ScriptedExchange, ots: BitmartOts) -> None:
    # The largest and the smallest pieces that the decoder may have to wait for.
    long_order = json.dumps(ORDER | {"note": " " * 1_000_000})
    exchange.script(
        "GET /v2/orders/7",
        *(
            Answer(gzip.compress(body.encode()).decode("latin-1"), headers={"Content_Encoding": "gzip"})
            for body in (json.dumps(ORDER), long_order)
        ),
    )
    for _ in range(3):
        assert ots.order("7").filled_napu == 10 * 10**8
    assert len(exchange.connections) == 1
