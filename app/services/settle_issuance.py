"""Bring one issuance to its end: the same transaction, however often it takes."""

import logging

from app.domain.errors import ChainRejected, OutcomeUnknown, SequencePassed, SignerRefused, Unavailable
from app.domain.issuances import Issuance, IssuanceState
from app.domain.ledger import Lease
from app.ports.chain import Chain
from app.ports.ledger import Ledger
from app.ports.signer import Signer

log = logging.getLogger(__name__)


def settle_issuance(ledger: Ledger, chain: Chain, signer: Signer, lease: Lease, issuance: Issuance) -> Issuance:
    """Look an open issuance up on the chain and do what is due.

    Found: it is issued. Not found and the account's sequence below ours: the same transaction is sent again. Sequence
    at or above ours and not found: the index may lag, so it waits; it becomes void only when the chain shows another
    transaction with its sequence.

    Raises:
        Unavailable: the chain or the signer does not answer; the issuance stays as it is.
        LeaseLost: another issuer took over.
    """
    if found := chain.transaction(issuance.tx_hash):
        return _issued(ledger, lease, issuance, found.block_height)
    account = chain.issuer_account()
    if account.address != issuance.issuer_address:
        log.error(
            "issuance %d is of account %s; the issuer is %s by now",
            issuance.id,
            issuance.issuer_address,
            account.address,
        )
        return issuance
    if account.sequence < issuance.sequence:
        return send_issuance(ledger, chain, signer, lease, issuance)
    taken = chain.issue_with_sequence(issuance.sequence)
    if taken is None:
        log.warning(
            "issuance %d: sequence %d has passed, its transaction is not indexed yet", issuance.id, issuance.sequence
        )
        return issuance
    if taken.tx_hash == issuance.tx_hash:
        return _issued(ledger, lease, issuance, taken.block_height)
    message = f"sequence {issuance.sequence} was used by {taken.tx_hash} in block {taken.block_height}"
    facts = {"issuance": issuance.id}
    log.error("issuance %d is void: %s; its sales wait for the next one", issuance.id, message, extra=facts)
    return ledger.issuances.advance(lease, issuance, IssuanceState.VOID, message=message)


def send_issuance(ledger: Ledger, chain: Chain, signer: Signer, lease: Lease, issuance: Issuance) -> Issuance:
    """Sign an issuance, unless it is signed, and submit it.

    Each step is committed before the next is taken. When the outcome of the submission is unknown the issuance stays
    `submitted`, and the next run looks it up.
    """
    try:
        # After a refusal the account's keys may be others; new signatures leave the transaction and its hash the same.
        if not issuance.signatures or issuance.state is IssuanceState.REFUSED:
            issuance = _signed(ledger, chain, signer, lease, issuance)
        issuance = ledger.issuances.advance(lease, issuance, IssuanceState.SUBMITTED)
        chain.submit_issue(issuance.quantity_napu, issuance.sequence, issuance.signatures)
    except (OutcomeUnknown, Unavailable, SequencePassed) as error:
        facts = {"issuance": issuance.id}
        log.warning("issuance %d (sequence %d): %s", issuance.id, issuance.sequence, error, extra=facts)
        return issuance
    except (ChainRejected, SignerRefused) as error:
        return _refused(ledger, chain, lease, issuance, str(error))
    found = _block_of(chain, issuance)
    return _issued(ledger, lease, issuance, found)


def note_blocks(ledger: Ledger, chain: Chain, limit: int = 100) -> int:
    """Store the blocks of issuances that the index did not show when they were issued; return how many."""
    noted = 0
    for issuance in ledger.issuances.without_block(limit):
        if found := chain.transaction(issuance.tx_hash):
            ledger.issuances.note_block(issuance, found.block_height)
            noted += 1
    return noted


def _signed(ledger: Ledger, chain: Chain, signer: Signer, lease: Lease, issuance: Issuance) -> Issuance:
    keys = chain.issuer_account().validation_keys
    signed = signer.sign_issue(issuance.quantity_napu, issuance.sequence, keys)
    if signed.tx_hash != issuance.tx_hash:
        message = f"the signer signed {signed.tx_hash}, not {issuance.tx_hash} of issuance {issuance.id}"
        raise SignerRefused(message, code="bad_request")
    return ledger.issuances.advance(lease, issuance, IssuanceState.SIGNED, signatures=signed.signatures)


def _refused(ledger: Ledger, chain: Chain, lease: Lease, issuance: Issuance, message: str) -> Issuance:
    if chain.issuer_account().sequence >= issuance.sequence:
        # "Sequence too low" can also mean that ours was applied before, and its answer lost: look it up first.
        log.warning("issuance %d was refused (%s), but its sequence has passed: looking it up", issuance.id, message)
        return issuance
    if issuance.state is IssuanceState.REFUSED:
        return issuance
    return ledger.issuances.advance(lease, issuance, IssuanceState.REFUSED, message=message)


def _block_of(chain: Chain, issuance: Issuance) -> int | None:
    try:
        found = chain.transaction(issuance.tx_hash)
    except Unavailable:
        return None
    return found.block_height if found else None


def _issued(ledger: Ledger, lease: Lease, issuance: Issuance, block_height: int | None) -> Issuance:
    issued = ledger.issuances.advance(lease, issuance, IssuanceState.ISSUED, block_height=block_height)
    facts = {"issuance": issued.id}
    log.info("issuance %d: %d napu issued, sequence %d", issued.id, issued.quantity_napu, issued.sequence, extra=facts)
    return issued
