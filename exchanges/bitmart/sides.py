"""The sides of orders, which trades lack."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from threading import Lock

from app.domain.fills import Side
from exchanges.bitmart.client import Client, Listing
from exchanges.bitmart.order_lists import order_pages

_MOST_SINGLE_LOOKUPS = 10
_MOST_PAGES = 20


class OrderSides:
    """Remembers the sides of the orders last met; asks the exchange for others. Shared by threads."""

    def __init__(self, client: Client, capacity: int = 10_000) -> None:
        self._client = client
        self._capacity = capacity
        self._lock = Lock()
        self._sides: OrderedDict[str, Side] = OrderedDict()

    def learn(self, sides: Mapping[str, Side]) -> None:
        """Remember sides by order id; the least recently met are forgotten when there are too many."""
        with self._lock:
            for order_id, side in sides.items():
                self._sides[order_id] = side
                self._sides.move_to_end(order_id)
            while len(self._sides) > self._capacity:
                self._sides.popitem(last=False)

    def of(self, order_ids: Iterable[str]) -> dict[str, Side]:
        """Return the side of each order.

        Raises:
            ExchangeRejected: the exchange does not know an order that it lists a trade of; without its side nobody can
                tell whether tokens were sold, so a person has to find out.
        """
        wanted = set(order_ids)
        with self._lock:
            sides = {order_id: self._sides[order_id] for order_id in wanted & self._sides.keys()}
        if len(wanted - sides.keys()) > _MOST_SINGLE_LOOKUPS:
            sides |= self._listed(wanted - sides.keys())
        sides |= {order_id: self._client.order(order_id).side for order_id in sorted(wanted - sides.keys())}
        self.learn(sides)
        return sides

    def _listed(self, wanted: set[str]) -> dict[str, Side]:
        # A thousand orders a call, but an order that changes lists meanwhile may be missed: the caller asks for that one.
        found: dict[str, Side] = {}
        for listing in Listing:
            for page, _ in zip(order_pages(self._client, listing), range(_MOST_PAGES), strict=False):
                found |= {order.exchange_order_id: order.side for order in page if order.exchange_order_id in wanted}
                if len(found) == len(wanted):
                    return found
        return found
