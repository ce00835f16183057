"""The streams, through an unmodified CCXT pro client."""

import asyncio
import contextlib
import json
import signal
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from websockets.asyncio.client import connect

from tests.integration.venue.binance.conftest import SYMBOL, Exchange, Prepare, ccxt, streaming

Run = Callable[[Coroutine[Any, Any, Any]], Any]


async def collected(watch: Callable[[], Any], enough: Callable[[list[Any]], bool]) -> list[Any]:
    """Watch until there is enough; the test's deadline ends it otherwise."""
    entries: list[Any] = []
    while not enough(entries):
        entries += await watch()
    return entries


async def wait_for_subscription(exchange: Exchange) -> None:
    """Open the stream about the account; `authenticate` returns when the venue has confirmed it."""
    await exchange.load_markets()
    await exchange.authenticate()


def test_own_trades_and_orders_are_told_at_once_with_each_step(endpoint: str, run: Run) -> None:
    async def scenario() -> None:
        async with streaming(endpoint, "issuer", "buyer") as (issuer, buyer):
            await wait_for_subscription(issuer)
            seen: list[Any] = []
            issuer.handle_order_update = told(seen, issuer.handle_order_update)
            watching = asyncio.create_task(
                collected(lambda: issuer.watch_my_trades(SYMBOL), lambda all_: len(all_) >= 3)
            )
            sells = [
                await issuer.create_order(SYMBOL, "limit", "sell", "1", "16", {"clientOrderId": f"offer-{n}"})
                for n in range(3)
            ]
            await buyer.create_order(SYMBOL, "limit", "buy", "2.5", "16")
            trades = await watching
            assert [trade["order"] for trade in trades] == [order["id"] for order in sells]
            assert [trade["amount"] for trade in trades] == ["1.00000000", "1.00000000", "0.50000000"]
            assert {trade["side"] for trade in trades} == {"sell"}
            polled = await issuer.fetch_my_trades(SYMBOL)
            fields = ("id", "order", "price", "amount", "fee", "timestamp", "takerOrMaker")
            assert [[trade[name] for name in fields] for trade in trades] == [
                [trade[name] for name in fields] for trade in polled
            ]
            await issuer.cancel_order(None, SYMBOL, {"clientOrderId": "offer-2"})
            while seen[-1]["x"] != "CANCELED":
                await issuer.watch_orders(SYMBOL)
            assert [(event["x"], event["X"], event["C"] or event["c"], event["z"]) for event in seen] == [
                *[("NEW", "NEW", f"offer-{n}", "0.00000000") for n in range(3)],
                ("TRADE", "FILLED", "offer-0", "1.00000000"),
                ("TRADE", "FILLED", "offer-1", "1.00000000"),
                ("TRADE", "PARTIALLY_FILLED", "offer-2", "0.50000000"),
                ("CANCELED", "CANCELED", "offer-2", "0.50000000"),
            ]

    run(scenario())


def told(seen: list[Any], handle: Callable[..., None]) -> Callable[..., None]:
    def handle_and_remember(client: Any, message: Any) -> None:
        seen.append(message)
        handle(client, message)

    return handle_and_remember


def test_one_taker_with_several_makers_has_a_report_for_each_fill_and_then_its_balances(
    endpoint: str, run: Run
) -> None:
    async def scenario() -> None:
        async with streaming(endpoint, "issuer", "buyer") as (issuer, buyer):
            for price in ("16", "16", "17"):
                await issuer.create_order(SYMBOL, "limit", "sell", "1", price)
            await wait_for_subscription(buyer)
            seen: list[Any] = []
            buyer.handle_order_update = told(seen, buyer.handle_order_update)
            balances = asyncio.create_task(buyer.watch_balance())
            await asyncio.sleep(0)
            order = await buyer.create_order(SYMBOL, "limit", "buy", "4", "17", {"timeInForce": "IOC"})
            balance = await balances
            assert [(event["x"], event["X"], event["l"], event["L"], event["z"], event["Z"]) for event in seen] == [
                ("NEW", "NEW", "0.00000000", "0.00000000", "0.00000000", "0.00000000"),
                ("TRADE", "PARTIALLY_FILLED", "1.00000000", "16.00000000", "1.00000000", "16.00000000"),
                ("TRADE", "PARTIALLY_FILLED", "1.00000000", "16.00000000", "2.00000000", "32.00000000"),
                ("TRADE", "PARTIALLY_FILLED", "1.00000000", "17.00000000", "3.00000000", "49.00000000"),
                ("EXPIRED", "EXPIRED", "0.00000000", "0.00000000", "3.00000000", "49.00000000"),
            ]
            ids = [event["t"] for event in seen if event["x"] == "TRADE"]
            assert len(set(ids)) == 3
            assert [str(number) for number in ids] == [trade["id"] for trade in order["trades"]]
            assert balance["USDT"]["free"] == "999951.00000000"

    run(scenario())


def test_a_trade_with_oneself_is_told_twice_with_two_ids(endpoint: str, run: Run) -> None:
    async def scenario() -> None:
        async with streaming(endpoint, "issuer") as (issuer,):
            await wait_for_subscription(issuer)
            watching = asyncio.create_task(
                collected(lambda: issuer.watch_my_trades(SYMBOL), lambda all_: len(all_) >= 2)
            )
            await asyncio.sleep(0)
            await issuer.create_order(SYMBOL, "limit", "sell", "1", "16")
            await issuer.create_order(SYMBOL, "limit", "buy", "1", "16")
            trades = await watching
            assert {trade["side"] for trade in trades} == {"buy", "sell"}
            assert len({trade["id"] for trade in trades}) == 2

    run(scenario())


def test_nobody_is_told_about_anothers_orders_and_a_wrong_signature_opens_no_stream(endpoint: str, run: Run) -> None:
    async def scenario() -> None:
        async with streaming(endpoint, "issuer", "buyer") as (issuer, buyer):
            await wait_for_subscription(buyer)
            seen: list[Any] = []
            buyer.handle_order_update = told(seen, buyer.handle_order_update)
            await issuer.create_order(SYMBOL, "limit", "sell", "1", "16")
            watching = asyncio.create_task(buyer.watch_orders())
            await asyncio.sleep(0)
            mine = await buyer.create_order(SYMBOL, "limit", "buy", "1", "15")
            assert [order["id"] for order in await watching] == [mine["id"]]
            assert [event["i"] for event in seen] == [int(mine["id"])]
            issuer.secret = "wrong"
            message = {"id": 1, "method": "userDataStream.subscribe.signature", "params": issuer.sign_params({})}
            async with connect(endpoint.replace("http", "ws", 1) + "/ws-api/v3") as socket:
                await socket.send(json.dumps(message))
                answer = json.loads(await socket.recv())
            assert (answer["status"], answer["error"]["code"]) == (400, -1022)

    run(scenario())


def test_the_book_that_is_watched_stays_the_book_that_is_fetched(endpoint: str, run: Run) -> None:
    async def scenario() -> None:
        async with streaming(endpoint, "issuer", "buyer") as (issuer, buyer):
            book = await issuer.watch_order_book(SYMBOL)
            trading = asyncio.create_task(trade(issuer, buyer))
            # CCXT itself raises ChecksumError when a message is missing from the chain.
            while not trading.done():
                with contextlib.suppress(TimeoutError):
                    book = await asyncio.wait_for(issuer.watch_order_book(SYMBOL), 1)
            await trading
            fetched = await issuer.fetch_order_book(SYMBOL, 1000)
            while book["nonce"] < fetched["nonce"]:
                book = await issuer.watch_order_book(SYMBOL)
            assert book["nonce"] == fetched["nonce"]
            for side in ("bids", "asks"):
                assert [[float(number) for number in level] for level in book[side]] == fetched[side]
            assert book["bids"]
            assert book["asks"]

    run(scenario())


async def trade(issuer: Exchange, buyer: Exchange) -> None:
    for number in range(60):
        order = await issuer.create_order(SYMBOL, "limit", "sell", "1", str(16 + number % 7))
        if number % 3 == 0:
            await issuer.cancel_order(order["id"], SYMBOL)
        if number % 2 == 0:
            await buyer.create_order(SYMBOL, "limit", "buy", "0.7", str(14 + number % 5))


def test_trades_tickers_and_best_prices_are_told(endpoint: str, run: Run) -> None:
    async def scenario() -> None:
        async with streaming(endpoint, "issuer", "buyer") as (issuer, buyer):
            watching = {
                "trades": asyncio.create_task(issuer.watch_trades(SYMBOL)),
                "aggregates": asyncio.create_task(buyer.watch_trades(SYMBOL, None, None, {"name": "aggTrade"})),
                "ticker": asyncio.create_task(issuer.watch_ticker(SYMBOL, {"name": "ticker"})),
                "short ticker": asyncio.create_task(buyer.watch_ticker(SYMBOL)),
                "best": asyncio.create_task(issuer.watch_bids_asks([SYMBOL])),
            }
            # A stream tells what happens after it was asked for: so something happens until all have told.
            while not all(task.done() for task in watching.values()):
                await issuer.create_order(SYMBOL, "limit", "sell", "1", "16")
                await buyer.create_order(SYMBOL, "limit", "buy", "1", "16")
            results = {name: await task for name, task in watching.items()}
            for name in ("trades", "aggregates"):
                assert (results[name][-1]["side"], results[name][-1]["price"]) == ("buy", "16.00000000")
            for name in ("ticker", "short ticker"):
                assert results[name]["last"] == "16.00000000"
            best = results["best"][SYMBOL]
            assert best["ask"] in {"16.00000000", "0.00000000", None}

    run(scenario())


def test_a_client_comes_back_after_the_venue_was_killed_and_its_book_goes_on(prepare: Prepare, run: Run) -> None:
    process = prepare()
    process.start()
    endpoint = process.endpoints["north"]

    async def scenario() -> None:
        async with streaming(endpoint, "issuer", "buyer") as (issuer, buyer):
            await issuer.watch_order_book(SYMBOL)
            await wait_for_subscription(issuer)
            watching = asyncio.create_task(issuer.watch_my_trades(SYMBOL))
            sell = await issuer.create_order(SYMBOL, "limit", "sell", "9", "16", {"clientOrderId": "before"})
            await asyncio.to_thread(process.end, signal.SIGKILL)
            with pytest.raises(ccxt.NetworkError):
                await watching
            prepare(port=int(endpoint.rsplit(":", 1)[1]))
            await asyncio.to_thread(process.start)
            await wait_for_subscription(issuer)
            watching = asyncio.create_task(issuer.watch_my_trades(SYMBOL))
            await asyncio.sleep(0)
            await buyer.create_order(SYMBOL, "limit", "buy", "2", "16")
            (trade,) = await watching
            assert trade["order"] == sell["id"]
            assert trade["info"]["c"] == "before"
            fetched = await issuer.fetch_order_book(SYMBOL)
            book = await issuer.watch_order_book(SYMBOL)
            while book["nonce"] < fetched["nonce"]:
                book = await issuer.watch_order_book(SYMBOL)
            assert book["asks"] == [[16.0, 7.0]]

    run(scenario())


def test_calls_go_over_the_websocket_api_as_well(endpoint: str, run: Run) -> None:
    async def scenario() -> None:
        async with streaming(endpoint, "issuer") as (issuer,):
            order = await issuer.create_order_ws(SYMBOL, "limit", "sell", "1", "16", {"newClientOrderId": "ws"})
            assert (order["status"], order["clientOrderId"]) == ("open", "ws")
            assert (await issuer.fetch_order_ws(order["id"], SYMBOL))["id"] == order["id"]
            assert len(await issuer.fetch_open_orders_ws(SYMBOL)) == 1
            assert (await issuer.cancel_order_ws(order["id"], SYMBOL))["status"] == "canceled"
            with pytest.raises(ccxt.BadRequest, match="LOT_SIZE"):
                await issuer.create_order_ws(SYMBOL, "limit", "sell", "0.01", "1000")

    run(scenario())


@pytest.mark.parametrize(
    ("path", "message", "expected"),
    [
        ("/ws", {"method": "LIST_SUBSCRIPTIONS", "id": 1}, {"result": [], "id": 1}),
        ("/ws/a@b/ndauusdt@trade", {"method": "LIST_SUBSCRIPTIONS"}, {"result": ["a@b", "ndauusdt@trade"], "id": None}),
        ("/stream?streams=x", {"method": "UNSUBSCRIBE", "params": ["x"], "id": "u"}, {"result": None, "id": "u"}),
        ("/ws", {"method": "DANCE", "id": 2}, 2),
        ("/ws", {"method": "SUBSCRIBE", "params": "x", "id": 2}, 2),
        ("/ws", {"method": "SUBSCRIBE", "params": [f"s{n}" for n in range(1025)]}, 2),
        ("/ws", [], 2),
        ("/ws", "not JSON", 2),
        ("/ws-api/v3", "not JSON", -1000),
        ("/ws-api/v3", {"id": 7, "method": "fly"}, -1000),
        ("/ws-api/v3", {"id": 7, "method": "depth", "params": []}, -1100),
        ("/ws-api/v3", {"id": 7, "method": "depth", "params": {"symbol": "NOPE"}}, -1121),
        ("/ws-api/v3", {"id": 7, "method": "userDataStream.subscribe.signature"}, -2014),
        ("/ws-api/v3", {"id": 7, "method": "userDataStream.unsubscribe", "params": {"subscriptionId": 3}}, -1000),
    ],
    ids=map(str, range(14)),
)
def test_every_message_has_an_answer(endpoint: str, run: Run, path: str, message: Any, expected: Any) -> None:
    async def scenario() -> Any:
        async with connect(endpoint.replace("http", "ws", 1) + path) as socket:
            await socket.send(message if isinstance(message, str) else json.dumps(message))
            return json.loads(await socket.recv())

    answer = run(scenario())
    assert expected == (answer["error"]["code"] if isinstance(expected, int) else answer)


def test_a_combined_stream_names_what_it_sends(endpoint: str, run: Run, issuer: Exchange) -> None:
    async def scenario() -> Any:
        path = "/stream?streams=ndauusdt@bookTicker/ndaubtc@bookTicker"
        async with connect(endpoint.replace("http", "ws", 1) + path) as socket:
            # An answer says that the connection is served, so its streams are on.
            await socket.send(json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": 1}))
            await socket.recv()
            await asyncio.to_thread(issuer.create_order, SYMBOL, "limit", "sell", "1", "16")
            return json.loads(await socket.recv())

    message = run(scenario())
    assert message["stream"] == "ndauusdt@bookTicker"
    assert message["data"]["a"] == "16.00000000"
