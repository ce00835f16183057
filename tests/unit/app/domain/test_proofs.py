from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.domain.issuances import Issuance, IssuanceState
from app.domain.proofs import ChainEvidence, Proof, Used, judge

OURS = Issuance(1, "nde", 41, 5, "our-hash", (), IssuanceState.SUBMITTED, None, datetime(2026, 1, 1, tzinfo=UTC), "")
NOTHING = ChainEvidence(None, None, "nde", 40, 100, 100)
PASSED = replace(NOTHING, account_sequence=41)


@pytest.mark.parametrize(
    "evidence",
    [
        replace(NOTHING, by_hash=Used("our-hash", 9)),
        replace(NOTHING, by_sequence=Used("our-hash", 9)),
        replace(PASSED, by_hash=Used("our-hash", 9), by_sequence=Used("our-hash", 9), address="ndf"),
    ],
)
def test_what_the_index_shows_is_issued(evidence: ChainEvidence) -> None:
    verdict = judge(OURS, evidence)
    assert (verdict.proof, verdict.block_height) == (Proof.ISSUED, 9)


def test_another_transaction_with_its_sequence_makes_it_void() -> None:
    verdict = judge(OURS, replace(PASSED, by_sequence=Used("their-hash", 9)))
    assert (verdict.proof, verdict.words) == (Proof.VOID, "sequence 41 was used by their-hash in block 9")


def test_a_passed_sequence_and_a_total_that_is_explained_without_it_make_it_void() -> None:
    assert judge(OURS, PASSED).proof is Proof.VOID


@pytest.mark.parametrize(
    ("evidence", "missing"),
    [
        (
            NOTHING,
            "its sequence 41 is free (the account is at 40), so it can be applied yet: the issuer sends it again",
        ),
        (replace(PASSED, issued_napu=105), "caught up"),
        (replace(PASSED, issued_napu=99), "caught up"),
        (replace(PASSED, explained_napu=None), "the ledger does not know the account from before it"),
        (replace(PASSED, address="ndf"), "it was made for the account nde, and the chain's issuer account is ndf"),
        (
            replace(PASSED, address="ndf", by_sequence=Used("their-hash", 9)),
            "see that [chain] url is the right network",
        ),
    ],
)
def test_anything_else_proves_nothing_and_says_what_is_missing(evidence: ChainEvidence, missing: str) -> None:
    verdict = judge(OURS, evidence)
    assert verdict.proof is Proof.NONE
    assert missing in verdict.words


def test_a_refused_one_whose_sequence_is_free_is_sent_again_by_resuming() -> None:
    verdict = judge(replace(OURS, state=IssuanceState.REFUSED), NOTHING)
    assert "`meic resume issuing` sends the same transaction again" in verdict.words
