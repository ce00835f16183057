"""The gateway's answers and refusals, byte for byte."""

import json
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
import requests

from venue.client import TraderClient
from venue.config import LimitsConfig
from venue.gateway.bitmart.signatures import client_secret, message_of, signature

FORM = {
    "grant_type": "client_credentials",
    "client_id": "2b",
    "client_secret": client_secret("2b", "buyer-secret", "two"),
}
ORDER = {"symbol": "NDAU_USDT", "side": "buy", "price": "2", "amount": "3"}


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture
def url(venue: Any) -> str:
    endpoint: str = venue.endpoints["north"]
    return endpoint


@pytest.fixture
def headers(session: requests.Session, url: str) -> dict[str, str]:
    token = session.post(f"{url}/v2/authentication", data=FORM).json()["access_token"]
    return {
        "X-BM-AUTHORIZATION": f"Bearer {token}",
        "X-BM-TIMESTAMP": str(int(time.time() * 1000)),
        "X-BM-SIGNATURE": signature("buyer-secret", message_of(ORDER)),
    }


def refusal(response: requests.Response) -> tuple[int, str]:
    return response.status_code, response.json()["message"]


def test_authentication_gives_a_token_for_at_most_15_minutes(session: requests.Session, url: str) -> None:
    answer = session.post(f"{url}/v2/authentication", data=FORM).json()
    assert set(answer) == {"access_token", "expires_in"}
    assert answer["access_token"].startswith("m261")
    assert 0 < answer["expires_in"] <= 900


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"client_secret": "0" * 64}, 401, "client_secret must be hex(HMAC_SHA256(secret, access:secret:memo))"),
        ({"client_id": "zz"}, 401, "client_id is not a known access key"),
        ({"grant_type": "password"}, 400, "grant_type must be client_credentials"),
        ({"client_id": ""}, 400, "parameter client_id is missing"),
    ],
)
def test_a_wrong_authentication_is_refused(
    session: requests.Session, url: str, change: dict[str, str], status: int, words: str
) -> None:
    assert refusal(session.post(f"{url}/v2/authentication", data=FORM | change)) == (status, words)


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"X-BM-AUTHORIZATION": None}, 401, "header X-BM-AUTHORIZATION must be 'Bearer <access token>'"),
        ({"X-BM-AUTHORIZATION": "Basic x"}, 401, "header X-BM-AUTHORIZATION must be 'Bearer <access token>'"),
        ({"X-BM-AUTHORIZATION": "Bearer x"}, 401, "the access token is not known: authenticate again"),
        ({"X-BM-TIMESTAMP": None}, 400, "header X-BM-TIMESTAMP must be the time in milliseconds since 1970"),
        ({"X-BM-TIMESTAMP": "now"}, 400, "header X-BM-TIMESTAMP must be the time in milliseconds since 1970"),
        ({"X-BM-TIMESTAMP": "1600000000000"}, 400, "header X-BM-TIMESTAMP must be within 60 seconds of /v2/time"),
        ({"X-BM-SIGNATURE": None}, 401, "header X-BM-SIGNATURE is missing"),
        (
            {"X-BM-SIGNATURE": "0" * 64},
            401,
            "header X-BM-SIGNATURE must be hex(HMAC_SHA256(secret, 'amount=3&price=2&side=buy&symbol=NDAU_USDT'))",
        ),
    ],
)
def test_an_order_without_proof_of_who_sends_it_is_refused(  # noqa: PLR0917  three fixtures, three parameters
    session: requests.Session,
    url: str,
    headers: dict[str, str | None],
    change: dict[str, str | None],
    status: int,
    words: str,
) -> None:
    response = session.post(f"{url}/v2/orders", json=ORDER, headers=headers | change)
    assert refusal(response) == (status, words)
    accepted = session.post(f"{url}/v2/orders", json=ORDER, headers=headers)
    assert accepted.json() == {"entrust_id": 1}


def test_a_signature_covers_numbers_as_they_were_written(
    session: requests.Session, url: str, headers: dict[str, str]
) -> None:
    body = '{"symbol":"NDAU_USDT","side":"buy","price":2.50,"amount":3}'
    headers["X-BM-SIGNATURE"] = signature("buyer-secret", "amount=3&price=2.50&side=buy&symbol=NDAU_USDT")
    response = session.post(f"{url}/v2/orders", data=body, headers=headers)
    assert response.json() == {"entrust_id": 1}


def test_cancelling_is_signed_over_the_order_id(session: requests.Session, url: str, headers: dict[str, str]) -> None:
    session.post(f"{url}/v2/orders", json=ORDER, headers=headers)
    assert session.delete(f"{url}/v2/orders/1", headers=headers).status_code == 401
    headers["X-BM-SIGNATURE"] = signature("buyer-secret", "entrust_id=1")
    response = session.delete(f"{url}/v2/orders/1", headers=headers)
    assert (response.status_code, response.json()) == (200, {})


def test_orders_and_trades_have_the_fields_of_the_reference_and_mixed_numbers(
    session: requests.Session, url: str, headers: dict[str, str], trader: Callable[..., TraderClient]
) -> None:
    trader("issuer", url).place("sell", Decimal("1.5"), Decimal("3.1"))
    session.post(f"{url}/v2/orders", json=ORDER, headers=headers)
    query = {"symbol": "NDAU_USDT", "offset": "0", "limit": "10"}
    orders = session.get(f"{url}/v2/orders", params=query | {"status": "3"}, headers=headers).json()
    assert orders.pop("orders")[0] | {"timestamp": 0} == {
        "entrust_id": 2,
        "symbol": "NDAU_USDT",
        "timestamp": 0,
        "side": "buy",
        "price": "2.00",
        "fees": "0",
        "original_amount": "3.00",
        "executed_amount": "3.00",
        "remaining_amount": "0.00",
        "status": 3,
    }
    assert orders == {"total_pages": 1, "total_orders": 1, "current_page": 0}
    content = session.get(f"{url}/v2/trades", params=query, headers=headers).content
    trades = json.loads(content, parse_float=str)
    assert trades.pop("trades")[0] | {"timestamp": 0} == {
        "symbol": "NDAU_USDT",
        "amount": "3.00",
        "fees": 0,
        "trade_id": 2,
        "price": "1.50",
        "active": True,
        "entrust_id": 2,
        "timestamp": 0,
    }
    assert b'"price":1.50,' in content
    assert trades == {"total_trades": 1, "total_pages": 1, "current_page": 0}
    assert session.get(f"{url}/v2/wallet", headers=headers).json() == [
        {"id": "NDAU", "name": "NDAU", "available": "503.00", "frozen": "0.00"},
        {"id": "USDT", "name": "USDT", "available": "999996.00", "frozen": "0.00"},
    ]


def test_market_data_needs_no_key(session: requests.Session, url: str, trader: Callable[..., TraderClient]) -> None:
    issuer, buyer = trader("issuer", url), trader("buyer", url)
    for price in ("3", "2.5", "2.5"):
        issuer.place("sell", Decimal(price), Decimal(4))
    buyer.place("buy", Decimal("2.5"), Decimal(1))
    buyer.place("buy", Decimal("1.25"), Decimal(2))
    assert session.get(f"{url}/v2/symbols").json() == ["NDAU_USDT"]
    assert session.get(f"{url}/v2/symbols_details").json()[0]["price_max_precision"] == 2
    assert session.get(f"{url}/v2/symbols/NDAU_USDT/orders").json() == {
        "buys": [{"price": "1.25", "amount": "2.00", "total": "2.00", "count": "1"}],
        "sells": [
            {"price": "2.50", "amount": "7.00", "total": "7.00", "count": "2"},
            {"price": "3.00", "amount": "4.00", "total": "11.00", "count": "1"},
        ],
    }
    assert session.get(f"{url}/v2/ticker", params={"symbol": "NDAU_USDT"}).json() == {
        "symbol_id": "NDAU_USDT",
        "current_price": "2.50",
        "highest_price": "2.50",
        "lowest_price": "2.50",
        "volume": "1.00",
        "base_volume": "2.5",
        "fluctuation": "+0.0000",
        "bid_1": "1.25",
        "bid_1_amount": "2.00",
        "ask_1": "2.50",
        "ask_1_amount": "7.00",
    }
    assert abs(session.get(f"{url}/v2/time").json()["server_time"] - time.time() * 1000) < 60_000


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/v2/nothing", 404, "GET /v2/nothing: Not Found"),
        ("/v2/authentication", 405, "GET /v2/authentication: Method Not Allowed"),
        ("/v2/symbols/NDAU_ETH/orders", 404, "symbol 'NDAU_ETH' is not traded here"),
        ("/v2/orders?symbol=NDAU_USDT", 400, "parameter status is missing"),
        ("/v2/orders?status=5", 400, "parameter symbol is missing"),
        ("/v2/orders/x", 400, "entrust_id must be a whole number, not 'x'"),
        ("/v2/trades?symbol=NDAU_USDT&limit=5000", 400, "limit must be from 1 to 1000, not 5000"),
        (
            "/v2/orders?symbol=NDAU_USDT&status=9",
            400,
            "status must be 1 pending, 2 partially filled, 3 filled, 4 cancelled or 5 open",
        ),
    ],
)
def test_a_wrong_call_is_told_what_is_wrong(  # noqa: PLR0917  three fixtures, three parameters
    session: requests.Session, url: str, headers: dict[str, str], path: str, status: int, words: str
) -> None:
    assert refusal(session.get(url + path, headers=headers)) == (status, words)


def test_a_body_larger_than_any_call_needs_is_refused(
    session: requests.Session, url: str, headers: dict[str, str]
) -> None:
    response = session.post(f"{url}/v2/orders", data=b" " * 70_000, headers=headers)
    assert refusal(response) == (413, "a body may have at most 65536 bytes")


def test_one_call_too_many_is_told_when_to_come_back(prepare: Callable[..., Any], session: requests.Session) -> None:
    process = prepare("north", limits=LimitsConfig(requests_per_minute=2))
    process.start()
    url = process.endpoints["north"] + "/v2/time"
    assert [session.get(url).status_code for _ in range(2)] == [200, 200]
    refused = session.get(url)
    assert refusal(refused) == (429, "at most 2 requests a minute")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
