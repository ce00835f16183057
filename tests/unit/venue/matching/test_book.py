"""The book against a slow one whose rightness can be seen."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from venue.matching.book import Book, FillNumbers
from venue.matching.events import Accepted, Cancelled, Event, Filled
from venue.matching.orders import Order, Side, Status, TimeInForce

GTC, IOC, FOK = TimeInForce


def an_order(order_id: int, side: Side, price: int, quantity: int, time_in_force: TimeInForce = GTC) -> Order:
    return Order(order_id, "someone", "A_B", side, price, quantity, time_in_force, 0, quantity)


@dataclass
class SlowBook:
    """A list in order of arrival; the best counterpart is looked for among all orders, each time."""

    resting: list[list[int]]  # order id, sign (1 buys, -1 sells), price, remaining

    def place(
        self, order_id: int, sign: int, price: int, quantity: int, time_in_force: TimeInForce
    ) -> list[tuple[int, ...]]:
        fills: list[tuple[int, ...]] = []
        within = [other[3] for other in self.resting if other[1] == -sign and sign * (price - other[2]) >= 0]
        if time_in_force is FOK and sum(within) < quantity:
            return []
        while quantity:
            crossing = [other for other in self.resting if other[1] == -sign and sign * (price - other[2]) >= 0]
            if not crossing:
                break
            best = min(crossing, key=lambda other: sign * other[2])
            traded = min(quantity, best[3])
            quantity -= traded
            best[3] -= traded
            fills.append((best[0], order_id, best[2], traded))
            self.resting = [other for other in self.resting if other[3]]
        if quantity and time_in_force is GTC:
            self.resting.append([order_id, sign, price, quantity])
        return fills

    def cancel(self, order_id: int) -> None:
        self.resting = [other for other in self.resting if other[0] != order_id]

    def in_priority(self) -> list[tuple[int, int]]:
        bids = sorted((other for other in self.resting if other[1] == 1), key=lambda other: -other[2])
        asks = sorted((other for other in self.resting if other[1] == -1), key=lambda other: other[2])
        return [(other[0], other[3]) for other in bids + asks]


placements = st.tuples(
    st.sampled_from(Side), st.integers(1, 8), st.integers(1, 9), st.sampled_from([GTC, GTC, GTC, IOC, FOK])
)
commands = st.lists(st.one_of(placements, st.integers(0, 40)), max_size=60)


@given(commands)
@settings(max_examples=200)
def test_it_trades_exactly_as_the_slow_book_does(flow: list[tuple[Side, int, int, TimeInForce] | int]) -> None:
    book, slow = Book(FillNumbers()), SlowBook([])
    orders: list[Order] = []
    events: list[Event] = []
    for command in flow:
        if isinstance(command, int):
            if command < len(orders) and orders[command].is_open:
                events.append(book.cancel(orders[command]))
                slow.cancel(orders[command].order_id)
        else:
            side, price, quantity, time_in_force = command
            order = an_order(len(orders), side, price, quantity, time_in_force)
            orders.append(order)
            happened = book.place(order)
            fills = [event for event in happened if isinstance(event, Filled)]
            assert [(fill.maker.order_id, fill.taker.order_id, fill.price, fill.quantity) for fill in fills] == (
                slow.place(order.order_id, 1 if side is Side.BUY else -1, price, quantity, time_in_force)
            )
            events += happened
        assert [(order.order_id, order.remaining) for order in book.in_priority()] == slow.in_priority()
        check_consistent(book, orders)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert book.sequence == len(events)
    fill_ids = [event.fill_id for event in events if isinstance(event, Filled)]
    assert fill_ids == list(range(1, len(fill_ids) + 1))


def check_consistent(book: Book, orders: list[Order]) -> None:
    assert set(book.resting) == {order.order_id for order in orders if order.is_open}
    for ladder in (book.bids, book.asks):
        assert ladder.keys == sorted(ladder.levels)
        for level in ladder.levels.values():
            queue = list(level)
            assert queue
            assert (level.quantity, level.count) == (sum(order.remaining for order in queue), len(queue))
    if book.bids.keys and book.asks.keys:
        assert book.bids.keys[-1] < -book.asks.keys[-1]


def test_a_trade_happens_at_the_price_of_the_order_that_rested() -> None:
    book = Book(FillNumbers())
    book.place(an_order(1, Side.SELL, 100, 5))
    accepted, filled = book.place(an_order(2, Side.BUY, 120, 5))
    assert isinstance(accepted, Accepted)
    assert isinstance(filled, Filled)
    assert (filled.price, filled.quantity) == (100, 5)


def test_each_fill_of_one_taker_has_its_own_id() -> None:
    book = Book(FillNumbers())
    for order_id in (1, 2, 3):
        book.place(an_order(order_id, Side.SELL, 100, 1))
    fills = [event for event in book.place(an_order(4, Side.BUY, 100, 3)) if isinstance(event, Filled)]
    assert [fill.fill_id for fill in fills] == [1, 2, 3]


def test_books_of_one_venue_never_give_the_same_fill_id() -> None:
    numbers = FillNumbers()
    ids = []
    for book in (Book(numbers), Book(numbers)):
        book.place(an_order(1, Side.SELL, 100, 1))
        ids += [event.fill_id for event in book.place(an_order(2, Side.BUY, 100, 1)) if isinstance(event, Filled)]
    assert ids == [1, 2]


def test_what_is_left_of_an_ioc_order_is_cancelled_and_never_rests() -> None:
    book = Book(FillNumbers())
    book.place(an_order(1, Side.SELL, 100, 2))
    taker = an_order(2, Side.BUY, 100, 5, IOC)
    events = book.place(taker)
    assert isinstance(events[-1], Cancelled)
    assert (taker.status, taker.executed, taker.remaining) == (Status.CANCELLED, 2, 3)
    assert not book.resting


def test_an_order_that_does_not_rest_cannot_be_cancelled() -> None:
    book = Book(FillNumbers())
    book.place(an_order(1, Side.SELL, 100, 2))
    taker = an_order(2, Side.BUY, 100, 2)
    book.place(taker)
    with pytest.raises(KeyError):
        book.cancel(taker)


def test_an_order_that_fills_whole_or_not_at_all_reaches_into_several_levels() -> None:
    book = Book(FillNumbers())
    for order_id, price in ((1, 100), (2, 101)):
        book.place(an_order(order_id, Side.SELL, price, 2))
    too_much, all_there_is = an_order(3, Side.BUY, 101, 5, FOK), an_order(4, Side.BUY, 101, 4, FOK)
    book.place(too_much)
    assert (too_much.status, too_much.executed) == (Status.CANCELLED, 0)
    book.place(all_there_is)
    assert all_there_is.status is Status.FILLED


def test_an_order_would_trade_where_its_limit_reaches_the_other_side() -> None:
    book = Book(FillNumbers())
    assert not book.would_trade(Side.BUY, 10**9)
    book.place(an_order(1, Side.SELL, 100, 1))
    book.place(an_order(2, Side.BUY, 90, 1))
    assert [book.would_trade(Side.BUY, price) for price in (99, 100)] == [False, True]
    assert [book.would_trade(Side.SELL, price) for price in (91, 90)] == [False, True]
