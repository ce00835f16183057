import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.ndau.algorithms import Algorithm
from app.ndau.keys import PrivateKey, PublicKey, Signature
from app.ndau.transactions import Issue
from app.signing.frames import IssueFields, Refused, Sign, Signed
from app.signing.journal import Journal
from app.signing.policy import Limits
from app.signing.signatory import Signatory

KEYS = (PrivateKey.generate(Algorithm.ED25519), PrivateKey.generate(Algorithm.SECP256K1))
HELD = tuple(str(key.public_key()) for key in KEYS)
STRANGER = str(PrivateKey.generate().public_key())
CLIENT = PrivateKey.generate().public_key()


@pytest.fixture
def signatory(tmp_path: Path) -> Iterator[Signatory]:
    journal = Journal(tmp_path / "journal", now=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    with Signatory(home=tmp_path, journal=journal, keys=KEYS, limits=Limits(100, 250)) as signatory:
        yield signatory


def request(qty: int = 1, sequence: int = 1, keys: tuple[str, ...] = HELD) -> Sign:
    return Sign(id=uuid.uuid4(), tx_type="Issue", tx=IssueFields(qty=qty, sequence=sequence), keys=keys)


def refusal_code(signatory: Signatory, asked: Sign) -> str:
    answer = signatory.answer(asked, CLIENT)
    assert isinstance(answer, Refused)
    assert answer.id == asked.id
    return answer.code


def test_each_requested_key_that_is_held_signs_once_in_the_order_asked(signatory: Signatory) -> None:
    answer = signatory.answer(request(keys=(HELD[1], STRANGER, HELD[0], HELD[1])), CLIENT)
    assert isinstance(answer, Signed)
    issue = Issue(1, 1)
    assert answer.tx_hash == issue.hash()
    for key, signature in zip((HELD[1], HELD[0]), answer.signatures, strict=True):
        assert PublicKey.parse(key).verify(issue.signable_bytes(), Signature.parse(signature))


def test_the_same_transaction_gets_the_same_signatures_of_both_algorithms(signatory: Signatory) -> None:
    first, second = signatory.answer(request(), CLIENT), signatory.answer(request(), CLIENT)
    assert isinstance(first, Signed)
    assert isinstance(second, Signed)
    assert first.signatures == second.signatures


def test_keys_that_are_not_held_are_unknown_and_count_nothing(signatory: Signatory) -> None:
    assert refusal_code(signatory, request(qty=100, keys=(STRANGER,))) == "unknown_key"
    assert isinstance(signatory.answer(request(qty=99), CLIENT), Signed)


def test_a_key_that_is_none_is_a_bad_request(signatory: Signatory) -> None:
    assert refusal_code(signatory, request(keys=(HELD[0], "npub"))) == "bad_request"


def test_the_policy_is_asked(signatory: Signatory) -> None:
    assert refusal_code(signatory, request(qty=101)) == "limit_exceeded"
    assert isinstance(signatory.answer(request(qty=100), CLIENT), Signed)
    assert refusal_code(signatory, request(qty=99)) == "sequence_conflict"


def test_a_halt_stops_repeats_too_and_uses_up_nothing(signatory: Signatory, tmp_path: Path) -> None:
    signatory.answer(request(qty=100), CLIENT)
    halt = tmp_path / "halt"
    halt.symlink_to("nowhere")
    assert refusal_code(signatory, request(qty=100)) == "halted"
    assert refusal_code(signatory, request(qty=50, sequence=2)) == "halted"
    halt.unlink()
    assert isinstance(signatory.answer(request(qty=51, sequence=2), CLIENT), Signed)


def test_a_home_that_cannot_be_looked_into_counts_as_halted(tmp_path: Path) -> None:
    home = tmp_path / "file"
    home.touch()
    journal = Journal(tmp_path / "journal", now=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    with Signatory(home=home, journal=journal, keys=KEYS, limits=Limits(100, 250)) as signatory:
        assert refusal_code(signatory, request()) == "halted"
