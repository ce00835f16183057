from hypothesis import given
from hypothesis import strategies as st

from venue.gateway.binance.market_orders import price_for, quantity_for
from venue.markets import market_from
from venue.matching.book import Book, FillNumbers
from venue.matching.orders import Order, Side, TimeInForce

MARKET = market_from(base="A", quote="B", price_tick="0.01", quantity_step="0.1", minimum_quantity="0.1")

levels = st.lists(st.tuples(st.integers(1, 20), st.integers(1, 9)), max_size=12)


def a_book(side: Side, levels: list[tuple[int, int]]) -> Book:
    book = Book(FillNumbers())
    for number, (price, quantity) in enumerate(levels):
        book.place(Order(number, "ann", "A_B", side, price, quantity, TimeInForce.GTC, 0, quantity))
    return book


@given(levels, st.sampled_from(Side), st.integers(1, 60))
def test_the_price_of_a_market_order_takes_all_that_the_book_has_for_it(
    levels: list[tuple[int, int]], side: Side, quantity: int
) -> None:
    book = a_book(Side.SELL if side is Side.BUY else Side.BUY, levels)
    price = price_for(book, side, quantity)
    taker = Order(99, "bob", "A_B", side, price, quantity, TimeInForce.IOC, 0, quantity)
    book.place(taker)
    assert taker.executed == min(quantity, sum(amount for _, amount in levels))
    assert price == 1 or price in {at for at, _ in levels}


@given(levels, st.sampled_from(Side), st.integers(0, 2_000))
def test_an_amount_of_money_buys_as_much_as_it_can_and_costs_no_more(
    levels: list[tuple[int, int]], side: Side, money: int
) -> None:
    book = a_book(Side.SELL if side is Side.BUY else Side.BUY, levels)
    units = money * MARKET.notional_units
    quantity = quantity_for(MARKET, book, side, units)
    steps = sorted((price for price, amount in levels for _ in range(amount)), reverse=side is Side.SELL)
    assert sum(steps[:quantity]) <= money
    assert quantity == len(steps) or sum(steps[: quantity + 1]) > money
