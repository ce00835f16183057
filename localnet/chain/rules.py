"""Whether an Issue may be applied, and what it changes: ndau's rules, in ndau's order and words. Pure."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.ndau.keys import PublicKey, Signature
from app.ndau.transactions import Issue

_MOST_SEQUENCE_AHEAD = 128
_MOST_SIGNATURES = 16


class Refused(Exception):
    """The chain does not take a transaction; the words are ndau's own."""


@dataclass(frozen=True, slots=True)
class SignedIssue:
    """An Issue with the signatures it came with."""

    issue: Issue
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class State:
    """What Issue transactions read and change.

    Attributes:
        height: of the last block, 0 before the first.
        sequence: of the issuer's account: the sequence of its last transaction.
        balance_napu: of the issuer's account.
        released_napu: how much may be issued in all.
        issued_napu: how much has been issued.
    """

    height: int
    sequence: int
    balance_napu: int
    released_napu: int
    issued_napu: int


def apply_issue(state: State, signed: SignedIssue, *, keys: Sequence[PublicKey], fee_napu: int) -> State:
    """Return the state after an Issue; the height stays.

    Raises:
        Refused: it may not be applied.
    """
    issue = signed.issue
    if state.issued_napu + issue.qty > state.released_napu:
        raise Refused("cannot issue more ndau than have been RFE'd")
    if issue.sequence <= state.sequence:
        raise Refused("sequence too low")
    if issue.sequence > state.sequence + _MOST_SEQUENCE_AHEAD:
        raise Refused("sequence too high")
    _check_signatures(signed, keys)
    if state.balance_napu < fee_napu:
        raise Refused(_cannot_pay(state, fee_napu))
    return replace(
        state,
        sequence=issue.sequence,
        balance_napu=state.balance_napu - fee_napu,
        issued_napu=state.issued_napu + issue.qty,
    )


def _check_signatures(signed: SignedIssue, keys: Sequence[PublicKey]) -> None:
    if not 1 <= len(signed.signatures) <= _MOST_SIGNATURES:
        raise Refused("invalid signature(s): []")
    message = signed.issue.signable_bytes()
    unused = list(keys)
    invalid = []
    for index, signature in enumerate(signed.signatures):
        # Each key counts once, so a signature that is there twice is invalid the second time.
        key = next((key for key in unused if key.verify(message, signature)), None)
        if key is None:
            invalid.append(str(index))
        else:
            unused.remove(key)
    if invalid:
        raise Refused(f"invalid signature(s): [{' '.join(invalid)}]")


def _cannot_pay(state: State, fee_napu: int) -> str:
    return json.dumps(
        {
            "balance": state.balance_napu,
            "available balance": state.balance_napu,
            "tx cost": fee_napu,
            "msg": "insufficient available balance to pay for tx",
        }
    )
