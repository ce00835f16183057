import pytest

from app.domain.errors import InvalidInput, SignerRefused, SignerUnavailable
from app.ndau.transactions import Issue
from app.ports.signer import SignedBefore
from tests.contracts.signer.worlds import KEY_TEXTS, World


def signed(quantity: int, sequence: int) -> SignedBefore:
    return SignedBefore(quantity, sequence, Issue(quantity, sequence).hash())


def test_what_was_signed_is_told_in_the_order_of_its_sequence_with_its_hash(world: World) -> None:
    for quantity, sequence in ((300, 5), (100, 7), (200, 12), (100, 7)):
        world.signer.sign_issue(quantity, sequence, KEY_TEXTS)
    assert list(world.signer.recall(0)) == [signed(300, 5), signed(100, 7), signed(200, 12)]


@pytest.mark.parametrize(
    ("after", "sequences"), [(0, [5, 7]), (4, [5, 7]), (5, [7]), (6, [7]), (7, []), (2**63 - 1, [])]
)
def test_only_sequences_above_the_one_given_are_told(world: World, after: int, sequences: list[int]) -> None:
    for sequence in (5, 7):
        world.signer.sign_issue(100, sequence, KEY_TEXTS)
    assert [each.sequence for each in world.signer.recall(after)] == sequences


def test_what_was_refused_is_not_told(world: World) -> None:
    with pytest.raises(SignerRefused):
        world.signer.sign_issue(1_001, 1, KEY_TEXTS)
    assert list(world.signer.recall(0)) == []


def test_a_halted_service_still_tells_what_it_signed(world: World) -> None:
    world.signer.sign_issue(100, 1, KEY_TEXTS)
    world.halt()
    assert list(world.signer.recall(0)) == [signed(100, 1)]


def test_a_coordinator_that_forgot_can_ask_for_the_same_signatures_again(world: World) -> None:
    before = [world.signer.sign_issue(100 + sequence, sequence, KEY_TEXTS) for sequence in (1, 2, 3)]
    again = [world.signer.sign_issue(each.quantity_napu, each.sequence, KEY_TEXTS) for each in world.signer.recall(0)]
    assert again == before


def test_a_service_that_does_not_answer_recalls_nothing(world: World) -> None:
    with pytest.raises(SignerUnavailable):
        world.unreachable().recall(0)


def test_a_sequence_below_zero_is_not_sent(world: World) -> None:
    with pytest.raises(InvalidInput, match="expected"):
        world.unreachable().recall(-1)
