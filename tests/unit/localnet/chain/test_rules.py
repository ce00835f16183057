from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ndau.algorithms import Algorithm
from app.ndau.keys import PrivateKey
from app.ndau.transactions import Issue
from localnet.chain.rules import Refused, SignedIssue, State, apply_issue

ED25519, SECP256K1, STRANGER = (
    PrivateKey.generate(algorithm) for algorithm in (Algorithm.ED25519, Algorithm.SECP256K1, Algorithm.ED25519)
)
KEYS = [ED25519.public_key(), SECP256K1.public_key()]
FEE = 3
STATE = State(height=4, sequence=10, balance_napu=100, released_napu=1000, issued_napu=400)


def signed(issue: Issue, *keys: PrivateKey) -> SignedIssue:
    return SignedIssue(issue, tuple(key.sign(issue.signable_bytes()) for key in keys))


def apply(state: State, transaction: SignedIssue) -> State:
    return apply_issue(state, transaction, keys=KEYS, fee_napu=FEE)


@given(st.integers(1, 600), st.integers(11, 138))
def test_an_issue_moves_the_sequence_to_its_own_pays_its_fee_and_adds_its_quantity(qty: int, sequence: int) -> None:
    after = apply(STATE, signed(Issue(qty, sequence), ED25519))
    assert after == replace(STATE, sequence=sequence, balance_napu=97, issued_napu=400 + qty)


@pytest.mark.parametrize("keys", [[ED25519], [SECP256K1], [SECP256K1, ED25519]], ids=["one", "other", "both"])
def test_any_of_the_accounts_keys_may_sign(keys: list[PrivateKey]) -> None:
    assert apply(STATE, signed(Issue(1, 11), *keys)).sequence == 11


@pytest.mark.parametrize(
    ("state", "transaction", "words"),
    [
        (STATE, signed(Issue(601, 11), ED25519), "cannot issue more ndau than have been RFE'd"),
        (STATE, signed(Issue(2**63 - 1, 11), ED25519), "cannot issue more ndau than have been RFE'd"),
        (STATE, signed(Issue(1, 10), ED25519), "sequence too low"),
        (STATE, signed(Issue(1, 139), ED25519), "sequence too high"),
        (STATE, signed(Issue(1, 11)), r"invalid signature\(s\): \[\]"),
        (STATE, signed(Issue(1, 11), *[ED25519] * 17), r"invalid signature\(s\): \[\]"),
        (STATE, signed(Issue(1, 11), STRANGER), r"invalid signature\(s\): \[0\]"),
        (STATE, signed(Issue(1, 11), ED25519, STRANGER), r"invalid signature\(s\): \[1\]"),
        (STATE, signed(Issue(1, 11), ED25519, ED25519), r"invalid signature\(s\): \[1\]"),
        (STATE, SignedIssue(Issue(1, 11), signed(Issue(1, 12), ED25519).signatures), r"invalid signature\(s\): \[0\]"),
        (replace(STATE, balance_napu=FEE - 1), signed(Issue(1, 11), ED25519), "insufficient available balance"),
    ],
)
def test_what_may_not_be_applied_is_refused_in_ndaus_words(state: State, transaction: SignedIssue, words: str) -> None:
    with pytest.raises(Refused, match=words):
        apply(state, transaction)


def test_the_last_napu_released_and_the_last_napu_of_the_balance_can_be_used() -> None:
    after = apply(replace(STATE, balance_napu=FEE), signed(Issue(600, 138), ED25519))
    assert (after.issued_napu, after.balance_napu, after.sequence) == (1000, 0, 138)
