"""The last word on a run: was anything lost, was anything issued twice."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import func, select

from app.domain.fills import FillKind
from app.domain.issuances import IssuanceState
from app.local.agreement import Agreement
from app.ndau.client import NdauChain
from app.settings.loading import required
from app.store import tables
from tests.functional.instance import RunningInstance


@dataclass(frozen=True, slots=True)
class Verdict:
    """What venues, chain and ledger say when all has settled, or should have.

    Attributes:
        problems: a sentence each; none when every sale was issued once and every venue shows what it should.
    """

    agreement: Agreement
    problems: tuple[str, ...]

    @property
    def lost_napu(self) -> int:
        """Sold and never issued."""
        return max(0, self.agreement.sold_napu - self.agreement.issued_napu)

    @property
    def doubled_napu(self) -> int:
        """Issued and never sold."""
        return max(0, self.agreement.issued_napu - self.agreement.sold_napu)


def judge(instance: RunningInstance, limit_seconds: float) -> Verdict:
    """Wait until everything has settled, no longer than that, and judge; nobody may trade any more."""
    agreement = instance.settled_agreement(limit_seconds)
    return Verdict(agreement, tuple(_problems(instance, agreement)))


def _problems(instance: RunningInstance, agreement: Agreement) -> Iterator[str]:
    if not agreement.agrees:
        yield f"it does not agree: {agreement.as_json()}"
    overview = instance.overview()
    if not overview.is_settled:
        yield f"it did not settle: {overview.totals}, {overview.exchanges}"
    yield from (f"halted: {halt.why}" for halt in overview.halts)
    yield from _double_issues(instance)
    yield from _untied_sales(instance)


def _double_issues(instance: RunningInstance) -> Iterator[str]:
    """Compare the chain's Issues with the ledger's issuances, one by one."""
    issuance = tables.issuance
    known = select(issuance.c.tx_hash, issuance.c.quantity_napu).where(issuance.c.state == IssuanceState.ISSUED)
    with instance.ledger.database.read() as connection:
        ours = {row.tx_hash: row.quantity_napu for row in connection.execute(known)}
    chain = NdauChain(required(instance.settings.chain, "chain").url)
    found = [issue.transaction for issue in chain.issues()]
    for tx_hash, count in Counter(each.tx_hash for each in found).items():
        if count > 1:
            yield f"{tx_hash} is {count} times on the chain"
    for each in found:
        if each.tx_hash not in ours:
            yield f"{each.tx_hash} of {each.quantity_napu} napu is on the chain and in no issuance"
    yield from (f"{tx_hash} is issued in the ledger only" for tx_hash in ours.keys() - {each.tx_hash for each in found})


def _untied_sales(instance: RunningInstance) -> Iterator[str]:
    """See that every issuance holds exactly its sales, and that every sale is in one."""
    fill, issuance = tables.fill, tables.issuance
    is_sale = fill.c.kind == FillKind.SALE
    sums = (
        select(issuance.c.id, issuance.c.quantity_napu, func.coalesce(func.sum(fill.c.quantity_napu), 0).label("sold"))
        .select_from(issuance.outerjoin(fill, fill.c.issuance_id == issuance.c.id))
        .where(issuance.c.state == IssuanceState.ISSUED)
        .group_by(issuance.c.id, issuance.c.quantity_napu)
    )
    untied = select(func.count()).select_from(fill).where(is_sale, fill.c.issuance_id.is_(None))
    others = select(func.count()).select_from(fill).where(~is_sale, fill.c.issuance_id.is_not(None))
    with instance.ledger.database.read() as connection:
        for row in connection.execute(sums):
            if row.sold != row.quantity_napu:
                yield f"issuance {row.id} of {row.quantity_napu} napu holds sales of {row.sold} napu"
        if count := connection.execute(untied).scalar_one():
            yield f"{count} sales are in no issuance"
        if count := connection.execute(others).scalar_one():
            yield f"{count} fills that are no sales are in an issuance"
