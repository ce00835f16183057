"""Keys, signatures, clocks, permissions and limits."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.integration.venue.binance.conftest import SYMBOL, Exchange, Prepare, ccxt
from venue.config import LimitsConfig

Client = Callable[..., Exchange]


@pytest.mark.parametrize(
    ("others", "code"), [({"apiKey": "unknown"}, "-2015"), ({"secret": "wrong"}, "-1022")], ids=["key", "secret"]
)
def test_a_wrong_key_or_secret_is_refused_and_does_nothing(
    client: Client, endpoint: str, issuer: Exchange, others: dict[str, str], code: str
) -> None:
    impostor = client(endpoint, "issuer", **others)
    impostor.markets = issuer.load_markets()
    impostor.markets_by_id = issuer.markets_by_id
    for call in (impostor.private_get_account, lambda: impostor.create_order(SYMBOL, "limit", "sell", "1", "20")):
        with pytest.raises(ccxt.AuthenticationError, match=code):
            call()
    keyless = issuer.session.get(f"{endpoint}/api/v3/account?timestamp=1&signature=00", timeout=10)
    assert (keyless.status_code, keyless.json()["code"]) == (401, -2014)
    assert issuer.fetch_open_orders(SYMBOL) == []


@pytest.mark.parametrize(("shift_ms", "words"), [(-12_000, "outside of the recvWindow"), (12_000, "ahead of")])
def test_a_clock_that_is_off_is_told_and_a_longer_window_or_the_venues_time_helps(
    issuer: Exchange, shift_ms: int, words: str
) -> None:
    issuer.load_markets()
    own_time = issuer.milliseconds
    issuer.nonce = lambda: own_time() + shift_ms - issuer.options["timeDifference"]
    with pytest.raises(ccxt.InvalidNonce, match=words):
        issuer.private_get_account()
    if shift_ms < 0:
        assert issuer.private_get_account({"recvWindow": 60_000})["canTrade"]
    issuer.options["timeDifference"] = shift_ms
    assert issuer.private_get_account()["canTrade"]
    with pytest.raises(ccxt.ExchangeError, match="recvWindow must be less than 60000"):
        issuer.private_get_account({"recvWindow": 60_001})


def test_a_key_may_do_what_its_permissions_say(client: Client, endpoint: str, issuer: Exchange) -> None:
    auditor = client(endpoint, "auditor")
    told = auditor.sapi_get_account_apirestrictions()
    assert (told["enableReading"], told["enableSpotAndMarginTrading"], told["enableWithdrawals"]) == (
        True,
        False,
        False,
    )
    account = auditor.private_get_account()
    assert (account["canTrade"], account["canWithdraw"]) == (False, False)
    assert auditor.fetch_my_trades(SYMBOL) == []
    refusal = pytest.raises((ccxt.AuthenticationError, ccxt.DDoSProtection), match="-2015")
    with refusal:
        auditor.private_post_order({"symbol": "NDAUUSDT", "side": "SELL", "type": "MARKET", "quantity": "1"})
    with refusal:
        auditor.cancel_all_orders(SYMBOL)
    assert issuer.sapi_get_account_apirestrictions()["enableSpotAndMarginTrading"]
    fees = issuer.fetch_trading_fees()[SYMBOL]
    assert (fees["maker"], fees["taker"]) == ("0.00100000", "0.00200000")


def test_weights_are_binances_and_too_many_requests_lead_to_429_and_then_to_418(
    prepare: Prepare, client: Client
) -> None:
    process = prepare(LimitsConfig(weight_per_minute=100))
    process.start()
    endpoint = process.endpoints["north"]
    visitor = client(endpoint)
    used: list[int] = []

    def call(path: str) -> requests.Response:
        response: requests.Response = visitor.session.get(f"{endpoint}/api/v3/{path}", timeout=10)
        used.append(int(response.headers.get("X-MBX-USED-WEIGHT-1M", 0)))
        return response

    limits = call("exchangeInfo").json()["rateLimits"]
    assert limits[0] == {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 100}
    call("depth?symbol=NDAUUSDT&limit=500")
    if used == [20, 45]:  # else a minute has ended in between
        assert call("ping").headers["X-MBX-USED-WEIGHT-1M"] == "46"
    # Going on in whichever minute it is; 11 refusals in one minute are needed, and there are far more.
    answers = [call("exchangeInfo") for _ in range(40)]
    statuses = [answer.status_code for answer in answers]
    assert statuses.index(200) < statuses.index(429) < statuses.index(418)
    assert statuses[-1] == 418
    refused = answers[statuses.index(429)]
    assert refused.json()["code"] == -1003
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert 100 < int(answers[-1].headers["Retry-After"]) <= 120
    with pytest.raises(ccxt.DDoSProtection, match="418"):
        visitor.fetch_time()


def test_orders_are_counted_and_one_too_many_is_refused(prepare: Prepare, client: Client) -> None:
    process = prepare(LimitsConfig(orders_per_day=3))
    process.start()
    issuer = client(process.endpoints["north"], "issuer")
    counts: list[Any] = []
    for _ in range(3):
        issuer.create_order(SYMBOL, "limit", "sell", "1", "20")
        headers = issuer.last_response_headers
        counts.append((int(headers["X-Mbx-Order-Count-1d"]), int(headers["X-Mbx-Order-Count-10s"]) >= 1))
    assert counts == [(1, True), (2, True), (3, True)]
    with pytest.raises(ccxt.DDoSProtection, match=r"429.*-1015.*3 orders per 1 DAY"):
        issuer.create_order(SYMBOL, "limit", "sell", "1", "20")
    assert len(issuer.fetch_open_orders(SYMBOL)) == 3
