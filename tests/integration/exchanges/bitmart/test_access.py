"""Tokens, timestamps and signatures, as an exchange sees them."""

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
import requests

from app.domain.errors import AuthenticationFailed, ExchangeUnavailable, RateLimited
from app.domain.offers import Level
from exchanges.bitmart.key_file import ApiKey
from exchanges.bitmart.messages import error_words
from exchanges.bitmart.ots import BitmartOts
from exchanges.bitmart.signing import signature
from exchanges.bitmart.token import AccessToken
from exchanges.http import Http
from exchanges.redaction import Redaction
from tests.integration.exchanges.conftest import KEY
from tests.integration.exchanges.scripted_exchange import Answer, ScriptedExchange, as_json

NO_ORDERS = as_json({"orders": [], "total_pages": 0, "total_orders": 0, "current_page": 0})
AUTHENTICATION = "POST /v2/authentication"
EVENING = datetime(2026, 1, 1, 23, 50, tzinfo=UTC)


class TokenAtAnyTime:
    """An access token whose clock the test sets."""

    def __init__(self, exchange: ScriptedExchange) -> None:
        self.now = EVENING
        redaction = Redaction()
        self.http = Http(exchange.endpoint, 1.0, redaction, error_words)
        key = ApiKey(KEY["access"], KEY["secret"], KEY["memo"])
        self.token = AccessToken(key, self.http, redaction, lambda: self.now)

    def at(self, minutes: float) -> str:
        self.now = EVENING + timedelta(minutes=minutes)
        return self.token.current()


def test_we_prove_that_we_hold_the_secret_without_sending_it(exchange: ScriptedExchange, ots: BitmartOts) -> None:
    exchange.script("GET /v2/orders", NO_ORDERS)
    ots.open_orders()
    (call,) = exchange.made(AUTHENTICATION)
    assert parse_qs(call.body) == {
        "grant_type": ["client_credentials"],
        "client_id": [KEY["access"]],
        "client_secret": ["18b9beb027d9ee75202655f37344ea5829c5c0d66a0781bf642bb3e944cf5019"],
    }
    assert not any(KEY["secret"] in str(each) for each in exchange.calls)


def test_an_offer_is_sent_as_it_is_signed(exchange: ScriptedExchange, ots: BitmartOts) -> None:
    exchange.script("POST /v2/orders", as_json({"entrust_id": "17"}))
    assert ots.place_offer("ours-1", Level(100_100_000_000, 150_000_000)) == "17"
    (call,) = exchange.made("POST /v2/orders")
    body = json.loads(call.body)
    assert body == {"symbol": "NDAU_USDT", "side": "sell", "price": "1.001", "amount": "1.5"}
    assert call.headers["X-BM-SIGNATURE"] == signature(KEY["secret"], body)
    assert call.headers["X-BM-AUTHORIZATION"] == "Bearer token-1"


def test_timestamps_are_by_the_exchanges_clock(exchange: ScriptedExchange, ots: BitmartOts) -> None:
    exchange.clock_ahead_ms = 4000
    exchange.script("GET /v2/orders", NO_ORDERS)
    ots.open_orders()
    (call,) = exchange.made("GET /v2/orders")
    assert 2500 < int(call.headers["X-BM-TIMESTAMP"]) - time.time_ns() // 1_000_000 < 4500


def test_a_clock_that_is_far_off_stops_every_call_before_it_is_made(
    exchange: ScriptedExchange, ots: BitmartOts
) -> None:
    exchange.clock_ahead_ms = -7000
    with pytest.raises(ExchangeUnavailable, match=r"clock is -7\.0 s from this host's"):
        ots.place_offer("ours-1", Level(10**11, 10**8))
    assert {call.name for call in exchange.calls} == {"GET /v2/time"}
    assert ots.server_time() < datetime.now(UTC)


def test_a_refused_timestamp_is_mended_by_looking_at_the_clock_again(
    exchange: ScriptedExchange, ots: BitmartOts
) -> None:
    refusal = as_json({"message": "header X-BM-TIMESTAMP must be within 60 seconds"}, 400)
    exchange.script("POST /v2/orders", refusal, as_json({"entrust_id": 17}))
    assert ots.place_offer("ours-1", Level(10**11, 10**8)) == "17"
    assert len(exchange.made("GET /v2/time")) == 2


def test_a_token_that_the_exchange_forgot_is_replaced_once(exchange: ScriptedExchange, ots: BitmartOts) -> None:
    exchange.script("GET /v2/orders", as_json({"message": "unknown token"}, 401), NO_ORDERS)
    assert ots.open_orders() == ()
    tokens = [call.headers["X-BM-AUTHORIZATION"] for call in exchange.made("GET /v2/orders")]
    assert tokens == ["Bearer token-1", "Bearer token-2"]


@pytest.mark.parametrize("body", ["", "<html>Unauthorized</html>"])
def test_a_refused_token_is_replaced_whatever_the_refusal_looks_like(
    exchange: ScriptedExchange, ots: BitmartOts, body: str
) -> None:
    exchange.script("POST /v2/orders", Answer(body, 401), as_json({"entrust_id": 17}))
    assert ots.place_offer("ours-1", Level(10**11, 10**8)) == "17"


def test_an_account_that_stays_refused_fails_after_the_second_try(exchange: ScriptedExchange, ots: BitmartOts) -> None:
    exchange.script("GET /v2/orders", as_json({"message": "unknown token"}, 401))
    with pytest.raises(AuthenticationFailed, match="unknown token"):
        ots.open_orders()
    assert len(exchange.made("GET /v2/orders")) == 2


def test_a_refused_key_fails_at_once(exchange: ScriptedExchange, ots: BitmartOts) -> None:
    exchange.script(AUTHENTICATION, as_json({"message": "client_secret is wrong"}, 401))
    with pytest.raises(AuthenticationFailed, match="refuses the API key: client_secret is wrong"):
        ots.place_offer("ours-1", Level(10**11, 10**8))
    assert len(exchange.made(AUTHENTICATION)) == 1
    assert not exchange.made("POST /v2/orders")


def test_authentication_is_never_hammered(exchange: ScriptedExchange, ots: BitmartOts) -> None:
    exchange.script(AUTHENTICATION, as_json({"message": "try later"}, 503))
    for _ in range(5):
        with pytest.raises(ExchangeUnavailable):
            ots.open_orders()
    with pytest.raises(RateLimited, match="authentications: at most 5 weight in 60 seconds") as raised:
        ots.open_orders()
    assert 50 < raised.value.retry_after_seconds <= 64
    assert len(exchange.made(AUTHENTICATION)) == 5


def test_many_threads_share_one_token(exchange: ScriptedExchange, ots: BitmartOts) -> None:
    exchange.script("GET /v2/orders", NO_ORDERS)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: ots.open_orders(), range(24))) == [()] * 24
    assert len(exchange.made(AUTHENTICATION)) == 1


def test_a_token_is_replaced_before_it_ends_and_at_midnight(exchange: ScriptedExchange) -> None:
    account = TokenAtAnyTime(exchange)
    assert [account.at(minutes) for minutes in (0, 9.99)] == ["token-1"] * 2
    assert [account.at(minutes) for minutes in (10, 23.4)] == ["token-2"] * 2
    assert account.at(23.5) == "token-3"
    account.http.close()


def test_a_token_that_another_thread_replaced_is_not_dropped(exchange: ScriptedExchange) -> None:
    account = TokenAtAnyTime(exchange)
    first = account.at(0)
    account.token.forget(first)
    second = account.at(0)
    account.token.forget(first)
    assert account.at(0) == second != first
    account.http.close()


def session_of(ots: BitmartOts) -> requests.Session:
    with ots._client._http._sessions.lent() as session:
        return session


def test_a_forked_worker_opens_connections_of_its_own(exchange: ScriptedExchange, ots: BitmartOts) -> None:
    exchange.script("GET /v2/orders", NO_ORDERS)
    ots.open_orders()
    session = session_of(ots)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, b"other" if session_of(ots) is not session else b"same")
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        assert answer.read() == "other"
    assert session_of(ots) is session
