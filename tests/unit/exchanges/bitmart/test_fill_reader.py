import random
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import ExchangeUnavailable
from app.domain.fills import Fill, FillPage, Side
from exchanges.bitmart import fill_reader
from exchanges.bitmart.fill_reader import read_fills
from exchanges.bitmart.sides import OrderSides
from exchanges.position import LATE_MS, Position
from tests.unit.exchanges.bitmart.moving_lists import MovingLists, order, trade


def lists_with(count: int, *, largest_page: int = 1000, spread_ms: int = 10) -> MovingLists:
    client = MovingLists(largest_page=largest_page)
    client.trade_list = [trade(n, n // spread_ms) for n in reversed(range(1, count + 1))]
    client.order_list = [order(1)]
    return client


def read(client: MovingLists, position: Position | None = None) -> list[FillPage]:
    return list(read_fills(client, OrderSides(client), position or Position(0)))


def ids(fills: Iterable[Fill]) -> list[int]:
    return [int(fill.fill_id) for fill in fills]


def fills_of(pages: list[FillPage]) -> list[Fill]:
    return [fill for page in pages for fill in page.fills]


@pytest.mark.parametrize("count", [1, 99, 100, 101, 999, 1000, 1001, 2500])
def test_every_fill_comes_once_oldest_first_in_bounded_pages(count: int) -> None:
    pages = read(lists_with(count))
    assert ids(fills_of(pages)) == list(range(1, count + 1))
    assert all(0 < len(page.fills) <= 1000 for page in pages)


def test_nothing_new_is_no_page_and_one_call() -> None:
    client = lists_with(50)
    position = Position.decode(read(client)[-1].position)
    client.calls.clear()
    assert read(client, position) == []
    assert client.calls == ["trades"]


def test_reading_goes_on_after_any_page() -> None:
    client = lists_with(3500)
    pages = read(client)
    for number, page in enumerate(pages):
        again = fills_of(read(client, Position.decode(page.position)))
        assert ids(again) == ids(fills_of(pages[number + 1 :]))


def test_a_fill_carries_its_orders_side_and_its_own_message() -> None:
    client = MovingLists()
    client.order_list = [order(1, side=Side.BUY), order(2, side=Side.SELL)]
    client.trade_list = [trade(2, 20, "2"), trade(1, 10, "1")]
    fills = fills_of(read(client))
    assert [(fill.side, fill.exchange_order_id) for fill in fills] == [(Side.BUY, "1"), (Side.SELL, "2")]
    assert fills[0].raw == '{"trade_id": 1}'


def test_fills_that_arrive_while_reading_are_read_too() -> None:
    client = lists_with(500, largest_page=100)
    arrivals = iter(range(501, 541))

    def arrive(_: int) -> None:
        for _, number in zip(range(3), arrivals, strict=False):
            client.trade_list.insert(0, trade(number, 50 + number))

    client.between_pages = arrive
    assert ids(fills_of(read(client))) == list(range(1, 541))


@given(st.randoms(use_true_random=False), st.integers(1, 7), st.integers(1, 60))
def test_no_fill_is_lost_when_ties_change_places_and_ids_have_no_order(
    chance: random.Random, largest_page: int, count: int
) -> None:
    client = MovingLists(largest_page=largest_page)
    client.order_list = [order(1)]
    numbers = chance.sample(range(2000), count + 5)
    everything = [trade(number, chance.randint(1, 5)) for number in numbers]
    client.trade_list, coming = everything[5:], everything[:5]

    def move(_: int) -> None:
        if coming and chance.random() < 0.3:
            client.trade_list.append(coming.pop())
        chance.shuffle(client.trade_list)
        client.trade_list.sort(key=lambda each: -each.time_ms)

    move(0)
    client.between_pages = move
    pages = read(client)
    client.between_pages = lambda _: None
    client.trade_list = sorted(everything, key=lambda each: -each.time_ms)
    pages += read(client, Position.decode(pages[-1].position))
    assert sorted(ids(fills_of(pages))) == sorted(numbers)


def test_ties_that_swap_across_a_page_boundary_are_found_by_reading_again() -> None:
    client = MovingLists(largest_page=1)
    client.order_list = [order(1)]
    client.trade_list = [trade(1, 10), trade(2, 10)]

    def swap_once(calls: int) -> None:
        # The first look and the first full page show trade 1; then the two change places: page 1 shows it again.
        if calls == 2:
            client.trade_list.reverse()

    client.between_pages = swap_once
    assert sorted(ids(fills_of(read(client)))) == [1, 2]


def test_a_fill_that_appears_late_is_read() -> None:
    client = lists_with(10)
    position = Position.decode(read(client)[-1].position)
    client.trade_list.append(trade(99, 0))
    assert ids(fills_of(read(client, position))) == [99]


def test_a_last_known_trade_that_is_gone_from_the_history_hinders_nothing() -> None:
    client = lists_with(20)
    position = Position.decode(read(client)[-1].position)
    client.trade_list = [trade(number, LATE_MS * 9 + number) for number in (32, 31, 30)]
    assert ids(fills_of(read(client, position))) == [30, 31, 32]


def test_trades_before_the_position_are_left_alone() -> None:
    client = MovingLists(largest_page=2)
    client.order_list = [order(1)]
    client.trade_list = [trade(number, number * 1000) for number in reversed(range(1, 11))]
    assert ids(fills_of(read(client, Position(7000)))) == [7, 8, 9, 10]


def test_a_long_outage_is_caught_up_in_rounds_that_fit_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fill_reader, "_oldest_new", lambda c, p, limited=fill_reader._oldest_new: limited(c, p, 50))
    # All of one millisecond: the cut between two rounds falls between equal times.
    pages = read(lists_with(333, largest_page=20, spread_ms=1000))
    assert ids(fills_of(pages)) == list(range(1, 334))
    assert max(len(page.fills) for page in pages) == 50


def test_one_id_for_two_trades_is_refused_rather_than_losing_one() -> None:
    client = MovingLists()
    client.order_list = [order(1), order(2)]
    client.trade_list = [trade(7, 10, "1"), trade(7, 10, "2")]
    with pytest.raises(ExchangeUnavailable, match="trade id 7 stands for two trades, of orders 1 and 2"):
        read(client)


def test_a_list_that_never_holds_still_is_given_up_for_now() -> None:
    client = lists_with(400, largest_page=100)
    client.between_pages = lambda calls: client.trade_list.append(trade(1000 + calls, 0))
    with pytest.raises(ExchangeUnavailable, match="changed during each of 20 readings"):
        read(client)


def test_what_is_held_in_memory_is_bounded_while_a_pass_goes_on() -> None:
    collection = fill_reader._Collection(Position(0), 10)
    for number in range(1000, 0, -5):
        collection.add([trade(number - back, number - back) for back in range(5)])
        assert len(collection.trades) <= 20
    collection.settle()
    assert [int(each.trade_id) for each in collection.trades] == list(range(1, 11))
