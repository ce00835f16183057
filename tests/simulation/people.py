"""Everybody else: buyers, the operator, beat, and whoever else issues with the same account."""

from typing import TYPE_CHECKING

from app.domain.fills import Side
from app.domain.halts import Scope
from app.domain.money import NAPU_PER_NDAU
from app.domain.offers import Level
from app.domain.price_curve import target_price
from tests.simulation.faults import Fault
from tests.simulation.scheduler import SECOND

if TYPE_CHECKING:
    from tests.simulation.world import World

_CENTI_NDAU = NAPU_PER_NDAU // 100


class People:
    """What they do, each in their own time.

    Attributes:
        have_gone: nobody buys any more, and there is less to hear of.
    """

    def __init__(self, world: "World") -> None:
        self.have_gone = False
        self._world = world
        self._dice = world.dice
        self._after = world.scheduler.after
        self._sales_left = world.dice.random.choice([5, 15, 40])

    def begin(self) -> None:
        """Let everybody begin."""
        every = self._dice.between
        for name in self._world.markets:
            self._beat("tasks.polling.poll_exchange", (name,), every(1, 5) * SECOND)
            self._after(every(1, 5) * SECOND, lambda name=name: self._buy(name))  # type: ignore[misc]
        self._beat("tasks.issuing.issue_sales", (), every(3, 8) * SECOND)
        self._beat("tasks.offering.publish_offers", ("beat",), every(15, 40) * SECOND, first_us=0)
        self._beat("tasks.offering.republish_lagging", (), every(4, 8) * SECOND)
        self._beat("tasks.upkeep.note_blocks", (), 15 * SECOND)
        self._beat("tasks.guarding.check_clocks", (), 20 * SECOND)
        self._beat("tasks.upkeep.reconcile", (), every(10, 30) * SECOND)
        self._world.clock.jump_now_and_then()
        self._after(every(2, 15) * SECOND, self._issue_elsewhere)
        self._after(every(1, 8) * SECOND, self._ring_twice)
        self._after(every(1, 8) * SECOND, self._trade_by_hand)
        self._after(every(5, 15) * SECOND, self._halt)
        self._after(every(2, 12) * SECOND, self._cut_off)
        self._after(5 * SECOND, self._look_at_halts)

    def go(self) -> None:
        """Have nobody buy any more, and lift everything that is halted."""
        self.have_gone = True
        for market in self._world.markets.values():
            market.away_until_us = 0
        for halt in self._world.ledger.halts.active():
            self._world.ledger.halts.lift(halt.scope, halt.exchange, who="operator", why="it is over")

    def _beat(self, task: str, arguments: tuple[str, ...], every_us: int, first_us: int | None = None) -> None:
        def ring() -> None:
            self._world.bells.ring(task, arguments, lasts_us=every_us * 9 // 10)
            self._after(every_us * (3 if self.have_gone else 1), ring)

        self._after(self._dice.between(0, every_us) if first_us is None else first_us, ring)

    def _buy(self, name: str) -> None:
        if self.have_gone:
            return
        most = self._dice.random.choice([20, 400, 400, 1500])
        bought = self._world.markets[name].buy(self._dice.between(1, most * 100) * _CENTI_NDAU)
        self._sales_left -= bought > 0
        if self._sales_left > 0:
            self._after(self._dice.between(50_000, self._world.longest_between_sales_us), lambda: self._buy(name))

    def _issue_elsewhere(self) -> None:
        if self._dice.strikes(Fault.FOREIGN_ISSUE):
            self._world.node.issue_elsewhere(self._dice.between(1, 150_000) * _CENTI_NDAU)
        self._after(self._dice.between(3, 25) * SECOND, self._issue_elsewhere)

    def _ring_twice(self) -> None:
        if self._dice.strikes(Fault.DOUBLE_REQUEST):
            task, arguments = self._dice.random.choice(
                [("tasks.issuing.issue_sales", ()), ("tasks.offering.publish_offers", ("operator",))]
            )
            for _ in range(2):
                self._world.bells.ring(task, arguments)
        self._after(self._dice.between(1, 8) * SECOND, self._ring_twice)

    def _trade_by_hand(self) -> None:
        if self._dice.strikes(Fault.MANUAL_TRADE):
            market = self._world.markets[self._dice.random.choice(list(self._world.markets))]
            side = self._dice.random.choice(list(Side))
            dear = market.market.price_up(
                target_price(self._world.node.state.issued_napu) * (3 if side is Side.SELL else 1)
            )
            level = Level(dear if side is Side.SELL else 10**9, self._dice.between(1, 5000) * _CENTI_NDAU)
            order = market.place("", side, level)
            if self._dice.random.random() < 0.7:
                market.trade(order, self._dice.between(1, level.quantity_napu // _CENTI_NDAU) * _CENTI_NDAU)
        self._after(self._dice.between(2, 10) * SECOND, self._trade_by_hand)

    def _halt(self) -> None:
        if not self._world.restoring.is_stopped and self._dice.strikes(Fault.HALT):
            scopes: list[tuple[Scope, str | None]] = [(Scope.ISSUING, None), (Scope.PUBLISHING, None)]
            scopes += [(Scope.PUBLISHING, name) for name in self._world.markets]
            scope, exchange = self._dice.random.choice(scopes)
            self._world.ledger.halts.halt(scope, exchange, who="operator", why="to have a look")
            self._world.scheduler.note("operator", f"halts {scope} {exchange or 'everywhere'}")
            if exchange is not None and self._dice.random.random() < 0.5:
                self._world.bells.ring("tasks.guarding.pull_offers", (exchange,))
        self._after(self._dice.between(5, 30) * SECOND, self._halt)

    def _cut_off(self) -> None:
        if self._dice.strikes(Fault.OUTAGE):
            market = self._world.markets[self._dice.random.choice(list(self._world.markets))]
            market.away_until_us = self._world.scheduler.now_us + self._dice.between(2, 40) * SECOND
            self._world.scheduler.note(market.name, "is away")
        self._after(self._dice.between(5, 20) * SECOND, self._cut_off)

    def _look_at_halts(self) -> None:
        for halt in () if self._world.restoring.is_stopped else self._world.ledger.halts.active():
            self._world.judge_halt(halt)
            if self.have_gone or self._dice.random.random() < 0.4:
                self._world.ledger.halts.lift(halt.scope, halt.exchange, who="operator", why="looked at it")
                self._world.scheduler.note(
                    "operator", f"resumes {halt.scope} {halt.exchange or 'everywhere'}: {halt.why}"
                )
        self._after(5 * SECOND, self._look_at_halts)
