"""Publishing in a world of its own: a real ledger, a chain in memory, and an exchange in memory that is watched."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from app.domain.fills import Fill
from app.domain.markets import Market
from app.domain.offers import Level, Stack, desired_stack
from app.domain.orders import Order, OrderState
from app.domain.price_curve import target_price
from app.domain.showing import stack_on_market
from app.ndau.keys import PrivateKey
from app.services.decide_offers import Decision, decide_offers
from app.services.publisher import PublishRules
from app.services.push_offers import PushOutcome, PushReport, push_offers
from app.services.record_fills import record_fills
from app.store.ledger import SqlLedger
from tests.fakes.chain import FakeChain
from tests.fakes.ots import CENT_MARKET, FakeOts
from tests.unit.app.services.ledgers import EventfulClock, Ledgers, sell
from tests.unit.app.services.steps import Killed, Steps

NAME = "north"
DEPTHS = {NAME: 3}
RULES = PublishRules(depth=3, placing_grace_seconds=20, cancel_limit_seconds=10)
KEY = PrivateKey.generate()


class WatchedOts(FakeOts):
    """An exchange that calls somebody right after each placement, before the one who placed hears of it.

    Attributes:
        after_placing: called with the level that was placed.
    """

    def __init__(self, market: Market, now: Callable[[], datetime], *, keeps_client_order_ids: bool) -> None:
        super().__init__(NAME, market, now=now, page_size=2, keeps_client_order_ids=keeps_client_order_ids)
        self.after_placing: Callable[[Level], object] = lambda _: None

    def place_offer(self, client_order_id: str, level: Level) -> str:
        before = len(self.placed)
        try:
            return super().place_offer(client_order_id, level)
        finally:
            if len(self.placed) > before:
                self.after_placing(level)

    @property
    def our_orders(self) -> list[Order]:
        """Our open offers, whatever faults wait."""
        open_orders = (order for order in self._orders.values() if order.state is OrderState.OPEN)
        return [order for order in open_orders if self.client_order_id(order.exchange_order_id)]

    @property
    def our_fills(self) -> list[Fill]:
        """All that our offers sold."""
        return [fill for fill in self._fills if self.client_order_id(fill.exchange_order_id)]


@dataclass(slots=True)
class Publishing:
    """One coordinator's publishing to one exchange; others sell beside it."""

    ledger: SqlLedger
    clock: EventfulClock
    chain: FakeChain
    ots: WatchedOts
    rules: PublishRules = RULES

    def decide(self, why: str = "test") -> Decision:
        """Decide what to offer."""
        return decide_offers(self.ledger, self.chain, DEPTHS, why=why)

    def push(self, steps: Steps | None = None, *, generation: int | None = None) -> PushReport:
        """Push a generation, by default the newest, in a process of its own."""
        steps = steps or Steps()
        newest = self.ledger.offers.generation()
        number = generation if generation is not None else newest.number if newest else 0
        ledger = steps.ledger(SqlLedger(self.ledger.database, self.clock))
        return push_offers(ledger, steps.ots(self.ots), self.clock, self.rules, number)

    def publish(self, steps: Steps | None = None) -> PushReport:
        """Decide, and push what was decided."""
        return self.push(steps, generation=self.decide().generation)

    def publish_and_die(self, steps: Steps) -> None:
        """Push the newest decision, in a process that may die."""
        self.decide()
        try:
            self.push(steps)
        except Killed:
            assert steps.was_reached

    def publish_until_done(self) -> None:
        """Publish again and again, as beat does, until the exchange shows the newest decision."""
        for _ in range(10):
            self.clock.wait(15)
            report = self.publish()
            if report.outcome is PushOutcome.PUBLISHED and not report.has_new_sales:
                return
        raise AssertionError(f"still not published: {self.publish()}")

    def buy(self, quantity_napu: int) -> None:
        """Have somebody buy here, at any price."""
        self.ots.buy(quantity_napu, 10**20)

    def sell_elsewhere(self, quantity_napu: int) -> None:
        """Have another exchange record a sale."""
        sell(self.ledger, quantity_napu)

    def record(self) -> None:
        """Read this exchange's fills, as polling does."""
        record_fills(self.ledger, self.ots)

    @property
    def offered(self) -> Stack:
        """What our open offers show, by price."""
        shown: Counter[int] = Counter()
        for order in self.ots.our_orders:
            shown[order.price_nanocents] += order.remaining_napu
        return tuple(Level(price, quantity) for price, quantity in sorted(shown.items()))

    @property
    def due(self) -> Stack:
        """What should be offered, by everything that was truly sold, recorded or not."""
        return stack_on_market(desired_stack(self._basis_napu, RULES.depth), self.ots.market)

    def check(self) -> None:
        """Check that the exchange shows the stack, that the ledger knows it, and that all sales are recorded."""
        assert self.offered == self.due
        live = self.ledger.offers.live_offers(NAME)
        shown = sorted(order.exchange_order_id for order in self.ots.our_orders)
        assert sorted(str(offer.exchange_order_id) for offer in live) == shown
        assert self.ledger.fills.totals().sold_napu == self._sold_napu
        publication = next(each for each in self.ledger.offers.publications() if each.exchange == NAME)
        assert (publication.shown, publication.error) == (publication.wanted, "")

    def check_placement(self, level: Level) -> None:
        """Check that what was just placed is neither too cheap nor, with what is there, too much."""
        assert level.price_nanocents >= target_price(self._basis_napu)
        due = {each.price_nanocents: each.quantity_napu for each in self.due}
        shown = {each.price_nanocents: each.quantity_napu for each in self.offered}
        assert shown[level.price_nanocents] <= due.get(level.price_nanocents, 0)

    @property
    def _basis_napu(self) -> int:
        ours = set(self.chain.submitted)
        elsewhere = (each for each in self.chain.committed if (each.quantity_napu, each.sequence) not in ours)
        return sum(each.quantity_napu for each in elsewhere) + self._sold_napu

    @property
    def _sold_napu(self) -> int:
        elsewhere = sum(fill.quantity_napu for name, fill, _ in self.ledger.fills.recent(1000) if name != NAME)
        return elsewhere + sum(fill.quantity_napu for fill in self.ots.our_fills)


@contextmanager
def fresh_publishing(
    ledgers: Ledgers, market: Market = CENT_MARKET, *, keeps_client_order_ids: bool = True
) -> Iterator[Publishing]:
    """Give a world in which nothing was published yet, and in which every placement is checked."""
    clock = EventfulClock()
    with ledgers.fresh(clock) as ledger:
        ots = WatchedOts(market, clock.now, keeps_client_order_ids=keeps_client_order_ids)
        world = Publishing(ledger, clock, FakeChain([KEY]), ots)
        ots.after_placing = world.check_placement
        yield world
