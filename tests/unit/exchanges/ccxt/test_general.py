"""What is made of nothing but CCXT's declarations; no network."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from app.domain.errors import ExchangeUnavailable, InvalidInput
from app.domain.money import NANOCENTS_PER_DOLLAR, NAPU_PER_NDAU
from app.domain.offers import Level
from exchanges.ccxt.errors import Malformed
from exchanges.ccxt.general import general_dialect, tells_time
from exchanges.ccxt.library import Ccxt, Raw
from exchanges.ccxt.library import ccxt as library

Declare = Callable[..., str]
ccxt = library()
START = 1_700_000_000_000
MARKET = ccxt.Exchange().safe_market_structure(
    {"id": "NDAUUSDT", "symbol": "NDAU/USDT", "base": "NDAU", "quote": "USDT", "type": "spot", "spot": True}
)
DAY_MS = 86_400_000
LEVEL = Level(NANOCENTS_PER_DOLLAR, 10 * NAPU_PER_NDAU)


@pytest.fixture
def declare(monkeypatch: pytest.MonkeyPatch) -> Iterator[Declare]:
    """Has CCXT declare something else of an exchange that is otherwise Binance."""

    def declare(
        trades: Mapping[str, object] | None = None, has: Mapping[str, object] | None = None, **methods: object
    ) -> str:
        def describe(self: Ccxt) -> Any:
            told = ccxt.binance.describe(self)
            told["features"]["spot"]["fetchMyTrades"] |= trades or {}
            return self.deep_extend(told, {"has": has or {}}, {})

        north = type("north", (ccxt.binance,), {"describe": describe} | methods)
        monkeypatch.setattr(ccxt, "north", north, raising=False)
        general_dialect.cache_clear()
        return "north"

    yield declare
    general_dialect.cache_clear()


@pytest.mark.parametrize("exchange_id", ccxt.exchanges)
def test_every_exchange_of_ccxt_is_accepted_with_all_that_is_needed_or_refused_in_a_sentence(exchange_id: str) -> None:
    made = getattr(ccxt, exchange_id)()
    try:
        limits = general_dialect(exchange_id).limits
    except InvalidInput as error:
        said, _, why = str(error).partition(": ")
        assert said == f"{exchange_id} cannot be used through CCXT alone"
        assert len(why.split()) > 3
        return
    assert made.has["spot"]
    assert made.has["fetchMyTrades"] is made.has["fetchOrder"] is True
    assert limits.full_page == made.features["spot"]["fetchMyTrades"]["limit"] > 0
    assert 0 < limits.window_ms < DAY_MS
    assert limits.is_page_doubted
    assert not limits.has_cursor


def test_some_are_accepted_and_most_others_for_want_of_an_upper_bound_are_not() -> None:
    said = Counter[str]()
    for exchange_id in ccxt.exchanges:
        try:
            general_dialect(exchange_id)
        except InvalidInput as error:
            said[str(error).partition(": ")[2].partition(",")[0]] += 1
        else:
            said["accepted"] += 1
    assert said["accepted"] >= 10
    assert said["CCXT cannot ask it for trades up to a time"] >= 10


@pytest.mark.parametrize(
    ("trades", "has", "words"),
    [
        ({"limit": None}, {}, "declares no limit"),
        ({"untilDays": False}, {}, "up to a time"),
        ({"daysBack": 1}, {}, "the last 1 days only"),
        ({}, {"spot": False}, "no spot markets"),
        ({}, {"fetchOrder": False}, "lacks fetchOrder there"),
        ({}, {"fetchOpenOrders": "emulated", "cancelOrder": None}, "lacks cancelOrder, fetchOpenOrders there"),
    ],
)
def test_what_is_not_enough_is_refused(
    declare: Declare, trades: dict[str, object], has: dict[str, object], words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        general_dialect(declare(trades, has))
    assert general_dialect(declare()).limits.full_page == 1000


def test_an_upper_bound_that_is_declared_but_not_read_is_refused(declare: Declare) -> None:
    def fetch_my_trades(self: Ccxt, symbol: str, since: int, limit: int, params: Raw) -> object:
        rows = self.privateGetMyTrades({"symbol": symbol, "startTime": since, "limit": limit} | params)
        return self.parse_trades(rows, None, since, limit)

    with pytest.raises(InvalidInput, match="up to a time"):
        general_dialect(declare({"untilDays": 100_000}, fetch_my_trades=fetch_my_trades))


def test_trades_whose_number_ccxt_hides_are_refused(declare: Declare) -> None:
    def fetch_my_trades(self: Ccxt, symbol: str, since: int, limit: int, params: Raw) -> object:
        del since, limit
        return [
            self.parse_trade(row) for row in self.privateGetMyTrades({"symbol": symbol, "endTime": params["until"]})
        ]

    with pytest.raises(InvalidInput, match="does not show how many"):
        general_dialect(declare(fetch_my_trades=fetch_my_trades))


def test_a_clock_that_ccxt_cannot_ask_for_is_ours(declare: Declare) -> None:
    assert tells_time(declare())
    exchange_id = declare(has={"fetchTime": False})
    assert not tells_time(exchange_id)
    client = ccxt.north()
    assert abs(general_dialect(exchange_id).server_time(client) - client.milliseconds()) < 60_000


def row(number: int, time_ms: int, **other: object) -> Raw:
    sale = {
        "id": str(number),
        "orderId": str(number),
        "price": "1.00",
        "qty": "10.00",
        "isBuyer": False,
        "isMaker": True,
    }
    return {"symbol": "NDAUUSDT", "time": time_ms, "commission": "0", "commissionAsset": "USDT"} | sale | other


def order_row(number: int, status: str, **other: object) -> Raw:
    told = {"orderId": str(number), "price": "1.00", "origQty": "10.00", "executedQty": "10.00", "status": status}
    return {"symbol": "NDAUUSDT", "time": START, "side": "SELL", "type": "LIMIT", "clientOrderId": "x-1"} | told | other


class Answers:
    """What the exchange lists whatever it is asked for, and what it was asked."""

    def __init__(self, exchange_id: str) -> None:
        self.trades: list[Raw] = []
        self.open: list[Raw] = []
        self.orders: dict[str, Raw] = {}
        self.asked: list[Raw] = []
        self.client = getattr(ccxt, exchange_id)({"number": str})
        self.client.set_markets([MARKET])
        self.client.milliseconds = lambda: START + 60_000
        self.client.privateGetMyTrades = self._tell_trades
        self.client.privateGetOpenOrders = lambda _: self.open
        self.client.privateGetAllOrders = lambda _: []
        self.client.privateGetOrder = self._tell_order

    def _tell_trades(self, asked: Raw) -> list[Raw]:
        self.asked.append(asked)
        return [each for each in self.trades if asked["startTime"] <= each["time"] <= asked["endTime"]]

    def _tell_order(self, asked: Raw) -> Raw:
        return self.orders[asked["orderId"]]


def test_trades_are_asked_for_from_and_to_a_time_without_ccxts_paging(declare: Declare) -> None:
    answers, dialect = Answers(declare()), general_dialect("north")
    answers.trades = [row(1, START)]
    listing = dialect.trades(answers.client, MARKET, START - 10, START + 10, "")
    asked = {"symbol": "NDAUUSDT", "startTime": START - 10, "endTime": START + 10, "limit": 1000}
    assert [answers.asked[0][name] for name in asked] == list(asked.values())
    assert (len(answers.asked), listing.size, listing.cursor) == (1, 1, "")
    assert (listing.items[0]["id"], listing.items[0]["amount"]) == ("1", "10.00")


def test_a_page_counts_what_was_answered_and_not_what_ccxt_leaves_of_it(declare: Declare) -> None:
    answers, dialect = Answers(declare()), general_dialect("north")
    rows = [row(number, START - 1) for number in range(7)]
    answers.client.privateGetMyTrades = lambda _: rows
    assert answers.client.fetch_my_trades("NDAU/USDT", START) == []
    assert dialect.trades(answers.client, MARKET, START, START + 10, "").size == 7
    assert answers.client.fetch_my_trades("NDAU/USDT", START) == [], "only while it is asked"


@pytest.mark.parametrize("time_ms", [START - 3000, START + 63_000])
def test_trades_outside_the_time_asked_for_stop_the_reading(declare: Declare, time_ms: int) -> None:
    answers, dialect = Answers(declare()), general_dialect("north")
    answers.client.privateGetMyTrades = lambda _: [row(1, time_ms)]
    with pytest.raises(ExchangeUnavailable, match="does not keep to what CCXT declares of it"):
        dialect.trades(answers.client, MARKET, START, START + 60_000, "")


def test_a_full_page_of_open_orders_is_told_as_others_may_be_left_out(declare: Declare) -> None:
    answers, dialect = Answers(declare()), general_dialect("north")
    answers.open = [order_row(number, "NEW", executedQty="0") for number in range(99)]
    assert len(dialect.open_orders(answers.client, MARKET, "").items) == 99
    answers.open.append(order_row(99, "NEW", executedQty="0"))
    with pytest.raises(ExchangeUnavailable, match="lists 100 open orders"):
        dialect.open_orders(answers.client, MARKET, "")


def test_an_order_that_does_not_tell_what_it_sold_is_no_answer(declare: Declare) -> None:
    answers, dialect = Answers(declare()), general_dialect("north")
    answers.orders = {"1": order_row(1, "FILLED")}
    order = dialect.order(answers.client, MARKET, "1")
    assert dialect.read_order(answers.client, order, MARKET) == order
    with pytest.raises(Malformed, match="order '1' does not tell how much"):
        dialect.read_order(answers.client, order | {"filled": None}, MARKET)


def test_an_order_that_is_listed_nowhere_is_found_by_what_it_sold(declare: Declare) -> None:
    answers, dialect = Answers(declare()), general_dialect("north")
    assert dialect.find_alike is not None
    answers.orders = {"1": order_row(1, "FILLED")}
    # Orders 2 to 4 cannot be it, and are not asked for: there they would be a KeyError.
    answers.trades = [
        row(1, START + 1, qty="4.00"),
        row(2, START + 2, price="0.99"),
        row(3, START + 3, qty="10.01"),
        row(4, START + 4, isBuyer=True),
    ]
    found = dialect.find_alike(answers.client, MARKET, LEVEL, START)
    assert [each["id"] for each in found] == ["1"]
    answers.open = [order_row(5, "NEW", executedQty="0")]
    assert [each["id"] for each in dialect.find_alike(answers.client, MARKET, LEVEL, START)] == ["5", "1"]
