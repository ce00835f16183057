"""Reads our account's fills, oldest first, from a list of trades that is newest first and moves while it is read."""

from collections.abc import Iterator, Sequence
from itertools import count

from app.domain.errors import ExchangeUnavailable
from app.domain.fills import Fill, FillPage
from exchanges.bitmart.client import LARGEST_PAGE, Client
from exchanges.bitmart.messages import Trade
from exchanges.bitmart.sides import OrderSides
from exchanges.position import Position

FIRST_LOOK = 100
"""The usual poll finds little that is new; fetching a thousand old trades each time would be a waste."""

_MOST_HELD = 20_000
_MOST_PASSES = 20
_PAGE_OF_FILLS = 1000


def read_fills(client: Client, sides: OrderSides, position: Position) -> Iterator[FillPage]:
    """Yield the fills after a position until a reading of the list finds nothing new."""
    while trades := _oldest_new(client, position):
        for start in range(0, len(trades), _PAGE_OF_FILLS):
            batch = trades[start : start + _PAGE_OF_FILLS]
            position = position.after(batch)
            yield FillPage(_with_sides(batch, sides), position.encode())


def _oldest_new(client: Client, position: Position, most_held: int = _MOST_HELD) -> Sequence[Trade]:
    # A new trade pushes the others back, so between two pages some come twice but none is left out, unless trades of
    # one time change places. So where there were several pages, the list is read again until that shows nothing new.
    collection = _Collection(position, most_held)
    for _ in range(_MOST_PASSES):
        pages, before = 0, collection.added
        for trades in _pages_back_to(client, position.from_ms):
            collection.add(trades)
            pages += 1
        collection.settle()
        if pages == 1 or collection.added == before:
            return collection.trades
    raise ExchangeUnavailable(f"the list of trades changed during each of {_MOST_PASSES} readings")


def _pages_back_to(client: Client, from_ms: int) -> Iterator[Sequence[Trade]]:
    for limit in (FIRST_LOOK, LARGEST_PAGE):
        for number in count():
            page = client.trades(number, limit)
            yield page.items
            if not page.items or page.items[-1].time_ms < from_ms or number + 1 >= page.total_pages:
                return
            if limit == FIRST_LOOK:
                break


class _Collection:
    """The oldest new trades, up to a number that fits in memory; the newer ones are for the next round.

    The list can only be walked from its newest trade, so after a long outage it is walked several times.
    """

    def __init__(self, position: Position, most_held: int) -> None:
        self._position = position
        self._most_held = most_held
        self._held: dict[str, Trade] = {}
        self._horizon: tuple[int, int, str] | None = None
        self.added = 0

    @property
    def trades(self) -> Sequence[Trade]:
        return sorted(self._held.values(), key=_order)

    def add(self, trades: Sequence[Trade]) -> None:
        for trade in filter(self._position.is_new, trades):
            held = self._held.get(trade.trade_id)
            if held is not None and held.order_id != trade.order_id:
                # Taking them for one fill would lose a sale; this exchange documents its trade ids as unique.
                raise ExchangeUnavailable(
                    f"trade id {trade.trade_id} stands for two trades, of orders {held.order_id} and {trade.order_id}"
                )
            if held is None and (self._horizon is None or _order(trade) <= self._horizon):
                self._held[trade.trade_id] = trade
                self.added += 1
        if len(self._held) > 2 * self._most_held:
            self._drop_newest()

    def settle(self) -> None:
        """End a pass: trades that arrive from now on belong to the next round, so that this one comes to an end."""
        if self._held:
            self._drop_newest()

    def _drop_newest(self) -> None:
        kept = self.trades[: self._most_held]
        self._held = {trade.trade_id: trade for trade in kept}
        self._horizon = _order(kept[-1])


def _order(trade: Trade) -> tuple[int, int, str]:
    # Ids are numbers as text: the longer one is the later.
    return trade.time_ms, len(trade.trade_id), trade.trade_id


def _with_sides(trades: Sequence[Trade], sides: OrderSides) -> tuple[Fill, ...]:
    side_of = sides.of(trade.order_id for trade in trades)
    return tuple(
        Fill(
            fill_id=trade.trade_id,
            exchange_order_id=trade.order_id,
            side=side_of[trade.order_id],
            price_nanocents=trade.price_nanocents,
            quantity_napu=trade.quantity_napu,
            fee=trade.fee,
            executed_at=trade.executed_at,
            raw=trade.raw,
        )
        for trade in trades
    )
