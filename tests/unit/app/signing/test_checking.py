"""Whatever the service answers: the client passes on only what it could check."""

import json
import uuid
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import SignerUnavailable
from app.ndau.algorithms import Algorithm
from app.ndau.keys import PrivateKey, Signature
from app.ndau.transactions import Issue
from app.ports.signer import SignedIssue
from app.signing.checking import checked_memory, checked_signatures
from app.signing.frames import FrameInvalid, IssueFields, Recalled, Signed, parse_from_service
from tests.unit.app.signing.mutations import mutated

PRIVATE = tuple(PrivateKey.generate(algorithm) for algorithm in Algorithm)
KEYS = tuple(key.public_key() for key in PRIVATE)
ISSUE = Issue(5, 6)
SIGNED = Signed(
    id=uuid.UUID(int=7),
    tx_hash=ISSUE.hash(),
    signatures=tuple(str(key.sign(ISSUE.signable_bytes())) for key in PRIVATE),
)
SIGNATURES = st.sampled_from([*SIGNED.signatures, str(PRIVATE[0].sign(b"other")), "a", SIGNED.signatures[0].upper()])


@given(
    mutated(st.just(SIGNED.text()))
    | st.lists(SIGNATURES, min_size=1, max_size=3).map(
        lambda texts: json.dumps(SIGNED.model_dump(mode="json") | {"signatures": texts})
    )
)
def test_signatures_are_passed_on_only_when_each_is_one_of_a_key_of_its_own(text: str) -> None:
    with suppress(FrameInvalid, SignerUnavailable):
        answer = parse_from_service(text)
        if isinstance(answer, Signed):
            check(checked_signatures(ISSUE, KEYS, answer))


def check(signed: SignedIssue) -> None:
    signatures = [Signature.parse(each) for each in signed.signatures]
    signers = [key for each in signatures for key in KEYS if key.verify(ISSUE.signable_bytes(), each)]
    assert len(signers) == len(set(signers)) == len(signatures) >= 1
    assert signed.tx_hash == ISSUE.hash()


@given(st.integers(0, 20), st.lists(st.integers(1, 30), max_size=6), st.booleans())
def test_a_memory_is_believed_when_its_sequences_rise_from_above_the_one_asked_for(
    after: int, sequences: list[int], more: bool
) -> None:
    transactions = tuple(IssueFields(qty=1, sequence=each) for each in sequences)
    answer = Recalled(id=uuid.UUID(int=7), transactions=transactions, more=more)
    rises = sorted({after, *sequences}) == [after, *sequences]
    if rises and (sequences or not more):
        assert [each.sequence for each in checked_memory(after, answer)] == sequences
    else:
        with pytest.raises(SignerUnavailable):
            checked_memory(after, answer)
