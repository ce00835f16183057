"""What a market order takes from the book as it is now.

The venue's core knows limits only: a market order becomes one that takes down to the worst price it needs, and whose
rest is cancelled. Nothing can come between choosing the price and placing the order: both happen in one step.
"""

from venue.markets import Market
from venue.matching.book import Book
from venue.matching.ladder import Ladder
from venue.matching.orders import Side


def price_for(book: Book, side: Side, quantity: int) -> int:
    """Return the worst price, in ticks, that an order of this quantity, in steps, takes; 1 when nobody is there."""
    worst = 1
    for level in _opposite(book, side).best_first():
        worst = level.price
        quantity -= level.quantity
        if quantity <= 0:
            break
    return worst


def quantity_for(market: Market, book: Book, side: Side, quote_units: int) -> int:
    """Return how much, in steps, an amount of the quote asset buys or is got for, as far as the book reaches."""
    quantity = 0
    for level in _opposite(book, side).best_first():
        step_cost = level.price * market.notional_units
        taken = min(level.quantity, quote_units // step_cost)
        quantity += taken
        quote_units -= taken * step_cost
        if taken < level.quantity:
            break
    return quantity


def _opposite(book: Book, side: Side) -> Ladder:
    return book.asks if side is Side.BUY else book.bids
