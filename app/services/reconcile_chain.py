"""Compare the ledger's issuances with the chain."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from app.domain.differences import Difference, Subject
from app.domain.issuances import Issuance
from app.domain.ledger import KnownAccount
from app.ports.chain import Chain, ChainTransaction
from app.ports.clock import Clock
from app.ports.ledger import Ledger

_INDEX_LAG = timedelta(minutes=10)
"""An Issue that the chain took may be missing in its index for a while."""


def reconcile_chain(ledger: Ledger, chain: Chain, clock: Clock) -> Sequence[Difference]:
    """Return where the ledger and the chain differ: in the total, in an issuance, in an Issue the ledger lacks.

    Raises:
        ChainUnavailable: the chain does not answer.
    """
    account = ledger.chain_book.account(chain.issuer_account().address)
    if account is None:
        return []  # Nothing was offered yet.
    return [*_total(ledger, chain), *_issues(ledger, chain, account, clock.now() - _INDEX_LAG)]


def _total(ledger: Ledger, chain: Chain) -> Iterator[Difference]:
    """What is issued on the chain is what others issued and what we did; an open issuance may count or not yet."""
    issued = chain.supply().issued_napu
    foreign, totals = ledger.chain_book.foreign_napu() or 0, ledger.fills.totals()
    ours = foreign + totals.issued_napu
    if issued not in (ours, ours + totals.in_flight_napu):
        yield Difference(Subject.CHAIN, "chain", "totalIssued", f"{ours} napu", f"{issued} napu", is_money=True)


def _issues(ledger: Ledger, chain: Chain, account: KnownAccount, indexed_by: datetime) -> Iterator[Difference]:
    on_chain = {each.tx_hash: each for each in chain.issues_after(account.first_sequence)}
    for issuance in ledger.issuances.issued():
        # The hash is that of quantity and sequence, so one that is found is the same in both.
        if on_chain.pop(issuance.tx_hash, None) or (
            issuance.block_height is None and issuance.prepared_at > indexed_by
        ):
            continue
        if chain.transaction(issuance.tx_hash) is None:
            yield _missing(issuance)
    open_issuance = ledger.issuances.open()
    known = ledger.chain_book.foreign_hashes() | ledger.issuances.known_hashes(on_chain)
    for tx_hash, issue in on_chain.items():
        if tx_hash not in known and (open_issuance is None or open_issuance.tx_hash != tx_hash):
            yield _unknown(issue)


def _missing(issuance: Issuance) -> Difference:
    ledger = f"issued: {issuance.quantity_napu} napu with sequence {issuance.sequence}"
    return Difference(Subject.ISSUANCE, "chain", issuance.tx_hash, ledger, "", is_money=True)


def _unknown(issue: ChainTransaction) -> Difference:
    other = f"{issue.quantity_napu} napu with sequence {issue.sequence} in block {issue.block_height}"
    return Difference(Subject.ISSUANCE, "chain", issue.tx_hash, "", other, is_money=True)
