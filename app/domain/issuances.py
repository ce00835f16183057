"""The life of an issuance, from decision to block.

prepared -> signed -> submitted -> issued

From any of the first three it may also become `refused` (a human looks; resuming sends the SAME transaction again) or,
on proof from the chain, `void`. A transaction found on the chain is `issued`, wherever it stood.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.errors import MeicError
from app.domain.ledger import Sale


class IssuanceState(StrEnum):
    """Where an issuance stands."""

    PREPARED = "prepared"
    """Decided: sequence, quantity and hash are fixed and its sales are tied to it."""

    SIGNED = "signed"
    """The signatures are stored."""

    SUBMITTED = "submitted"
    """It may have reached the chain; only the chain knows."""

    ISSUED = "issued"
    """It is in a block. Final."""

    REFUSED = "refused"
    """The chain or the signer refused it; a human looks, and resuming sends the SAME transaction again."""

    VOID = "void"
    """Another transaction took its sequence, proven on the chain, so it can never apply. Final; its sales are free."""


_PREPARED, _SIGNED, _SUBMITTED, _ISSUED, _REFUSED, _VOID = IssuanceState

_NEXT = {
    _PREPARED: {_SIGNED, _ISSUED, _REFUSED, _VOID},
    _SIGNED: {_SUBMITTED, _ISSUED, _REFUSED, _VOID},
    _SUBMITTED: {_SUBMITTED, _ISSUED, _REFUSED, _VOID},
    _REFUSED: {_SIGNED, _SUBMITTED, _ISSUED, _VOID},
    _ISSUED: set[IssuanceState](),
    _VOID: set[IssuanceState](),
}

OPEN_STATES = frozenset(state for state, following in _NEXT.items() if following)
"""States in which the issuance still needs something; at most one issuance is in any of them."""


class ImpossibleTransition(MeicError):
    """An issuance cannot go from one state to the other; this is a defect, nothing was written."""


def check_transition(before: IssuanceState, after: IssuanceState) -> None:
    """Refuse a change of state that the diagram above does not draw.

    Raises:
        ImpossibleTransition: always a defect of the caller.
    """
    if after not in _NEXT[before]:
        raise ImpossibleTransition(f"an issuance cannot go from {before} to {after}")


@dataclass(frozen=True, slots=True)
class Issuance:
    """One Issue transaction and where it stands.

    Attributes:
        id: the ledger's number.
        issuer_address: the account that signs.
        sequence: the account's sequence that the transaction uses, unique per account.
        quantity_napu: the sum of its sales.
        tx_hash: known before it is signed: quantity and sequence fix it.
        signatures: text forms, empty until signed.
        block_height: None until issued.
        prepared_at: UTC.
        message: the last words of the chain or signer about it, or "".
        learned_at: when an old copy of the ledger learnt of it from chain and signer; None for all others.
    """

    id: int
    issuer_address: str
    sequence: int
    quantity_napu: int
    tx_hash: str
    signatures: tuple[str, ...]
    state: IssuanceState
    block_height: int | None
    prepared_at: datetime
    message: str
    learned_at: datetime | None = None


def first_that_fit(sales: Sequence[Sale], limit_napu: int) -> tuple[Sale, ...]:
    """Return the longest beginning of `sales` whose sum is at most `limit_napu`.

    The oldest sale is never passed over for a younger, smaller one: it would wait forever.
    """
    total, count = 0, 0
    for sale in sales:
        total += sale.quantity_napu
        if total > limit_napu:
            break
        count += 1
    return tuple(sales[:count])
