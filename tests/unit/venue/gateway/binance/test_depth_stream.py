"""A reader who follows the rules of Binance's reference has the book, and notices when it misses a message."""

import asyncio
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from venue.commands import CancelOrder, Command, Deposit, ListMarket, PlaceOrder
from venue.errors import Refused
from venue.exchange import Exchange, Fill, Listing
from venue.gateway.binance.amounts import price, quantity
from venue.gateway.binance.depth_stream import DepthStream
from venue.matching.orders import Order, Side, TimeInForce

Levels = dict[str, dict[str, str]]

placements = st.builds(
    PlaceOrder,
    at_ms=st.just(3),
    account=st.sampled_from(["ann", "bob"]),
    symbol=st.just("NDAU_USDT"),
    side=st.sampled_from(Side),
    price=st.integers(1, 6),
    quantity=st.integers(1, 30),
    time_in_force=st.sampled_from(TimeInForce),
)
cancels = st.builds(CancelOrder, st.just(3), st.sampled_from(["ann", "bob"]), st.integers(1, 25))
pushes = st.just(None)


class Watcher:
    def __init__(self, stream: DepthStream) -> None:
        self._stream = stream

    def placed(self, _: Listing, order: Order, fills: list[Fill]) -> None:
        self._stream.placed(order, fills)

    def cancelled(self, _: Listing, order: Order) -> None:
        self._stream.cancelled(order)


def an_exchange() -> Exchange:
    exchange = Exchange()
    exchange.apply(ListMarket(1, "NDAU", "USDT", "0.01", "0.01", "0.01"))
    for account in ("ann", "bob"):
        for asset in ("NDAU", "USDT"):
            exchange.apply(Deposit(2, f"{account}/{asset}", account, asset, 10**18))
    return exchange


def levels_of(listing: Listing) -> Levels:
    market, book = listing.market, listing.book
    return {
        side: {price(market, level.price): quantity(market, level.quantity) for level in ladder.best_first()}
        for side, ladder in (("b", book.bids), ("a", book.asks))
    }


def check_replica(replica: Levels, sequence: int, messages: list[Any]) -> int:
    for message in messages:
        if message["u"] <= sequence:
            continue
        assert message["U"] <= sequence + 1
        for side in ("b", "a"):
            for at, amount in message[side]:
                replica[side].pop(at, None)
                if float(amount):
                    replica[side][at] = amount
        sequence = message["u"]
    return sequence


@given(st.lists(st.one_of(placements, placements, cancels, pushes), max_size=40), st.integers(0, 40))
@settings(max_examples=100, deadline=None)
def test_a_snapshot_taken_at_any_moment_and_the_messages_after_it_give_the_book(
    flow: list[Command | None], snapshot_after: int
) -> None:
    exchange, messages = an_exchange(), list[Any]()
    listing = exchange.listing("NDAU_USDT")
    snapshot: tuple[Levels, int] | None = None

    async def scenario() -> None:
        nonlocal snapshot
        stream = DepthStream(listing, 0, lambda: 3, messages.append)
        exchange.observer = Watcher(stream)
        for number, command in enumerate(flow):
            if number == snapshot_after:
                snapshot = levels_of(listing), listing.book.sequence
            if command is None:
                await asyncio.sleep(0.001)
                continue
            try:
                exchange.apply(command)
            except Refused:
                continue
        await asyncio.sleep(0.002)

    asyncio.run(scenario())
    for earlier, later in pairwise(messages):
        assert later["U"] == earlier["u"] + 1
        assert later["u"] >= later["U"]
    replica, sequence = snapshot or ({"b": {}, "a": {}}, 0)
    check_replica(replica, sequence, messages)
    assert replica == levels_of(listing)


def test_changes_within_an_interval_make_one_message() -> None:
    exchange, messages = an_exchange(), list[Any]()
    listing = exchange.listing("NDAU_USDT")

    async def scenario() -> None:
        stream = DepthStream(listing, 0.1, lambda: 3, messages.append)
        exchange.observer = Watcher(stream)
        begun = asyncio.get_running_loop().time()
        while len(messages) < 3:
            exchange.apply(PlaceOrder(3, "ann", "NDAU_USDT", Side.BUY, 1, 1, TimeInForce.GTC))
            await asyncio.sleep(0.005)
        assert asyncio.get_running_loop().time() - begun >= 0.2

    asyncio.run(scenario())
    assert messages[1]["u"] - messages[1]["U"] > 1
    assert messages[1]["b"] == [["0.01000000", quantity(listing.market, messages[1]["u"])]]
