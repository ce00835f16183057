"""Whole listings of orders, from pages that shift while they are read."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import count, pairwise

from app.domain.errors import ExchangeUnavailable
from app.domain.orders import Order
from exchanges.bitmart.client import Client, Listing

_MOST_PASSES = 10


def open_orders(client: Client) -> Sequence[Order]:
    """Return all open orders.

    An order that closes moves those behind it forward by one, past a reader between two pages. So where there are
    several pages they are read again until a whole pass finds no order that was not seen before.

    Raises:
        ExchangeUnavailable: the list did not hold still for ten passes.
    """
    seen: dict[str, Order] = {}
    for _ in range(_MOST_PASSES):
        known, pages = set(seen), 0
        for page in order_pages(client, Listing.OPEN):
            pages += 1
            seen |= {order.exchange_order_id: order for order in page}
        if pages <= 1 or known == set(seen):
            return tuple(seen.values())
    raise ExchangeUnavailable(f"the open orders changed during each of {_MOST_PASSES} readings")


def recent_orders(client: Client, placed_after: datetime) -> Sequence[Order]:
    """Return the orders placed at or after a time by the exchange's clock, open or not, once each, oldest first."""
    # Open ones first: an order only ever moves from there to the others, so none can slip through.
    found = {order.exchange_order_id: order for order in open_orders(client)}
    for listing in (Listing.FILLED, Listing.CANCELLED):
        for page in order_pages(client, listing):
            found |= {order.exchange_order_id: order for order in page}
            if _runs_out_before(page, placed_after):
                break
    recent = (order for order in found.values() if order.placed_at >= placed_after)
    # Ids are numbers as text: the longer one is the later.
    return sorted(recent, key=lambda o: (o.placed_at, len(o.exchange_order_id), o.exchange_order_id))


def order_pages(client: Client, listing: Listing) -> Iterator[Sequence[Order]]:
    """Yield a listing's pages, none of them empty."""
    for number in count():
        page = client.orders(listing, number)
        if page.items:
            yield page.items
        if not page.items or number + 1 >= page.total_pages:
            return


def _runs_out_before(page: Sequence[Order], time: datetime) -> bool:
    # The API does not document how orders are sorted, so the page itself has to show that later ones are older.
    newest_first = all(a.placed_at >= b.placed_at for a, b in pairwise(page))
    return newest_first and page[0].placed_at > page[-1].placed_at and page[-1].placed_at < time
