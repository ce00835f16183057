"""Look at an issuance that does not settle by itself, and end it if the chain proves how it ended."""

from dataclasses import dataclass
from datetime import UTC, datetime

from app.domain.errors import InvalidInput, Rejected, Unavailable
from app.domain.issuances import OPEN_STATES, Issuance, IssuanceState
from app.domain.ledger import Lease
from app.domain.proofs import ChainEvidence, Proof, Used, Verdict, judge
from app.domain.reasons import checked_reason
from app.ports.chain import Chain, ChainTransaction
from app.ports.clock import Clock
from app.ports.ledger import Ledger
from app.ports.signer import Signer
from app.services.issue_sales import LEASE, LEASE_SECONDS
from app.services.patient_lease import patient_lease

_PATIENCE_SECONDS = 15.0
_EVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Resolution:
    """What was found out about an issuance.

    Attributes:
        issuance: as it is now.
        evidence: what the chain said; None when the issuance was final before.
        signer: what the signing service says about its sequence.
        verdict: what follows.
        was_settled: whether this changed its state.
    """

    issuance: Issuance
    evidence: ChainEvidence | None
    signer: str
    verdict: Verdict
    was_settled: bool

    @property
    def is_final(self) -> bool:
        """Whether nothing more is to be done about it."""
        return self.issuance.state not in OPEN_STATES


def resolve_issuance(
    ledger: Ledger, chain: Chain, signer: Signer, clock: Clock, issuance_id: int, *, who: str, why: str
) -> Resolution:
    """Ask chain and signer about an issuance; settle it on proof, and only then. Nothing is signed or sent.

    It waits for the issuer's lease, so that no issuer is at work meanwhile; halts do not keep it from working.

    Raises:
        InvalidInput: there is no such issuance.
        Unavailable: the chain does not answer, or an issuer is at work all the time; nothing was changed.
        LeaseLost: an issuer took over; nothing was changed.
    """
    why = checked_reason(why)
    _find(ledger, issuance_id)
    with patient_lease(ledger, clock, LEASE, ttl_seconds=LEASE_SECONDS, patience_seconds=_PATIENCE_SECONDS) as lease:
        if lease is None:
            raise Unavailable("an issuer is at work and does not end; halt issuing, or try again")
        issuance = _find(ledger, issuance_id)
        if issuance.state not in OPEN_STATES:
            proof = Proof.ISSUED if issuance.state is IssuanceState.ISSUED else Proof.VOID
            verdict = Verdict(proof, f"it is {issuance.state} already; nothing is to be done", issuance.block_height)
            return Resolution(issuance, None, "", verdict, was_settled=False)
        evidence = _ask_chain(ledger, chain, issuance)
        verdict = judge(issuance, evidence)
        says = _ask_signer(signer, issuance)
        if verdict.proof is Proof.NONE:
            return Resolution(issuance, evidence, says, verdict, was_settled=False)
        settled = _settle(ledger, lease, issuance, verdict, by=who, why=why)
        return Resolution(settled, evidence, says, verdict, was_settled=True)


def _find(ledger: Ledger, issuance_id: int) -> Issuance:
    issuance = ledger.issuances.find(issuance_id)
    if issuance is None:
        raise InvalidInput(f"there is no issuance {issuance_id}; `meic issuances --json` lists them with their ids")
    return issuance


def _settle(ledger: Ledger, lease: Lease, issuance: Issuance, verdict: Verdict, *, by: str, why: str) -> Issuance:
    if verdict.proof is Proof.ISSUED:
        height = verdict.block_height
        return ledger.issuances.advance(lease, issuance, IssuanceState.ISSUED, block_height=height, by=by, why=why)
    return ledger.issuances.advance(lease, issuance, IssuanceState.VOID, message=verdict.words, by=by, why=why)


def _ask_chain(ledger: Ledger, chain: Chain, issuance: Issuance) -> ChainEvidence:
    by_hash, by_sequence = chain.transaction(issuance.tx_hash), chain.issue_with_sequence(issuance.sequence)
    account = chain.issuer_account()
    explained = _explained_without(ledger, chain, issuance)
    # Last: whatever was counted before is in it, so no later Issue of another can stand for ours.
    issued = chain.supply().issued_napu
    return ChainEvidence(_used(by_hash), _used(by_sequence), account.address, account.sequence, explained, issued)


def _explained_without(ledger: Ledger, chain: Chain, issuance: Issuance) -> int | None:
    """Return all that is known to be issued, this issuance left out; None when nobody can tell it apart.

    What was issued before the ledger began to know the account is one sum, its baseline. An issuance that was prepared
    before that, or learnt from elsewhere, may be in it.
    """
    known = ledger.chain_book.account(issuance.issuer_address)
    foreign = ledger.chain_book.foreign_napu()
    if known is None or foreign is None or issuance.learned_at is not None or not _is_known_since(ledger, issuance):
        return None
    found = {each.tx_hash: each.quantity_napu for each in chain.issues_after(known.known_sequence)}
    in_ledger = ledger.issuances.known_hashes(list(found)) | ledger.chain_book.foreign_hashes()
    new = sum(quantity for tx_hash, quantity in found.items() if tx_hash not in in_ledger)
    return foreign + ledger.fills.totals().issued_napu + new


def _is_known_since(ledger: Ledger, issuance: Issuance) -> bool:
    """Tell whether the ledger knew the account before the issuance was prepared."""
    begun = ledger.events.of_kinds(("AccountBegun",), _EVER)
    return any(each.subject == issuance.issuer_address and each.at < issuance.prepared_at for each in begun)


def _used(transaction: ChainTransaction | None) -> Used | None:
    return None if transaction is None else Used(transaction.tx_hash, transaction.block_height)


def _ask_signer(signer: Signer, issuance: Issuance) -> str:
    """Tell what the signing service remembers; it decides nothing, since what is signed need not be on the chain."""
    try:
        signed = [each for each in signer.recall(issuance.sequence - 1) if each.sequence == issuance.sequence]
    except (Unavailable, Rejected, InvalidInput) as error:
        return f"it cannot be asked: {error}"
    if not signed:
        return f"it never signed anything with sequence {issuance.sequence}"
    same = signed[0].tx_hash == issuance.tx_hash
    return (
        "it signed this transaction"
        if same
        else f"it signed ANOTHER transaction with this sequence: {signed[0].tx_hash}"
    )
