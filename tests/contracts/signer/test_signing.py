import pytest

from app.domain.errors import InvalidInput, SignerRefused, SignerUnavailable
from app.ndau.keys import PrivateKey, PublicKey, Signature
from app.ndau.transactions import Issue
from tests.contracts.signer.worlds import KEY_TEXTS, World

STRANGER = str(PrivateKey.generate().public_key())


def refusal_code(world: World, quantity: int, sequence: int, keys: tuple[str, ...] = KEY_TEXTS) -> str:
    with pytest.raises(SignerRefused) as refusal:
        world.signer.sign_issue(quantity, sequence, keys)
    return refusal.value.code


def test_every_key_that_the_service_holds_signs_the_issue(world: World) -> None:
    keys = (KEY_TEXTS[1], STRANGER, KEY_TEXTS[0])
    signed = world.signer.sign_issue(900, 7, keys)
    issue = Issue(900, 7)
    assert signed.tx_hash == issue.hash()
    verified = [
        PublicKey.parse(key).verify(issue.signable_bytes(), Signature.parse(text))
        for key, text in zip((keys[0], keys[2]), signed.signatures, strict=True)
    ]
    assert verified == [True, True]


def test_a_key_asked_for_twice_signs_once(world: World) -> None:
    assert len(world.signer.sign_issue(1, 1, (KEY_TEXTS[0], KEY_TEXTS[0])).signatures) == 1


def test_the_same_issue_again_gets_the_same_answer_and_counts_once(world: World) -> None:
    first = world.signer.sign_issue(1_000, 1, KEY_TEXTS)
    assert [world.signer.sign_issue(1_000, 1, KEY_TEXTS) for _ in range(3)] == [first] * 3
    assert world.signer.sign_issue(1_000, 2, KEY_TEXTS).tx_hash == Issue(1_000, 2).hash()


def test_two_issues_with_one_sequence_are_never_both_signed(world: World) -> None:
    world.signer.sign_issue(500, 7, KEY_TEXTS)
    assert refusal_code(world, 501, 7) == "sequence_conflict"
    assert world.signer.sign_issue(500, 7, KEY_TEXTS).tx_hash == Issue(500, 7).hash()


def test_nothing_new_is_signed_below_the_highest_sequence_but_what_was_signed_is_signed_again(world: World) -> None:
    before = [world.signer.sign_issue(100, sequence, KEY_TEXTS) for sequence in (5, 9)]
    assert refusal_code(world, 100, 7) == "sequence_conflict"
    assert [world.signer.sign_issue(100, sequence, KEY_TEXTS) for sequence in (5, 9)] == before


def test_both_limits_are_kept_and_what_is_refused_counts_for_nothing(world: World) -> None:
    assert refusal_code(world, 1_001, 1) == "limit_exceeded"
    for sequence in (1, 2):
        world.signer.sign_issue(1_000, sequence, KEY_TEXTS)
    assert refusal_code(world, 501, 3) == "limit_exceeded"
    assert world.signer.sign_issue(500, 3, KEY_TEXTS).tx_hash == Issue(500, 3).hash()


def test_keys_that_the_service_does_not_hold_are_refused(world: World) -> None:
    assert refusal_code(world, 1, 1, (STRANGER,)) == "unknown_key"


def test_a_halted_service_refuses_everything_until_it_is_resumed(world: World) -> None:
    signed = world.signer.sign_issue(500, 7, KEY_TEXTS)
    world.halt()
    assert refusal_code(world, 500, 7) == "halted"
    world.resume()
    assert world.signer.sign_issue(500, 7, KEY_TEXTS) == signed


def test_a_service_that_does_not_answer_is_unavailable(world: World) -> None:
    with pytest.raises(SignerUnavailable):
        world.unreachable().sign_issue(1, 1, KEY_TEXTS)


@pytest.mark.parametrize(
    ("quantity", "sequence", "keys"), [(0, 1, KEY_TEXTS), (1, 0, KEY_TEXTS), (1, 1, ()), (1, 1, ("npub",))]
)
def test_a_request_that_makes_no_sense_is_not_sent(
    world: World, quantity: int, sequence: int, keys: tuple[str, ...]
) -> None:
    with pytest.raises(InvalidInput):
        world.unreachable().sign_issue(quantity, sequence, keys)
