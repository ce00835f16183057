"""CCXT's stream of own trades against a real websocket server that dies, stalls and talks nonsense."""

import asyncio
import logging
import socket
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from functools import partial
from importlib import import_module
from typing import Any

import pytest

from app.domain.errors import AuthenticationFailed, ExchangeUnavailable
from exchanges.ccxt import stream as module
from exchanges.ccxt.stream import CcxtStream
from tests.functional.faults.proxy import Fault, Proxy, proxies
from tests.integration.exchanges.ccxt.stream_server import StreamServer, stream_server

SECONDS = 20.0
SYMBOL = "NDAU/USDT"
PRO: Any = import_module("ccxt.pro")  # heavy: not while a test's time runs
KEYS = {"apiKey": "an-api-key-of-nobody", "secret": "a-secret-of-nobody"}

Events = AsyncGenerator[None, None]


def binance_at(port: int) -> Any:
    """An unmodified CCXT client that knows one market and asks one address only."""
    exchange = PRO.binance(KEYS)
    exchange.urls["api"]["ws"]["ws-api"]["spot"] = f"ws://127.0.0.1:{port}/ws-api/v3"
    fields = {"id": "NDAUUSDT", "symbol": SYMBOL, "base": "NDAU", "quote": "USDT", "spot": True, "type": "spot"}
    exchange.set_markets([exchange.safe_market_structure(fields)])
    return exchange


def stream_at(port: int) -> CcxtStream:
    return CcxtStream("north", SYMBOL, partial(binance_at, port), market_params={}, excerpt=str)


def played(script: Callable[[StreamServer, Events], Coroutine[Any, Any, None]]) -> None:
    """Play a script with a server and a stream that is connected to it."""

    async def play() -> None:
        async with (
            asyncio.timeout(SECONDS),
            stream_server() as server,
            aclosing(stream_at(server.port).events()) as events,
        ):
            await anext(events)
            await script(server, events)

    asyncio.run(play())


async def dies(events: Events) -> Exception:
    """Read to the end, which must be an error."""
    with pytest.raises(ExchangeUnavailable) as died:
        async for _ in events:
            pass
    return died.value


def test_the_first_event_says_that_it_is_subscribed() -> None:
    async def script(server: StreamServer, _events: Events) -> None:
        assert server.subscriptions == 1

    played(script)


def test_each_fill_is_an_event_within_milliseconds() -> None:
    async def script(server: StreamServer, events: Events) -> None:
        for _ in range(20):
            await server.tell_of_fill()
            async with asyncio.timeout(2):
                await anext(events)

    played(script)


def test_a_server_that_hangs_up_is_noticed_at_once() -> None:
    async def script(server: StreamServer, events: Events) -> None:
        await server.hang_up()
        async with asyncio.timeout(2):
            error = await dies(events)
        assert "north: its stream is dead" in str(error)

    played(script)


@pytest.mark.parametrize("nonsense", ['{"subscriptionId": 0, "event":', "[]"])
def test_a_line_on_which_nonsense_comes_is_dead(nonsense: str) -> None:
    async def script(server: StreamServer, events: Events) -> None:
        await server.say(nonsense)
        async with asyncio.timeout(2):
            await dies(events)

    played(script)


@pytest.mark.parametrize("nonsense", ["hello", '{"event": 7}', '{"event": {"e": "somethingNew"}}', "{}"])
def test_words_that_concern_nobody_are_passed_over(nonsense: str) -> None:
    async def script(server: StreamServer, events: Events) -> None:
        await server.say(nonsense)
        await server.tell_of_fill()
        await anext(events)

    played(script)


def test_a_line_on_which_nothing_comes_any_more_is_dead_though_nobody_closed_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PING_SECONDS", 0.2)

    proxy = Proxy("stream", 0)

    async def play() -> None:
        async with asyncio.timeout(SECONDS), stream_server() as server:
            proxy.upstream_port = server.port
            async with aclosing(stream_at(proxy.port).events()) as events:
                await anext(events)
                proxy.fault = Fault.BLACK_HOLE
                async with asyncio.timeout(5):
                    error = await dies(events)
                assert "timed out" in str(error)

    with proxies(proxy):
        asyncio.run(play())


def test_a_quiet_line_whose_pings_are_answered_lives_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PING_SECONDS", 0.3)
    monkeypatch.setattr(module, "SETTLING_SECONDS", 0.1)

    async def script(server: StreamServer, events: Events) -> None:
        heard = asyncio.ensure_future(anext(events))
        done, _ = await asyncio.wait({heard}, timeout=2.0)  # six pings
        assert not done
        await server.tell_of_fill()
        await heard

    played(script)


def test_a_refused_key_is_told_as_such_and_the_secret_is_not(caplog: pytest.LogCaptureFixture) -> None:
    async def play() -> None:
        async with asyncio.timeout(SECONDS), stream_server() as server:
            server.refuses_keys = True
            async with aclosing(stream_at(server.port).events()) as events:
                with pytest.raises(AuthenticationFailed, match="north refuses the API key for its stream") as refused:
                    await anext(events)
                assert not any(key in str(refused.value) for key in KEYS.values())

    with caplog.at_level(logging.DEBUG):
        asyncio.run(play())
    assert not any(key in caplog.text for key in KEYS.values())


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def test_where_nobody_listens_it_cannot_be_connected() -> None:
    async def play() -> None:
        async with asyncio.timeout(SECONDS), aclosing(stream_at(unused_port()).events()) as events:
            with pytest.raises(ExchangeUnavailable, match="north: its stream is dead"):
                await anext(events)

    asyncio.run(play())


def test_one_stream_can_be_connected_again_and_again() -> None:
    async def play() -> None:
        async with asyncio.timeout(SECONDS), stream_server() as server:
            stream = stream_at(server.port)
            for number in range(1, 6):
                async with aclosing(stream.events()) as events:
                    await anext(events)
                    assert server.subscriptions == number
                    await server.hang_up()
                    await dies(events)

    asyncio.run(play())
