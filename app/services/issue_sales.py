"""Turn waiting sales into Issue transactions, each exactly once."""

import logging
from dataclasses import dataclass, field

from app.domain.errors import AuthenticationFailed, InvalidInput, LeaseLost, Unavailable
from app.domain.halts import Scope, halt_of
from app.domain.issuances import OPEN_STATES, Issuance, IssuanceState, first_that_fit
from app.domain.ledger import Lease
from app.ports import Chain, Clock, Ledger, Signer
from app.services.settle_issuance import send_issuance, settle_issuance

log = logging.getLogger(__name__)

LEASE = "issuer"
LEASE_SECONDS = 10.0
"""After a crash the next issuer waits this long. Shorter than a slow submit, which is safe: who takes over sends the
same transaction or none."""

_MOST_PER_RUN = 20
"""Issuances in one run; then the worker looks at its queue again."""


@dataclass(frozen=True, slots=True)
class IssuePolicy:
    """What one Issue transaction may hold, and how long one may stay unsettled before a person is called."""

    maximum_napu: int
    maximum_sales: int
    unsettled_limit_seconds: float


@dataclass(frozen=True, slots=True)
class IssueReport:
    """What a run did.

    Attributes:
        issued: the issuances that came into a block.
        waiting: why the run ended before all was issued; "" when nothing waits.
    """

    issued: list[Issuance] = field(default_factory=list)
    waiting: str = ""


def issue_sales(ledger: Ledger, chain: Chain, signer: Signer, clock: Clock, policy: IssuePolicy) -> IssueReport:
    """Settle what is open, then issue what waits, until nothing does.

    Running it twice, late or at the same time elsewhere changes nothing: the lease lets one run at a time, the ledger
    fixes a transaction before it is signed, and an open one is looked up on the chain before anything else is sent.
    """
    if halt := halt_of(ledger.halts.active(), Scope.ISSUING):
        return IssueReport(waiting=f"issuing is halted by {halt.who}: {halt.why}")
    with ledger.leases.hold(LEASE, LEASE_SECONDS) as lease:
        if lease is None:
            return IssueReport(waiting="another issuer is at work")
        report = IssueReport()
        try:
            waiting = _issue_all(_Issuer(ledger, chain, signer, clock, policy, lease), report)
        except (Unavailable, LeaseLost) as error:
            waiting = str(error)
        except (AuthenticationFailed, InvalidInput) as error:
            # Nothing was signed; once keys or settings are mended the next run goes on by itself.
            log.warning("nothing can be signed until a person mends this: %s", error)
            waiting = str(error)
        return IssueReport(report.issued, waiting)


@dataclass(frozen=True, slots=True)
class _Issuer:
    ledger: Ledger
    chain: Chain
    signer: Signer
    clock: Clock
    policy: IssuePolicy
    lease: Lease


def _issue_all(issuer: _Issuer, report: IssueReport) -> str:
    for _ in range(_MOST_PER_RUN):
        issuance = issuer.ledger.issuances.open()
        if issuance is not None:
            done = settle_issuance(issuer.ledger, issuer.chain, issuer.signer, issuer.lease, issuance)
        else:
            prepared, waiting = _prepare(issuer)
            if prepared is None:
                return waiting
            done = send_issuance(issuer.ledger, issuer.chain, issuer.signer, issuer.lease, prepared)
        if done.state in OPEN_STATES:
            return _unsettled(issuer, done)
        if done.state is IssuanceState.ISSUED:
            report.issued.append(done)
        issuer.ledger.leases.renew(issuer.lease, LEASE_SECONDS)
    return "more sales wait for the next run"


def _prepare(issuer: _Issuer) -> tuple[Issuance | None, str]:
    """Decide the next transaction and commit it, before anything is signed or sent."""
    waiting = issuer.ledger.fills.unissued_sales(issuer.policy.maximum_sales)
    if not waiting:
        return None, ""
    supply, account = issuer.chain.supply(), issuer.chain.issuer_account()
    room = min(issuer.policy.maximum_napu, supply.released_napu - supply.issued_napu)
    sales = first_that_fit(waiting, room)
    if not sales:
        message = f"the next sale is {waiting[0].quantity_napu} napu, but only {room} napu may be issued now"
        log.error("%s: release more on the chain, or raise policy.maximum_per_issue_ndau", message)
        return None, message
    sequence = max(account.sequence, issuer.ledger.issuances.last_sequence(account.address)) + 1
    quantity = sum(sale.quantity_napu for sale in sales)
    tx_hash = issuer.chain.issue_hash(quantity, sequence)
    prepared = issuer.ledger.issuances.prepare(
        issuer.lease, issuer_address=account.address, sequence=sequence, tx_hash=tx_hash, sales=sales
    )
    return prepared, ""


def _unsettled(issuer: _Issuer, issuance: Issuance) -> str:
    age = (issuer.clock.now() - issuance.prepared_at).total_seconds()
    words = f"issuance {issuance.id} (sequence {issuance.sequence}) is {issuance.state}: {issuance.message or 'being looked up'}"
    if issuance.state is IssuanceState.REFUSED:
        issuer.ledger.halts.halt(Scope.ISSUING, None, who="issuer", why=words)
        log.error("%s; a person must look, then `meic resume issuing` sends the same transaction again", words)
    elif age > issuer.policy.unsettled_limit_seconds:
        log.error("%s since %.0f s; a person must look at the chain", words, age)
    return words
