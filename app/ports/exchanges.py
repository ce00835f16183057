"""What an exchange must be able to do, and the two things that it may."""

from collections.abc import AsyncGenerator, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from app.domain.balances import Balance, Permissions
from app.domain.fills import FillPage
from app.domain.markets import Market
from app.domain.offers import Level
from app.domain.orders import Order


class OrderTrackingSystem(Protocol):
    """One exchange (OTS): hides its protocol, symbols, precision, clock and quirks.

    Every method may raise ExchangeUnavailable, RateLimited or AuthenticationFailed; those that send something that
    changes the exchange may also raise OutcomeUnknown (look it up) and ExchangeRejected (definitely not done).
    """

    @property
    def name(self) -> str:
        """The exchange's name in the settings."""
        ...

    @property
    def market(self) -> Market:
        """The rules for prices and quantities here."""
        ...

    def read_fills(self, position: str | None, since: datetime) -> Iterator[FillPage]:
        """Yield our account's fills after a position, oldest first, in pages of at most 1,000.

        With no position yet, start with the first fill executed at or after `since`. Each page carries the position
        after it. A fill may come twice (positions are a lower bound); none may be left out, even when fills share a
        time or arrive while we read. No page is yielded when there is nothing new.
        """
        ...

    def open_orders(self) -> Sequence[Order]:
        """Return all open orders of our account in this market, ours and others', both sides."""
        ...

    def order(self, exchange_order_id: str) -> Order:
        """Return one order, open or not.

        Raises:
            OrderUnknown: there is none of that id, or the exchange has forgotten it.
        """
        ...

    def place_offer(self, client_order_id: str, level: Level) -> str:
        """Place a limit sell of exactly this price and quantity; return the exchange's id of it.

        The level already follows the market's rules. It is sent within ten seconds of this call or never: the caller's
        lease lasts as long, and its successor may give the offer up and place another.

        Raises:
            OutcomeUnknown: it may have been placed: use `find_orders`, never place it again.
            ExchangeRejected: it was not placed.
        """
        ...

    def find_orders(self, client_order_id: str, level: Level, placed_after: datetime) -> Sequence[Order]:
        """Return the orders, open or recent, that a `place_offer` of unknown outcome may have made.

        Where the exchange keeps client order ids that is the one order or none; elsewhere all sells of that price and
        quantity placed at or after that time by the exchange's clock (allow for skew), oldest first.
        """
        ...

    def cancel_order(self, exchange_order_id: str) -> None:
        """Ask for an order to be cancelled. Returning does not say it is final, nor that nothing filled: ask `order`.

        An order that is no longer open counts as cancelled.
        """
        ...

    def server_time(self) -> datetime:
        """Return the exchange's clock, UTC."""
        ...

    def balance(self) -> Balance:
        """Return what the account holds of the token."""
        ...

    def permissions(self) -> Permissions | None:
        """Return what our API key may do, or None where the exchange does not tell."""
        ...


class OwnTradesStream(Protocol):
    """One exchange's own word that something of ours was traded. It wakes the poll and says nothing else."""

    def events(self) -> AsyncGenerator[None, None]:
        """Connect; yield once when connected, and then whenever something of ours may have been traded.

        It never ends by itself: it raises as soon as the connection is dead, a silent one too (no frame and no
        answered ping). Nothing is told of what happened while nobody was connected.

        Raises:
            ExchangeUnavailable: the connection could not be made, or is dead.
            AuthenticationFailed: the exchange does not accept the key.
        """
        ...


class RateSource(Protocol):
    """Says what a foreign currency is worth."""

    @property
    def name(self) -> str:
        """Who says so, for the record."""
        ...

    def worth_nanocents(self) -> int:
        """Return what one unit can be sold for now, in dollars; above 0.

        Raises:
            ExchangeUnavailable: it does not say, or nothing that can be believed; the last rate stays and grows old.
        """
        ...
