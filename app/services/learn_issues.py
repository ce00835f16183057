"""Learn which Issues of the account are on the chain and not in the ledger, and whose they are."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from app.domain.errors import ChainUnavailable
from app.domain.halts import Scope
from app.domain.ledger import KnownAccount, Lease
from app.ports.chain import Chain, ChainAccount, ChainTransaction
from app.ports.clock import Clock
from app.ports.ledger import Ledger
from app.ports.signer import SignedBefore, Signer

log = logging.getLogger(__name__)

_EVER = datetime(2000, 1, 1, tzinfo=UTC)
_LOOKS = 3
_INDEX_LAG = timedelta(seconds=60)
"""An Issue that the account's sequence shows appears in the index within this; what does not is no Issue."""


def known_account(ledger: Ledger, chain: Chain, account: ChainAccount) -> KnownAccount:
    """Return how far an account is known; the first time it begins where the chain stands.

    Args:
        ledger: the records.
        chain: asked only the first time.
        account: as it stood a moment ago.

    Raises:
        ChainUnavailable: the chain does not answer, or it is the first time and an issuance is open.
    """
    if known := ledger.chain_book.account(account.address):
        return known
    issued = chain.supply().issued_napu
    for _ in range(_LOOKS):
        # An Issue between two readings, or one that a node has not seen yet, must not be taken for older than our start.
        if (chain.issuer_account(), chain.supply().issued_napu) != (account, issued):
            raise ChainUnavailable(
                "the chain moves, or its nodes differ; where the account stands has to be read again"
            )
    if open_issuance := ledger.issuances.open():
        # A ledger of an earlier release; whether the total holds this one is known when it is settled.
        raise ChainUnavailable(f"issuance {open_issuance.id} has to be settled first")
    return ledger.chain_book.begin(account.address, sequence=account.sequence, chain_issued_napu=issued)


def is_behind(ledger: Ledger, chain: Chain) -> bool:
    """Tell whether the account has done something that the ledger does not know: it may be an old copy.

    Raises:
        ChainUnavailable: the chain does not answer.
    """
    account = chain.issuer_account()
    known = known_account(ledger, chain, account)
    return account.sequence > max(known.known_sequence, ledger.issuances.last_sequence(account.address))


def learn_issues(
    ledger: Ledger,
    chain: Chain,
    signer: Signer,
    clock: Clock,
    lease: Lease,
    *,
    account: ChainAccount,
    asks_signer: bool,
) -> str:
    """Store every Issue of the account that the ledger lacks; return why it could not yet, "" when it knows all.

    Those that our signing service has signed are ours: the ledger is an old copy and a recovery begins. The others are
    foreign: the price counts them, and issuing halts until an operator has looked. What the service has signed and the
    chain does not show, while its sequence is free, is on its way still: it is stored as prepared, so that the SAME
    transaction is sent again. Call it only while no issuance is open.

    Args:
        ledger: the records.
        chain: asked for more only when there is something to learn.
        signer: its journal tells which Issues are ours.
        clock: for how long the index may lag.
        lease: the issuer's.
        account: as it stood a moment ago.
        asks_signer: ask the signing service even when the account shows nothing new: always before a transaction is
            prepared, since one with the same sequence may be signed and forgotten.

    Raises:
        Unavailable: the chain or the signer does not answer; nothing was stored.
        LeaseLost: another issuer took over.
    """
    known = known_account(ledger, chain, account)
    is_new = account.sequence > known.known_sequence
    if not is_new and not asks_signer:
        return ""
    signed = {each.tx_hash: each for each in signer.recall(known.known_sequence)}
    if not is_new and not set(signed) - ledger.issuances.known_hashes(signed):
        return ""
    found = _look(ledger, chain, known, account, signed=signed, now=clock.now())
    if found.ours or found.unsent:
        _begin_recovery(ledger, min(found.sequences))
    # The one with the lowest sequence is sent first; a later one is learnt when that is settled.
    learnt = replace(known, known_sequence=found.reached, gap_since=found.gap_since)
    ledger.chain_book.learn(lease, learnt, ours=found.ours, foreign=found.foreign, signed=found.unsent[:1])
    for each in found.foreign:
        _halt_for(ledger, each)
    return found.waiting


@dataclass(frozen=True, slots=True)
class _Found:
    """What the ledger lacks.

    Attributes:
        unsent: signed, not on the chain, and their sequence is free.
        reached: up to this sequence everything is known with these.
        waiting: what cannot be told yet, or "".
    """

    ours: Sequence[ChainTransaction]
    foreign: Sequence[ChainTransaction]
    unsent: Sequence[SignedBefore]
    reached: int
    waiting: str
    gap_since: datetime | None = None

    @property
    def sequences(self) -> list[int]:
        """Those of ours."""
        return [each.sequence for each in self.ours] + [each.sequence for each in self.unsent]


def _look(
    ledger: Ledger,
    chain: Chain,
    known: KnownAccount,
    account: ChainAccount,
    *,
    signed: Mapping[str, SignedBefore],
    now: datetime,
) -> _Found:
    # In this order: once the index has caught up it holds at least what the supply said before.
    issued = chain.supply().issued_napu
    on_chain = {each.tx_hash: each for each in chain.issues_after(known.known_sequence)}
    in_ledger = ledger.issuances.known_hashes([*on_chain, *signed])
    ours = [each for tx_hash, each in on_chain.items() if tx_hash in signed and tx_hash not in in_ledger]
    foreign = [each for tx_hash, each in on_chain.items() if tx_hash not in signed and tx_hash not in in_ledger]
    absent = [each for tx_hash, each in signed.items() if tx_hash not in in_ledger and tx_hash not in on_chain]
    # A later Issue in the index proves that one before it was never applied; without one the index may lag.
    index_end = max((each.sequence for each in on_chain.values()), default=known.known_sequence)
    hidden = [each.sequence for each in absent if index_end < each.sequence <= account.sequence]
    missing = issued - _accounted_for(ledger, foreign, ours)
    if hidden:
        waiting = (
            f"the chain's index shows no Issue with sequence {hidden[0]} yet, which our signing service has signed"
        )
        return _Found(ours, foreign, (), known.known_sequence, waiting)
    if missing > 0:
        waiting = f"the chain has issued {missing} napu more than its index shows"
        return _Found(ours, foreign, (), known.known_sequence, waiting)
    if account.sequence > index_end:
        # Another kind of transaction, or an Issue that neither supply nor index shows yet, as nodes may differ.
        since = known.gap_since or now
        if now < since + _INDEX_LAG:
            waiting = f"the account is at sequence {account.sequence}, the chain's index shows Issues up to {index_end}; one may appear"
            return _Found(ours, foreign, (), index_end, waiting, since)
    unsent = [each for each in absent if each.sequence > account.sequence]
    return _Found(ours, foreign, unsent, max(account.sequence, index_end), "")


def _accounted_for(ledger: Ledger, foreign: Sequence[ChainTransaction], ours: Sequence[ChainTransaction]) -> int:
    new = sum(each.quantity_napu for each in foreign) + sum(each.quantity_napu for each in ours)
    return (ledger.chain_book.foreign_napu() or 0) + ledger.fills.totals().issued_napu + new


def _begin_recovery(ledger: Ledger, sequence: int) -> None:
    if ledger.recovery.active():
        return
    newest, first = ledger.issuances.recent(1), ledger.offers.generation(1)
    since = newest[0].prepared_at if newest else first.decided_at if first else _EVER
    why = f"our signing service signed the Issue with sequence {sequence}, which the ledger has forgotten: it is an old copy"
    log.error("%s; nothing is issued or published until it has learnt again what it forgot", why)
    ledger.recovery.begin(since, why)


def _halt_for(ledger: Ledger, issue: ChainTransaction) -> None:
    why = (
        f"somebody else issued {issue.quantity_napu} napu with sequence {issue.sequence} in block {issue.block_height}; "
        f"when that was meant: `meic resume issuing`, else the issuer's keys are in wrong hands"
    )
    log.error("issuing is halted: %s", why)
    ledger.halts.halt(Scope.ISSUING, None, who="issuer", why=why)
