import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.errors import ExchangeRejected, ExchangeUnavailable, InvalidInput
from app.ports.exchanges import RateSource
from exchanges import registry
from exchanges.ccxt.rates import _worth
from exchanges.config import RateConfig
from tests.integration.exchanges.ccxt.documented import read
from tests.integration.exchanges.scripted_exchange import Answer, ScriptedExchange, scripted_exchange

MARKETS, TICKER = "GET /0/public/AssetPairs", "GET /0/public/Ticker"


@pytest.fixture
def server() -> Iterator[ScriptedExchange]:
    with scripted_exchange() as one:
        (pair,) = read("kraken", "markets")["answer"]["result"].values()  # type: ignore[index]
        euro = pair | {"altname": "EURUSD", "wsname": "EUR/USD", "base": "ZEUR", "quote": "ZUSD"}
        one.script(MARKETS, answer({"error": [], "result": {"ZEURZUSD": euro}}))
        yield one


def answer(value: object, status: int = 200) -> Answer:
    return Answer(json.dumps(value), status, {})


def ticker(bid: object) -> Answer:
    """Kraken's ticker, as https://docs.kraken.com/api/docs/rest-api/get-ticker-information shows it."""
    euro = {
        "a": ["1.08130", "1000", "1000.000"],
        "b": [bid, "2000", "2000.000"],
        "c": ["1.08125", "10.00000000"],
        "v": ["100.0", "200.0"],
        "p": ["1.08", "1.08"],
        "t": [10, 20],
        "l": ["1.07", "1.07"],
        "h": ["1.09", "1.09"],
        "o": "1.08",
    }
    return answer({"error": [], "result": {"ZEURZUSD": euro}})


def source(server: ScriptedExchange, symbol: str = "EUR/USD") -> RateSource:
    return registry.build_rate_source(RateConfig("EUR", "ccxt", "kraken", symbol, server.endpoint))


def test_a_currency_is_worth_the_best_bid(server: ScriptedExchange) -> None:
    server.script(TICKER, ticker("1.081234567891"))
    euro = source(server)
    assert euro.name == "kraken EUR/USD"
    assert euro.worth_nanocents() == 108_123_456_789


@pytest.mark.parametrize("bid", ["0", "-1", "NaN", "Infinity", "much", None, "1e30"])
def test_a_bid_that_is_none_is_not_believed(server: ScriptedExchange, bid: object) -> None:
    server.script(TICKER, ticker(bid))
    with pytest.raises(ExchangeUnavailable, match=r"kraken EUR/USD|price of EUR/USD"):
        source(server).worth_nanocents()


def test_a_source_that_does_not_answer_is_unavailable(server: ScriptedExchange) -> None:
    server.script(TICKER, Answer("<html>", 503, {}))
    with pytest.raises(ExchangeUnavailable, match="the price of EUR/USD: HTTP 503"):
        source(server).worth_nanocents()


def test_a_market_that_is_not_there_is_told(server: ScriptedExchange) -> None:
    with pytest.raises(ExchangeRejected, match="kraken has no market CHF/USD; expected one such as EUR/USD"):
        source(server, "CHF/USD").worth_nanocents()


def test_a_price_of_long_ago_is_not_believed() -> None:

    long_ago = int((datetime.now(UTC) - timedelta(minutes=6)).timestamp() * 1000)
    with pytest.raises(ExchangeUnavailable, match="it stands still"):
        _worth("kraken EUR/USD", "1.08", long_ago)


@pytest.mark.parametrize(
    ("driver", "exchange_id", "words"),
    [
        ("bitmart", "", r"rates\.EUR\.driver is 'bitmart', which tells no rates"),
        ("ccxt", "nowhere", r"rates\.EUR\.id is 'nowhere'; expected one of: binance"),
        ("nothing", "", r"rates\.EUR\.driver is 'nothing'; expected one of"),
    ],
)
def test_settings_that_name_no_source_are_refused(driver: str, exchange_id: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        registry.build_rate_source(RateConfig("EUR", driver, exchange_id, "EUR/USD"))
