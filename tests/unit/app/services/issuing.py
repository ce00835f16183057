"""Issuing in a world of its own: a real ledger, and a chain and a signer in memory."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from app.domain.halts import Scope
from app.domain.issuances import Issuance, IssuanceState
from app.ndau.keys import PrivateKey
from app.ports.chain import ChainTransaction
from app.services.issue_sales import IssuePolicy, IssueReport, issue_sales
from app.store.ledger import SqlLedger
from tests.fakes.chain import FakeChain
from tests.fakes.signer import FakeSigner
from tests.unit.app.services.ledgers import NDAU, EventfulClock, Ledgers, sell
from tests.unit.app.services.steps import Killed, Steps

POLICY = IssuePolicy(maximum_napu=100 * NDAU, maximum_sales=1000, unsettled_limit_seconds=300)
KEY = PrivateKey.generate()


@dataclass(slots=True)
class Issuing:
    """One coordinator's issuing."""

    ledger: SqlLedger
    clock: EventfulClock
    chain: FakeChain
    signer: FakeSigner
    policy: IssuePolicy = POLICY

    def sell(self, *quantities_napu: int) -> None:
        """Record sales, oldest first."""
        sell(self.ledger, *quantities_napu)

    def run(self, steps: Steps | None = None) -> IssueReport:
        """Issue what waits, in a process of its own."""
        steps = steps or Steps()
        ledger = steps.ledger(SqlLedger(self.ledger.database, self.clock))
        chain, signer = steps.chain(self.chain), steps.signer(self.signer)
        return issue_sales(ledger, chain, signer, self.clock, self.policy)

    def run_and_die(self, steps: Steps) -> None:
        """Issue what waits, in a process that may die."""
        try:
            self.run(steps)
        except Killed:
            assert steps.was_reached

    def run_until_done(self) -> None:
        """Issue again and again, as beat does, until nothing waits."""
        for _ in range(10):
            self.clock.wait(60)
            if not self.run().waiting:
                return
            self.resume_after_foreign_issues()
        raise AssertionError(f"still waiting: {self.run().waiting}")

    def resume_after_foreign_issues(self) -> None:
        """Have the operator say that what somebody else issued was meant."""
        if any(halt.why.startswith("somebody else issued") for halt in self.ledger.halts.active()):
            self.ledger.halts.lift(Scope.ISSUING, None, who="operator", why="it was meant")

    def limit(self, maximum_napu: int) -> None:
        """Allow that much for each transaction."""
        self.policy = replace(self.policy, maximum_napu=maximum_napu)

    @property
    def issuances(self) -> list[Issuance]:
        """All issuances, oldest first."""
        return list(reversed(self.ledger.issuances.recent(1000)))

    @property
    def states(self) -> list[str]:
        """Where all issuances stand, oldest first."""
        return [str(issuance.state) for issuance in self.issuances]

    def check(self) -> None:
        """Check that each sale is issued exactly once, and that no two transactions of ours share a sequence."""
        totals = self.ledger.fills.totals()
        assert totals.waiting_napu == totals.in_flight_napu == 0
        assert self.ledger.fills.unissued_sales(1) == []
        assert self.ledger.fills.count_issued() == len(self.ledger.fills.recent(1000))
        assert sum(issue.quantity_napu for issue in self.ours_on_chain()) == totals.sold_napu
        issued = [each for each in self.issuances if each.state is IssuanceState.ISSUED]
        assert [each.tx_hash for each in issued] == [each.tx_hash for each in self.ours_on_chain()]
        assert {len(quantities) for quantities in self._quantities_by_sequence().values()} == {1}
        assert self.ledger.halts.active() == []

    def ours_on_chain(self) -> list[ChainTransaction]:
        """Return the transactions that came through us, oldest first."""
        ours = set(self.chain.submitted)
        return [each for each in self.chain.committed if (each.quantity_napu, each.sequence) in ours]

    def _quantities_by_sequence(self) -> dict[int, set[int]]:
        quantities: defaultdict[int, set[int]] = defaultdict(set)
        for quantity, sequence in self.chain.submitted:
            quantities[sequence].add(quantity)
        for sequence, quantity in self.signer.signed.items():
            quantities[sequence].add(quantity)
        return quantities


@contextmanager
def fresh_issuing(ledgers: Ledgers) -> Iterator[Issuing]:
    """Give a world in which nothing was sold yet."""
    clock = EventfulClock()
    with ledgers.fresh(clock) as ledger:
        yield Issuing(ledger, clock, FakeChain([KEY], sequence=40), FakeSigner([KEY]))
