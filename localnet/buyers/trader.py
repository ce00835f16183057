"""One simulated trader at work on one venue."""

import logging
from collections.abc import Callable
from decimal import Decimal
from random import Random
from threading import Event

from localnet.buyers.decisions import BUY, CancelBid, Decision, Habits, RestBid, Sight, Take, decide, pause_seconds
from venue.client import CallFailed, VenueUnreachable
from venue.client_records import Holding
from venue.clients import VenueClient

log = logging.getLogger(__name__)

_FIRST_BACKOFF_SECONDS = 0.2
_LONGEST_BACKOFF_SECONDS = 10.0
_NOTHING = Holding(Decimal(0), Decimal(0))


class Trader:
    """Looks, decides, acts, waits; over and over until `stop` is set.

    `traded` is called after each trade. A venue that is down is asked again, ever more seldom, until it is back; nothing
    that was sent is sent again.
    """

    def __init__(
        self,
        client: VenueClient,
        habits: Habits,
        dice: Random,
        *,
        name: str,
        mean_seconds: float,
        stop: Event,
        traded: Callable[[], None],
    ) -> None:
        self._client = client
        self._habits = habits
        self._dice = dice
        self._name = name
        self._mean_seconds = mean_seconds
        self._stop = stop
        self._traded = traded

    def run(self) -> None:
        """Trade until stopped."""
        backoff = _FIRST_BACKOFF_SECONDS
        while not self._stop.is_set():
            try:
                self.step()
            except VenueUnreachable as error:
                log.warning("%s: %s; again in %.1f s", self._name, error, backoff)
                self._stop.wait(backoff)
                backoff = min(2 * backoff, _LONGEST_BACKOFF_SECONDS)
            except CallFailed as error:
                # Mostly the market moved between looking and acting.
                log.info("%s: refused: %s", self._name, error)
                self._pause()
            else:
                backoff = _FIRST_BACKOFF_SECONDS
                self._pause()

    def step(self) -> Decision:
        """Look, decide and act once; return what was decided.

        Raises:
            VenueUnreachable: the venue is down.
            CallFailed: the venue refused.
        """
        decision = decide(self._dice, self._habits, self._look())
        match decision:
            case Take():
                self._take(decision)
            case RestBid():
                self._client.place(BUY, decision.price, decision.quantity)
            case CancelBid():
                self._client.cancel(decision.order_id)
            case _:
                pass
        return decision

    def _look(self) -> Sight:
        base, quote = self._client.symbol.split("_")
        depth = self._client.depth()
        balances = self._client.balances()
        return Sight(
            depth.bids[0].price if depth.bids else None,
            depth.asks[0].price if depth.asks else None,
            balances.get(quote, _NOTHING).available,
            balances.get(base, _NOTHING).available,
            tuple((order.order_id, order.price) for order in self._client.open_orders() if order.side == BUY),
        )

    def _take(self, decision: Take) -> None:
        order_id = self._client.place(decision.side, decision.price, decision.quantity)
        order = self._client.order(order_id)
        if order.remaining:
            try:
                self._client.cancel(order_id)
            except CallFailed:
                log.debug("%s: order %s filled before it could be cancelled", self._name, order_id)
            order = self._client.order(order_id)
        if order.executed:
            log.info("%s: %s %s at up to %s", self._name, decision.side, order.executed, decision.price)
            self._traded()

    def _pause(self) -> None:
        self._stop.wait(pause_seconds(self._dice, self._mean_seconds))
