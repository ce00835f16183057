"""Turn waiting sales into Issue transactions, each exactly once."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.domain.errors import AuthenticationFailed, InvalidInput, LeaseLost, Unavailable
from app.domain.fills import list_fills
from app.domain.halts import Scope, halt_of
from app.domain.issuances import OPEN_STATES, Issuance, IssuanceState, first_that_fit
from app.domain.ledger import Lease, Sale
from app.ports.chain import Chain, ChainAccount
from app.ports.clock import Clock
from app.ports.ledger import Ledger
from app.ports.signer import Signer
from app.services.learn_issues import learn_issues
from app.services.limits import IssueLimits, halt_at_limit, note_lost_lease
from app.services.recover import recover
from app.services.settle_issuance import send_issuance, settle_issuance

log = logging.getLogger(__name__)

LEASE = "issuer"
LEASE_SECONDS = 10.0
"""After a crash the next issuer waits this long. Shorter than a slow submit, which is safe: who takes over sends the
same transaction or none."""

_RECOVERED = "the ledger has recovered; the next run issues what waits"

_MOST_PER_RUN = 20
"""Issuances in one run; then the worker looks at its queue again."""


@dataclass(frozen=True, slots=True)
class IssuePolicy:
    """What one Issue transaction may hold, and how long one may stay unsettled before a person is called.

    Attributes:
        exchanges: all in use; after an old ledger was put in place each is read again before anything is issued.
        limits: at which issuing halts by itself; None for no limits.
        is_dry_run: issue nothing at all.
        held_back: exchanges in a dry run, whose sales wait.
    """

    maximum_napu: int
    maximum_sales: int
    unsettled_limit_seconds: float
    exchanges: tuple[str, ...] = ()
    limits: IssueLimits | None = None
    is_dry_run: bool = False
    held_back: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IssueReport:
    """What a run did.

    Attributes:
        issued: the issuances that came into a block.
        waiting: why the run ended before all was issued; "" when nothing waits.
    """

    issued: list[Issuance] = field(default_factory=list)
    waiting: str = ""

    @property
    def has_recovered(self) -> bool:
        """Whether the ledger was an old copy and knows everything again, so that offers may be published."""
        return self.waiting == _RECOVERED


def issue_sales(ledger: Ledger, chain: Chain, signer: Signer, clock: Clock, policy: IssuePolicy) -> IssueReport:
    """Settle what is open, then issue what waits, until nothing does.

    Running it twice, late or at the same time elsewhere changes nothing: the lease lets one run at a time, the ledger
    fixes a transaction before it is signed, and an open one is looked up on the chain before anything else is sent.
    """
    if policy.is_dry_run:
        return IssueReport(waiting=f"dry run: {ledger.fills.totals().waiting_napu} napu wait, and nothing is issued")
    if halt := halt_of(ledger.halts.active(), Scope.ISSUING):
        return IssueReport(waiting=f"issuing is halted by {halt.who}: {halt.why}")
    with ledger.leases.hold(LEASE, LEASE_SECONDS) as lease:
        if lease is None:
            return IssueReport(waiting="another issuer is at work")
        report = IssueReport()
        try:
            waiting = _issue_all(_Issuer(ledger, chain, signer, clock, policy, lease), report)
        except Unavailable as error:
            log.warning("issuing waits: %s", error)
            waiting = str(error)
        except LeaseLost as error:
            note_lost_lease(ledger, clock, policy.limits, lease)
            waiting = str(error)
        except (AuthenticationFailed, InvalidInput) as error:
            # Nothing was signed; once keys or settings are mended the next run goes on by itself.
            waiting = _for_a_person(str(error))
        return IssueReport(report.issued, waiting)


def _for_a_person(words: str) -> str:
    log.error("nothing can be signed until a person mends this: %s", words)
    return words


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
            prepared, waiting = _next(issuer)
            if prepared is None:
                return waiting
            done = send_issuance(issuer.ledger, issuer.chain, issuer.signer, issuer.lease, prepared)
        if done.state in OPEN_STATES:
            return _unsettled(issuer, done)
        if done.state is IssuanceState.ISSUED:
            report.issued.append(done)
        issuer.ledger.leases.renew(issuer.lease, LEASE_SECONDS)
    return "more sales wait for the next run"


def _next(issuer: _Issuer) -> tuple[Issuance | None, str]:
    """Return the issuance to send next, or None and why nothing may be issued ("" when nothing waits)."""
    ledger = issuer.ledger
    policy, recovery = issuer.policy, ledger.recovery.active()
    sales = ledger.fills.unissued_sales(policy.maximum_sales, besides=policy.held_back)
    account = issuer.chain.issuer_account()
    asks_signer = bool(sales) or recovery is not None
    waiting = learn_issues(
        ledger, issuer.chain, issuer.signer, issuer.clock, issuer.lease, account=account, asks_signer=asks_signer
    )
    if waiting:
        return None, waiting
    if forgotten := ledger.issuances.open():
        return forgotten, ""
    if halt := halt_of(ledger.halts.active(), Scope.ISSUING):
        return None, f"issuing is halted by {halt.who}: {halt.why}"
    if recovery := ledger.recovery.active():
        waiting = recover(ledger, issuer.lease, recovery, issuer.policy.exchanges)
        return None, waiting or _RECOVERED
    return _prepare(issuer, account, sales) if sales else (None, "")


def _prepare(issuer: _Issuer, account: ChainAccount, waiting: Sequence[Sale]) -> tuple[Issuance | None, str]:
    """Decide the next transaction and commit it, before anything is signed or sent."""
    supply = issuer.chain.supply()
    room = min(issuer.policy.maximum_napu, supply.released_napu - supply.issued_napu)
    sales = first_that_fit(waiting, room)
    if not sales:
        message = f"the next sale is {waiting[0].quantity_napu} napu, but only {room} napu may be issued now"
        log.error("%s: release more on the chain, or raise policy.maximum_per_issue_ndau", message)
        return None, message
    sequence = max(account.sequence, issuer.ledger.issuances.last_sequence(account.address)) + 1
    quantity = sum(sale.quantity_napu for sale in sales)
    limits = issuer.policy.limits
    if limits is not None and (reached := halt_at_limit(issuer.ledger, issuer.clock, limits, quantity)):
        return None, reached
    tx_hash = issuer.chain.issue_hash(quantity, sequence)
    prepared = issuer.ledger.issuances.prepare(
        issuer.lease, issuer_address=account.address, sequence=sequence, tx_hash=tx_hash, sales=sales
    )
    fills = list_fills([(sale.exchange, sale.fill_id) for sale in sales])
    words = "issuance %d: %d napu of %d sales prepared, sequence %d: %s"
    log.info(words, prepared.id, quantity, len(sales), sequence, fills, extra={"issuance": prepared.id})
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
