"""One world: exchanges, chain, signing service, ledger, our processes and the people, all from one seed."""

from collections.abc import Collection
from dataclasses import replace

from app.domain.halts import Halt
from app.domain.markets import Market
from app.domain.money import NAPU_PER_NDAU
from app.domain.supply import basis_of
from app.settings.exchanges import ExchangeSettings
from app.settings.sections import PolicySettings
from app.settings.settings import Settings
from app.store.ledger import SqlLedger
from localnet.chain.rules import State
from tests.simulation.bells import Bells
from tests.simulation.bitmart_server import BitmartServer
from tests.simulation.clock import HostClock, TrueTime
from tests.simulation.faults import Dice, Fault, Luck
from tests.simulation.invariants import NOT_ASKED_FOR, Invariants, Violation
from tests.simulation.knowledge import Knowledge
from tests.simulation.ledger import LedgerFile
from tests.simulation.market import SimulatedMarket
from tests.simulation.node import REFUSAL, SimulatedNode
from tests.simulation.parts import Parts
from tests.simulation.people import People
from tests.simulation.restoring import Restoring
from tests.simulation.scheduler import SECOND, Scheduler
from tests.simulation.signing_service import KEYS, SIGNING_IS_HALTED, SigningService
from tests.simulation.workers import GUARDING, ISSUING, OFFERING, POLLING, UPKEEP, Worker

_GRACE_SECONDS = 20.0
"""Longer than any request is on its way, any order takes to be listed and any clock jumps."""

_REASONS = (
    # What a halt says, and the fault that it then must come from.
    (REFUSAL, Fault.CHAIN_REFUSES),
    (SIGNING_IS_HALTED, Fault.SIGNER_REFUSES),
    ("somebody else issued", Fault.FOREIGN_ISSUE),
    ("differences in money", Fault.FOREIGN_ISSUE),
    ("the exchange denies access", Fault.TOKEN_ENDED),
)


class World:
    """Everything there is.

    Attributes:
        quiet_from_us: true time from which no process is stopped any more.
        only: the one invariant that is judged, None for all: to see whether that one notices by itself.
    """

    def __init__(self, seed: int, file: LedgerFile, *, only: str | None = None, often: Collection[Fault] = ()) -> None:
        self.only = only
        self.scheduler = Scheduler()
        self.dice = Dice(seed, often)
        self.file = file
        self.file.empty()
        self.quiet_from_us = 0
        self.time = TrueTime(self.scheduler)
        self.clock = HostClock(self.scheduler, self.dice)
        self.ledger = SqlLedger(file.database, self.clock)
        self.page_size = self.dice.random.choice([1, 2, 5, 50])
        self.longest_between_sales_us = self.dice.random.choice([SECOND // 2, 2 * SECOND, 5 * SECOND, 12 * SECOND])
        self.node = self._draw_chain()
        self.markets = self._draw_markets()
        self.settings = self._draw_settings()
        self.depth = next(iter(self.settings.exchanges.values())).depth
        self.servers = {
            name: BitmartServer(market, self.page_size)
            for name, market in self.markets.items()
            if not market.keeps_client_order_ids
        }
        self.bells = Bells(self.scheduler, self.dice)
        self.knowledge = Knowledge(file, self._basis_napu)
        self.invariants = Invariants(self)
        self.signing = SigningService(file.path.parent, now=self.clock.now, on_signed=self.invariants.on_signed)
        self.node.on_applied = self.invariants.on_applied
        for market in self.markets.values():
            market.on_placed = self.invariants.on_placed
        self.scheduler.after_step = self.invariants.check
        # The operator's own commands find a disk that is not full.
        file.is_full = lambda: self.scheduler.current is not None and self.dice.strikes(Fault.DISK_FULL)
        self.people = People(self)
        self.restoring = Restoring(self)
        self.workers = {worker.name: worker for worker in self._workers()}

    def start(self) -> None:
        """Let everything begin."""
        for worker in self.workers.values():
            worker.start()
        self.people.begin()

    def new_parts(self, worker: Worker) -> Parts:
        """Return what a process is built of when it starts."""
        return Parts(self, worker)

    def current_parts(self) -> Parts:
        """Return the parts of the process that runs."""
        assert self.scheduler.current is not None
        return self.workers[self.scheduler.current.name].parts

    def require(self, is_true: bool, invariant: str, message: str) -> None:
        """Insist on an invariant.

        Raises:
            Violation: it does not hold.
        """
        if not is_true and self.only in (None, invariant):
            raise Violation(invariant, message)

    def judge_halt(self, halt: Halt) -> None:
        """Check that whoever halted something had a reason.

        Raises:
            Violation: nobody and nothing gave one.
        """
        if halt.who == "operator":
            return
        if halt.who == "issuer":
            self.dice.saw(Luck.REFUSED)
        has_reason = any(words in halt.why and self.dice.happened[fault] for words, fault in _REASONS)
        self.require(has_reason, NOT_ASKED_FOR, f"{halt.who} halted {halt.scope}: {halt.why}")

    def close(self) -> None:
        """End all processes and let go of what they held."""
        self.scheduler.unwind()
        self.file.is_full = lambda: False
        for worker in self.workers.values():
            for context in worker.held:
                context.__exit__(None, None, None)
        self.signing.close()

    def _basis_napu(self, generation: int, sold_napu: int) -> int:
        query = "SELECT issued_napu, foreign_napu FROM generation WHERE number = ?"
        issued, foreign = self.file.reader.execute(query, (generation,)).fetchone()
        return basis_of(chain_issued_napu=issued, foreign_napu=foreign, sold_napu=sold_napu)

    def _draw_settings(self) -> Settings:
        policy = PolicySettings(
            maximum_per_issue_ndau=self.dice.random.choice(["5000", "10000", "100000"]),
            maximum_sales_per_issue=self.dice.random.choice([1, 3, 1000]),
            placing_grace_seconds=_GRACE_SECONDS,
            cancel_limit_seconds=1.5,
            maximum_lost_leases_per_hour=1000,
            breaker_failures=self.dice.random.choice([1, 2, 5]),
        )
        depth = self.dice.between(1, 4)
        exchange = ExchangeSettings(driver="simulated", symbol="NDAU_USDT", depth=depth)
        return Settings(home=self.file.path.parent, policy=policy, exchanges=dict.fromkeys(self.markets, exchange))

    def _draw_chain(self) -> SimulatedNode:
        issued = self.dice.random.choice([0, 1_999, 250_000, 2_900_000]) * NAPU_PER_NDAU
        state = State(0, self.dice.between(0, 50), 10**6 * NAPU_PER_NDAU, 10**8 * NAPU_PER_NDAU, issued)
        return SimulatedNode(self.scheduler, self.dice, KEYS, state)

    def _draw_markets(self) -> dict[str, SimulatedMarket]:
        names = ["bitmart", "named", "north"][: self.dice.random.choice([1, 2, 2, 3])]
        if self.dice.random.random() < 0.3:
            names.reverse()
        cents = Market("NDAU_USDT", price_tick_nanocents=10**9, quantity_step_napu=10**6)
        fine = replace(cents, price_tick_nanocents=10**7, minimum_quantity_napu=50 * 10**6)
        return {
            name: SimulatedMarket(
                name, self.dice.random.choice([cents, fine]), name == "named", self.scheduler, self.dice
            )
            for name in names
        }

    def _workers(self) -> list[Worker]:
        lines = [
            ("poll-1", (POLLING, UPKEEP, GUARDING, OFFERING)),
            ("poll-2", (POLLING, OFFERING)),
            ("offers-1", (OFFERING,)),
        ]
        lines += [("offers-2", (OFFERING, GUARDING)), ("issue-1", (ISSUING,)), ("issue-2", (ISSUING,))]
        return [Worker(name, queues, self) for name, queues in lines]
