import pytest

from app.domain.errors import ChainRejected, InvalidInput, OutcomeUnknown, SequencePassed
from app.ndau.keys import PrivateKey
from app.ports.chain import ChainTransaction
from tests.contracts.chain.worlds import RELEASED_NAPU, World, next_sequence, submit


def test_an_issue_is_in_a_block_when_submitting_returns(world: World) -> None:
    before, sequence = world.chain.supply().issued_napu, next_sequence(world.chain)
    tx_hash = submit(world.chain, world.key, 150, sequence)
    assert world.chain.supply().issued_napu == before + 150
    assert world.chain.issuer_account().sequence == sequence
    found = world.chain.transaction(tx_hash)
    assert found is not None
    assert found == ChainTransaction(tx_hash, found.block_height, 150, sequence)
    assert world.chain.issue_with_sequence(sequence) == found


def test_blocks_grow_with_what_is_issued(world: World) -> None:
    first = world.chain.transaction(submit(world.chain, world.key, 1, next_sequence(world.chain)))
    second = world.chain.transaction(submit(world.chain, world.key, 1, next_sequence(world.chain)))
    assert first is not None
    assert second is not None
    assert second.block_height > first.block_height > 0


def test_the_same_issue_again_counts_as_done_and_is_applied_once(world: World) -> None:
    before, sequence = world.chain.supply().issued_napu, next_sequence(world.chain)
    submit(world.chain, world.key, 150, sequence)
    submit(world.chain, world.key, 160, sequence + 1)
    submit(world.chain, world.key, 150, sequence)
    assert world.chain.supply().issued_napu == before + 310


def test_an_answer_that_is_lost_leaves_the_outcome_unknown_and_the_issue_applied(world: World) -> None:
    before, sequence = world.chain.supply().issued_napu, next_sequence(world.chain)
    world.lose_next_answer()
    with pytest.raises(OutcomeUnknown):
        submit(world.chain, world.key, 150, sequence)
    assert world.chain.supply().issued_napu == before + 150
    assert world.chain.issue_with_sequence(sequence) is not None
    submit(world.chain, world.key, 150, sequence)
    assert world.chain.supply().issued_napu == before + 150


@pytest.mark.parametrize(
    ("ahead", "words"),
    [(0, "sequence too low"), (-1, "sequence too low"), (129, "sequence too high")],
)
def test_a_sequence_out_of_turn_is_refused_and_changes_nothing(world: World, ahead: int, words: str) -> None:
    for _ in range(2):
        submit(world.chain, world.key, 5, next_sequence(world.chain))
    before, account = world.chain.supply(), world.chain.issuer_account()
    with pytest.raises(ChainRejected, match=words):
        submit(world.chain, world.key, 7, account.sequence + ahead)
    assert (world.chain.supply(), world.chain.issuer_account()) == (before, account)


def test_sequences_may_be_skipped_but_then_they_are_gone(world: World) -> None:
    sequence = next_sequence(world.chain)
    submit(world.chain, world.key, 1, sequence + 127)
    assert world.chain.issuer_account().sequence == sequence + 127
    with pytest.raises(SequencePassed, match="sequence too low"):
        submit(world.chain, world.key, 1, sequence)
    assert world.chain.issue_with_sequence(sequence) is None


def test_more_than_is_released_is_refused(world: World) -> None:
    supply = world.chain.supply()
    with pytest.raises(ChainRejected, match="cannot issue more ndau than have been RFE'd"):
        submit(world.chain, world.key, RELEASED_NAPU - supply.issued_napu + 1, next_sequence(world.chain))
    assert world.chain.supply() == supply


def test_signatures_that_are_none_of_the_accounts_keys_are_refused(world: World) -> None:
    sequence = next_sequence(world.chain)
    with pytest.raises(ChainRejected, match=r"invalid signature\(s\)"):
        submit(world.chain, PrivateKey.generate(), 1, sequence)
    with pytest.raises(ChainRejected, match=r"invalid signature\(s\)"):
        world.chain.submit_issue(1, sequence, [])
    with pytest.raises(ChainRejected, match="did not unmarshal"):
        world.chain.submit_issue(1, sequence, ["not a signature"])
    assert next_sequence(world.chain) == sequence


@pytest.mark.parametrize(("quantity", "sequence"), [(0, 1), (-1, 1), (1, 0), (2**63, 1)])
def test_what_is_no_issue_is_not_sent(world: World, quantity: int, sequence: int) -> None:
    with pytest.raises(InvalidInput, match="an Issue's"):
        world.chain.submit_issue(quantity, sequence, [])
