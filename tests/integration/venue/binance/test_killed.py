"""A venue that is killed keeps every client order id and trade id that it told."""

import signal
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.integration.venue.binance.conftest import SYMBOL, Exchange, Prepare
from venue.binance_client import BinanceTraderClient
from venue.client import CallFailed, VenueUnreachable
from venue.client_records import Depth, DepthLevel

Own = Callable[[str, str], BinanceTraderClient]


def state_of(*exchanges: Exchange) -> list[Any]:
    calls = ("fetch_orders", "fetch_open_orders", "fetch_my_trades", "fetch_ohlcv", "fetch_order_book", "fetch_trades")
    return [[getattr(exchange, call)(SYMBOL) for call in calls] + [exchange.fetch_balance()] for exchange in exchanges]


def test_after_a_kill_every_answer_is_what_it_was(prepare: Prepare, client: Callable[..., Exchange]) -> None:
    process = prepare()
    process.start()
    issuer, buyer = (client(process.endpoints["north"], name) for name in ("issuer", "buyer"))
    for number in range(6):
        issuer.create_order(SYMBOL, "limit", "sell", "2", str(16 + number), {"clientOrderId": f"offer-{number}"})
    buyer.create_order(SYMBOL, "limit", "buy", "5", "18")
    buyer.create_order(SYMBOL, "market", "buy", "2")
    buyer.create_order(SYMBOL, "limit", "buy", "1", "19", {"timeInForce": "FOK"})
    issuer.cancel_order(None, SYMBOL, {"clientOrderId": "offer-5"})
    before = state_of(issuer, buyer)
    process.end(signal.SIGKILL)
    process.start()
    issuer, buyer = (client(process.endpoints["north"], name) for name in ("issuer", "buyer"))
    assert state_of(issuer, buyer) == before
    assert issuer.fetch_order(None, SYMBOL, {"clientOrderId": "offer-5"})["status"] == "canceled"
    with pytest.raises(Exception, match="Duplicate order sent"):
        issuer.create_order(SYMBOL, "limit", "sell", "1", "30", {"clientOrderId": "offer-4"})
    issuer.create_order(SYMBOL, "limit", "sell", "1", "30", {"clientOrderId": "offer-5"})


def place_until_killed(trader: BinanceTraderClient, side: str, told: list[int]) -> None:
    try:
        for number in range(100_000):
            order_id = trader.place(side, Decimal(16 + number % 3), Decimal("0.5"))
            told.append(order_id)
    except VenueUnreachable:
        return


def test_killed_under_load_it_loses_no_order_it_told_and_doubles_no_trade(prepare: Prepare, own_client: Own) -> None:
    process = prepare()
    process.start()
    endpoint = process.endpoints["north"]
    told: dict[str, list[int]] = {"issuer": [], "buyer": []}
    threads = [
        threading.Thread(target=place_until_killed, args=(own_client(endpoint, account), side, told[account]))
        for account, side in (("issuer", "sell"), ("buyer", "buy"))
    ]
    observer = own_client(endpoint, "issuer")
    seen: set[int] = set()
    for thread in threads:
        thread.start()
    while len(told["issuer"]) + len(told["buyer"]) < 80:
        seen |= {trade.trade_id for trade in observer.trades(limit=1000)}
    process.end(signal.SIGKILL)
    for thread in threads:
        thread.join()
    process.start()
    clients = {account: own_client(process.endpoints["north"], account) for account in told}
    trades = {account: [trade.trade_id for trade in each.all_trades()] for account, each in clients.items()}
    assert seen <= set(trades["issuer"])
    fills = [[(trade_id + 1) // 2 for trade_id in ids] for ids in trades.values()]
    assert fills[0] == fills[1] == sorted(set(fills[0]))
    for account, each in clients.items():
        for order_id in told[account]:
            assert each.order(order_id).order_id == order_id


def test_the_traders_own_client_does_what_a_trader_does(prepare: Prepare, own_client: Own) -> None:
    process = prepare()
    process.start()
    issuer, buyer = (own_client(process.endpoints["north"], name) for name in ("issuer", "buyer"))
    sell = issuer.place("sell", Decimal("16.81"), Decimal(100))
    bid = buyer.place("buy", Decimal(16), Decimal(1))
    depth = buyer.depth()
    assert depth == Depth((DepthLevel(Decimal(16), Decimal(1)),), (DepthLevel(Decimal("16.81"), Decimal(100)),))
    taken = buyer.place("buy", Decimal(17), Decimal("30.25"))
    assert buyer.order(taken).status == 3
    assert (issuer.order(sell).status, issuer.order(sell).remaining) == (2, Decimal("69.75"))
    assert [order.order_id for order in buyer.open_orders()] == [bid]
    buyer.cancel(bid)
    assert buyer.order(bid).status == 4
    with pytest.raises(CallFailed, match="400: Unknown order sent"):
        buyer.cancel(bid)
    assert issuer.balances()["NDAU"].frozen == Decimal("69.75")
    for _ in range(3):
        buyer.place("buy", Decimal(17), Decimal(1))
    newest_first = issuer.trades()
    assert [trade.amount for trade in newest_first] == [1, 1, 1, Decimal("30.25")]
    assert list(issuer.all_trades()) == newest_first[::-1]
    assert [trade.trade_id for trade in issuer.trades(limit=1)] == [newest_first[0].trade_id]


def test_it_ends_cleanly_and_at_once_with_streams_open(prepare: Prepare, own_client: Own) -> None:
    process = prepare()
    process.start()
    endpoint = process.endpoints["north"]
    with connect(endpoint.replace("http", "ws", 1) + "/ws/ndauusdt@depth@100ms") as socket:
        own_client(endpoint, "issuer").place("sell", Decimal(16), Decimal(1))
        assert '"depthUpdate"' in str(socket.recv(10))
        begun = time.monotonic()
        assert process.end(signal.SIGTERM) == 0
        assert time.monotonic() - begun < 5
        with pytest.raises(ConnectionClosed):
            socket.recv(10)
