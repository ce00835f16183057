"""Put an old copy of the ledger in place of the present one, and let the coordinator go on."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace

from app.services.issue_sales import IssueReport
from app.services.recover_exchange import recover_exchange
from tests.fakes.signer import FakeSigner
from tests.unit.app.services.issuing import POLICY, Issuing
from tests.unit.app.services.ledgers import NDAU, Ledgers
from tests.unit.app.services.publishing import KEY, NAME, RULES, Publishing, fresh_publishing


@dataclass(slots=True)
class Restoring:
    """One coordinator with one exchange, whose ledger can be set back.

    Attributes:
        copies: of the whole ledger, oldest first.
    """

    publishing: Publishing
    issuing: Issuing
    copies: list[sqlite3.Connection]

    def back_up(self) -> None:
        """Copy the ledger."""
        copy = sqlite3.connect(":memory:")
        with closing(sqlite3.connect(self._path)) as present:
            present.backup(copy)
        self.copies.append(copy)

    def restore(self) -> None:
        """Put the oldest copy in place; every process is started anew."""
        with closing(sqlite3.connect(self._path)) as present:
            self.copies[0].backup(present)

    def sell(self, quantity_napu: int) -> None:
        """Have somebody buy, and the coordinator issue and publish."""
        self.publishing.buy(quantity_napu)
        self.round()

    def round(self) -> IssueReport:
        """Do what beat rings."""
        publishing = self.publishing
        publishing.record()
        recover_exchange(
            publishing.ledger, publishing.chain, publishing.ots, publishing.clock, RULES, exchanges=(NAME,)
        )
        report = self.issuing.run()
        self.issuing.resume_after_foreign_issues()
        publishing.publish()
        publishing.clock.wait(5)
        return report

    def go_on(self) -> None:
        """Go on until nothing waits."""
        for _ in range(20):
            if not self.round().waiting and self.publishing.ledger.fills.totals().waiting_napu == 0:
                self.publishing.publish_until_done()
                return
        raise AssertionError(f"still waiting: {self.round().waiting}")

    def check(self) -> None:
        """Check that every sale is issued exactly once and that the exchange shows the stack."""
        self.publishing.check()
        self.issuing.check()
        sold = sum(fill.quantity_napu for fill in self.publishing.ots.our_fills)
        assert sum(issue.quantity_napu for issue in self.issuing.ours_on_chain()) == sold
        assert self.publishing.ledger.recovery.active() is None
        assert self.publishing.ledger.issuances.unexplained() == []

    @property
    def _path(self) -> str:
        return str(self.publishing.ledger.database.engine.url.database)


@contextmanager
def fresh_restoring(ledgers: Ledgers, *, keeps_client_order_ids: bool) -> Iterator[Restoring]:
    """Give a world in which the first offers are shown."""
    with fresh_publishing(ledgers, keeps_client_order_ids=keeps_client_order_ids) as publishing:
        signer = FakeSigner([KEY])
        policy = replace(POLICY, maximum_napu=10_000 * NDAU, exchanges=(NAME,))
        world = Restoring(
            publishing, Issuing(publishing.ledger, publishing.clock, publishing.chain, signer, policy), []
        )
        publishing.publish()
        yield world
        for copy in world.copies:
            copy.close()
