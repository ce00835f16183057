"""Several exchanges share the levels out: no token is ever offered on two of them, and in the end all show their part."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest

from app.domain.errors import ExchangeUnavailable
from app.domain.offers import Level, desired_stack
from app.domain.orders import OrderState
from app.domain.price_curve import target_price
from app.domain.showing import Showing, shown_stack
from app.services.decide_offers import decide_offers
from app.services.publisher import LEASE_SECONDS, PublishRules
from app.services.push_offers import PushOutcome, PushReport, push_offers
from app.services.record_fills import record_fills
from app.store.ledger import SqlLedger
from tests.fakes.chain import FakeChain
from tests.fakes.ots import CENT_MARKET
from tests.unit.app.services.ledgers import NDAU, EventfulClock, Ledgers
from tests.unit.app.services.publishing import KEY, WatchedOts
from tests.unit.app.services.steps import Death, Killed, Moment, Steps

CENT = 10**9
WEIGHTS = {"east": 3, "north": 2, "west": 1}
DEPTH = 2
FINE = replace(CENT_MARKET, price_tick_nanocents=CENT // 100)
"""Each block has a price of its own."""


class Sharing:
    """Three exchanges that share the stack out, in one ledger."""

    def __init__(self, ledger: SqlLedger, clock: EventfulClock) -> None:
        self.ledger, self.clock = ledger, clock
        self.chain = FakeChain([KEY])
        self.ots = {name: WatchedOts(FINE, clock.now, keeps_client_order_ids=True) for name in WEIGHTS}
        for name, ots in self.ots.items():
            ots.name = name
            ots.after_placing = self.check_never_twice

    def rules(self, name: str) -> PublishRules:
        showing = Showing(Fraction(WEIGHTS[name], sum(WEIGHTS.values())), is_split=True)
        return PublishRules(DEPTH, 20, 10, showing, everywhere_depth=DEPTH)

    def decide(self) -> int:
        return decide_offers(self.ledger, self.chain, dict.fromkeys(WEIGHTS, DEPTH), why="test").generation

    def push(self, name: str, steps: Steps | None = None) -> PushReport:
        steps = steps or Steps()
        ledger = steps.ledger(SqlLedger(self.ledger.database, self.clock))
        return push_offers(ledger, steps.ots(self.ots[name]), self.clock, self.rules(name), self.decide())

    def settle(self) -> None:
        for _ in range(12):
            self.clock.wait(LEASE_SECONDS + 10)
            reports = [self.push(name) for name in WEIGHTS]
            if all(report.outcome is PushOutcome.PUBLISHED and not report.has_new_sales for report in reports):
                return
        raise AssertionError([self.push(name) for name in WEIGHTS])

    @property
    def sold_napu(self) -> int:
        return sum(fill.quantity_napu for ots in self.ots.values() for fill in ots.our_fills)

    def offered_up_to(self, price: int) -> int:
        return sum(
            order.remaining_napu
            for ots in self.ots.values()
            for order in ots.our_orders
            if order.price_nanocents <= price
        )

    def check_never_twice(self, placed: Level) -> None:
        """Check what is on offer everywhere, up to every price from the one placed at, against what was left to sell.

        What nobody has recorded yet was sold of what was on offer.
        """
        known = {(name, fill.fill_id) for name, fill, _ in self.ledger.fills.recent(10_000)}
        executed = [(name, fill) for name, ots in self.ots.items() for fill in ots.our_fills]
        unknown = [fill for name, fill in executed if (name, fill.fill_id) not in known]
        left = 0
        for level in desired_stack(self.ledger.fills.totals().sold_napu, DEPTH):
            left += level.quantity_napu
            price = FINE.price_up(level.price_nanocents)
            sold = sum(fill.quantity_napu for fill in unknown if fill.price_nanocents <= price)
            if price >= placed.price_nanocents:
                assert self.offered_up_to(price) + sold <= left
        assert placed.price_nanocents >= target_price(self.ledger.fills.totals().sold_napu)

    def check_shown(self) -> None:
        for name, ots in self.ots.items():
            due = shown_stack(desired_stack(self.sold_napu, DEPTH), FINE, self.rules(name).showing)
            shown = Counter[int]()
            for order in ots.our_orders:
                shown[order.price_nanocents] += order.remaining_napu
            assert shown == {each.level.price_nanocents: each.level.quantity_napu for each in due}


@pytest.fixture
def sharing(ledgers: Ledgers) -> Iterator[Sharing]:
    clock = EventfulClock()
    with ledgers.fresh(clock) as ledger:
        yield Sharing(ledger, clock)


def test_each_exchange_shows_its_part(sharing: Sharing) -> None:
    sharing.settle()
    shown = {name: sum(order.quantity_napu for order in ots.our_orders) for name, ots in sharing.ots.items()}
    whole = DEPTH * 1000 * NDAU
    assert shown == {"east": whole // 2, "north": 66_666 * NDAU // 100, "west": 33_332 * NDAU // 100}
    sharing.check_shown()


def test_what_another_exchange_still_shows_is_not_offered_here_until_it_is_gone(sharing: Sharing) -> None:
    sharing.settle()
    # West sells out its part of the first block, so all parts of it become smaller, and west's grows again.
    sharing.ots["west"].buy(160 * NDAU, 10**20)
    record_fills(sharing.ledger, sharing.ots["west"])
    report = sharing.push("west")
    assert report.outcome is PushOutcome.WAITING
    assert "other exchanges still show" in report.message
    assert sharing.push("east").outcome is PushOutcome.PUBLISHED
    assert sharing.push("north").outcome is PushOutcome.PUBLISHED
    assert sharing.push("west").outcome is PushOutcome.PUBLISHED
    sharing.check_shown()


def test_an_exchange_that_is_down_holds_back_no_more_than_what_it_shows(sharing: Sharing) -> None:
    sharing.settle()
    sharing.ots["west"].buy(100 * NDAU, 10**20)
    record_fills(sharing.ledger, sharing.ots["west"])
    sharing.ots["east"].fail_next("read_fills", ExchangeUnavailable("down"))
    assert sharing.push("east").outcome is PushOutcome.FAILED
    assert sharing.push("north").outcome is PushOutcome.PUBLISHED
    assert sharing.push("west").outcome is PushOutcome.WAITING
    offered = sharing.offered_up_to(FINE.price_up(target_price(0)))
    left = desired_stack(sharing.sold_napu, 1)[0].quantity_napu
    assert left - NDAU < offered <= left


@pytest.mark.parametrize("seed", range(12))
def test_whatever_sells_and_dies_in_whatever_order_no_token_is_offered_twice(sharing: Sharing, seed: int) -> None:
    dice = Random(seed)  # noqa: S311  a test must repeat
    names = sorted(WEIGHTS)
    buried = []
    for _ in range(40):
        name = dice.choice(names)
        match dice.randrange(5):
            case 0:
                sharing.ots[name].buy(dice.randrange(1, 400) * NDAU, 10**20)
            case 1:
                record_fills(sharing.ledger, sharing.ots[name])
            case 2:
                sharing.clock.wait(dice.choice([1, LEASE_SECONDS + 1]))
            case 3:
                steps = Steps.dying(dice.randrange(1, 30), Moment.AFTER, Death.KILLED)
                buried.append(steps)
                with suppress(Killed):
                    sharing.push(name, steps)
            case _:
                sharing.push(name)
    sharing.settle()
    sharing.check_shown()
    assert all(order.state is OrderState.OPEN for ots in sharing.ots.values() for order in ots.our_orders)
    for steps in buried:
        steps.bury()
