"""What became of an issuance, as far as the chain proves it."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.issuances import Issuance, IssuanceState
from app.domain.money import format_ndau


class Proof(StrEnum):
    """What the chain proves about an issuance."""

    ISSUED = "issued"
    VOID = "void"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Used:
    """A transaction that the chain's index shows."""

    tx_hash: str
    block_height: int


@dataclass(frozen=True, slots=True)
class ChainEvidence:
    """What the chain says about an issuance, read in this order.

    Attributes:
        by_hash: the issuance's own transaction.
        by_sequence: the Issue that has its sequence.
        address: of the account that signs Issue transactions now.
        account_sequence: that account's last used sequence.
        explained_napu: all that is known to be issued without this issuance: by others, by us, and what else the index
            shows; None when the ledger cannot know, because the issuance is older than its knowledge of the account.
        issued_napu: the chain's total, read last: it holds all that the figures before it hold.
    """

    by_hash: Used | None
    by_sequence: Used | None
    address: str
    account_sequence: int
    explained_napu: int | None
    issued_napu: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows, in words for an operator; `block_height` only when it is issued."""

    proof: Proof
    words: str
    block_height: int | None = None


def judge(issuance: Issuance, evidence: ChainEvidence) -> Verdict:
    """Decide what the evidence proves. Whatever is not proven stays open: a wrong `void` would issue sales twice."""
    found = evidence.by_hash or evidence.by_sequence
    if found is not None and found.tx_hash == issuance.tx_hash:
        return Verdict(Proof.ISSUED, f"it is on the chain, in block {found.block_height}", found.block_height)
    if evidence.address != issuance.issuer_address:
        return Verdict(
            Proof.NONE,
            f"it was made for the account {issuance.issuer_address}, and the chain's issuer account is {evidence.address}: "
            f"nothing that this account did proves anything; see that [chain] url is the right network's node",
        )
    if evidence.by_sequence is not None:
        used = evidence.by_sequence
        return Verdict(
            Proof.VOID, f"sequence {issuance.sequence} was used by {used.tx_hash} in block {used.block_height}"
        )
    if evidence.account_sequence < issuance.sequence:
        return Verdict(Proof.NONE, _still_possible(issuance, evidence.account_sequence))
    return _judge_totals(issuance, evidence)


def _judge_totals(issuance: Issuance, evidence: ChainEvidence) -> Verdict:
    passed = f"the account's sequence is {evidence.account_sequence}, so {issuance.sequence} has passed"
    if evidence.explained_napu is None:
        return Verdict(
            Proof.NONE,
            f"{passed}, but the index shows no Issue with it, and the ledger does not know the account from before it: "
            f"wait until the node's index shows sequence {issuance.sequence}, or ask another node",
        )
    issued, explained = format_ndau(evidence.issued_napu), format_ndau(evidence.explained_napu)
    if evidence.issued_napu == evidence.explained_napu:
        return Verdict(Proof.VOID, f"{passed}, and all {issued} ndau that are issued are explained without it")
    return Verdict(
        Proof.NONE,
        f"{passed}, but the index shows no Issue with it, and of {issued} ndau issued only {explained} are explained without "
        f"it: wait until the node's index has caught up, or ask another node",
    )


def _still_possible(issuance: Issuance, account_sequence: int) -> str:
    words = f"it is not on the chain, but its sequence {issuance.sequence} is free (the account is at {account_sequence}), so it can be applied yet"
    if issuance.state is IssuanceState.REFUSED:
        return f"{words}: mend what was refused, then `meic resume issuing` sends the same transaction again"
    return f"{words}: the issuer sends it again by itself"
