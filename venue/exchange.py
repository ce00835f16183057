"""The venue's deterministic heart: commands in, state out. No clock, no I/O, nothing random."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, overload

from venue.amounts import decimal_from
from venue.clearing.ledger import Balance, Ledger
from venue.clearing.settlement import Fees, cost_of, settle
from venue.commands import CancelOrder, Command, Deposit, ListMarket, PlaceOrder, SetFees
from venue.errors import DuplicateOrder, InvalidRequest, NotFound, OrderNotOpen, WouldTrade
from venue.history import History, Trade
from venue.markets import Market, market_from
from venue.matching.book import Book, FillNumbers
from venue.matching.events import Filled
from venue.matching.orders import Order, OrderType

_Handler = Callable[[Any], Order | None]
Fill = tuple[Trade, Trade]
"""Two orders' parts in one fill: the maker's, then the taker's."""


@dataclass(slots=True)
class Listing:
    """One market and everything that happened in it."""

    market: Market
    book: Book
    tape: list[Trade] = field(default_factory=list)
    histories: dict[str, History] = field(default_factory=dict)

    def history(self, account: str) -> History:
        """Return an account's history here; an empty one, which nothing is added to, when it never placed an order."""
        return self.histories.get(account) or History()


class Observer(Protocol):
    """Who wants to see what happens in the books, right after it did.

    It must not raise, and what it sees may not be told before it is on the disk.
    """

    def placed(self, listing: Listing, order: Order, fills: list[Fill]) -> None:
        """Look at an order that was placed, with what it traded at once."""

    def cancelled(self, listing: Listing, order: Order) -> None:
        """Look at an order that its account cancelled."""


class Exchange:
    """Markets, books, balances and history.

    `apply` either raises Refused and changes nothing, or does the whole command. Any other error is a defect: the state
    may be half changed and must be thrown away.
    """

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.fees = Fees()
        self.listings: dict[str, Listing] = {}
        self.last_order_id = 0
        self.last_at_ms = 0
        self.fill_numbers = FillNumbers()
        self.observer: Observer | None = None
        self._orders: dict[int, Order] = {}
        # A table, because functools.singledispatchmethod costs as much as matching the order does.
        self._handlers: dict[type[Command], _Handler] = {
            ListMarket: self._list_market,
            SetFees: self._set_fees,
            Deposit: self._deposit,
            PlaceOrder: self._place_order,
            CancelOrder: self._cancel_order,
        }

    def listing(self, symbol: str) -> Listing:
        """Return a market.

        Raises:
            NotFound: it is not listed.
        """
        listing = self.listings.get(symbol)
        if listing is None:
            raise NotFound(f"symbol {symbol[:40]!r} is not traded here")
        return listing

    def order(self, account: str, order_id: int) -> Order:
        """Return an account's order, open or closed.

        Raises:
            NotFound: this account never placed it; whether another one did is not told.
        """
        order = self._orders.get(order_id)
        if order is None or order.account != account:
            raise NotFound(f"order {order_id} does not exist")
        return order

    def named_order(self, account: str, symbol: str, client_order_id: str) -> Order:
        """Return an account's newest order of a client order id in a market, open or closed.

        Raises:
            NotFound: this account has none.
        """
        order = self.listing(symbol).history(account).named.get(client_order_id)
        if order is None:
            raise NotFound(f"order {client_order_id!r} does not exist")
        return order

    def balance(self, account: str, asset: str) -> Balance:
        """Return an account's balance of an asset."""
        return self.ledger.balance(account, asset)

    def assets(self) -> list[str]:
        """Return every asset of the venue's markets, sorted."""
        return sorted({asset for each in self.listings.values() for asset in (each.market.base, each.market.quote)})

    @overload
    def apply(self, command: PlaceOrder | CancelOrder) -> Order: ...

    @overload
    def apply(self, command: Command) -> Order | None: ...

    def apply(self, command: Command) -> Order | None:
        """Do a command; return the order that it placed or cancelled, None for the other commands.

        Raises:
            Refused: it breaks a rule; nothing changed.
        """
        order = self._handlers[type(command)](command)
        self.last_at_ms = command.at_ms
        return order

    def _place_order(self, command: PlaceOrder) -> Order:
        listing = self.listing(command.symbol)
        self._check(listing, command)
        asset, amount = cost_of(listing.market, command.side, command.price, command.quantity)
        self.ledger.freeze(command.account, asset, amount)
        self.last_order_id += 1
        order = Order(
            self.last_order_id,
            command.account,
            command.symbol,
            command.side,
            command.price,
            command.quantity,
            command.time_in_force,
            command.at_ms,
            command.quantity,
            command.client_order_id,
            command.order_type,
            command.at_ms,
        )
        self._orders[order.order_id] = order
        listing.histories.setdefault(order.account, History()).opened(order)
        events = listing.book.place(order)
        fills = [self._settle(listing, event, command.at_ms) for event in events if isinstance(event, Filled)]
        if not order.is_open:
            self._close(listing, order)
        if self.observer is not None:
            self.observer.placed(listing, order, fills)
        return order

    def _check(self, listing: Listing, command: PlaceOrder) -> None:
        market = listing.market
        if command.price <= 0 or command.quantity < market.minimum_steps:
            raise InvalidRequest(f"price must be above 0 and amount at least {market.minimum_text} {market.base}")
        is_market = command.order_type is OrderType.MARKET
        if not is_market and not market.costs_enough(command.price, command.quantity):
            least = decimal_from(market.minimum_notional_units)
            raise InvalidRequest(f"price times amount must be at least {least:f} {market.quote}")
        if command.client_order_id and self._is_named(command.account, command.client_order_id):
            raise DuplicateOrder(f"order {command.client_order_id!r} is open already")
        if command.order_type is OrderType.LIMIT_MAKER and listing.book.would_trade(command.side, command.price):
            raise WouldTrade("the order must rest, and it would trade at once")

    def _is_named(self, account: str, client_order_id: str) -> bool:
        for listing in self.listings.values():
            history = listing.histories.get(account)
            order = history.named.get(client_order_id) if history else None
            if order is not None and order.is_open:
                return True
        return False

    def _cancel_order(self, command: CancelOrder) -> Order:
        order = self.order(command.account, command.order_id)
        if not order.is_open:
            raise OrderNotOpen(f"order {order.order_id} is not open: it is {order.status}")
        listing = self.listings[order.symbol]
        listing.book.cancel(order)
        order.updated_at_ms = command.at_ms
        self._close(listing, order)
        if self.observer is not None:
            self.observer.cancelled(listing, order)
        return order

    def _deposit(self, command: Deposit) -> None:
        if command.amount <= 0:
            raise InvalidRequest(f"a deposit must be above 0, not {command.amount} units")
        self.ledger.deposit(command.key, command.account, command.asset, command.amount)

    def _list_market(self, command: ListMarket) -> None:
        market = market_from(
            base=command.base,
            quote=command.quote,
            price_tick=command.price_tick,
            quantity_step=command.quantity_step,
            minimum_quantity=command.minimum_quantity,
            minimum_notional=command.minimum_notional,
        )
        if market.symbol in self.listings:
            raise InvalidRequest(f"market {market.symbol} is listed already")
        self.listings[market.symbol] = Listing(market, Book(self.fill_numbers))

    def _set_fees(self, command: SetFees) -> None:
        self.fees = Fees(command.maker_millionths, command.taker_millionths)

    def _settle(self, listing: Listing, fill: Filled, at_ms: int) -> Fill:
        maker_fee, taker_fee = settle(self.ledger, listing.market, self.fees, fill)
        maker, taker = fill.maker, fill.taker
        cost = fill.price * fill.quantity
        maker.cost += cost
        taker.cost += cost
        maker.updated_at_ms = at_ms
        made = Trade(2 * fill.fill_id - 1, maker, fill.price, fill.quantity, maker_fee, at_ms)
        took = Trade(2 * fill.fill_id, taker, fill.price, fill.quantity, taker_fee, at_ms)
        listing.histories[maker.account].trades.append(made)
        listing.histories[taker.account].trades.append(took)
        listing.tape.append(took)
        if maker.remaining == 0:
            self._close(listing, maker)
        return made, took

    def _close(self, listing: Listing, order: Order) -> None:
        if order.is_cancelled:
            asset, amount = cost_of(listing.market, order.side, order.price, order.remaining)
            self.ledger.release(order.account, asset, amount)
        listing.histories[order.account].closed(order)
