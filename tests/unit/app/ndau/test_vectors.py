"""Everything ndau's own Go code produced must come out the same here."""

import json
from pathlib import Path

import pytest

from app.ndau.keys import PrivateKey, PublicKey, Signature, address

VECTORS = json.loads((Path(__file__).parents[3] / "data" / "ndau-keys.json").read_text())


@pytest.fixture(params=VECTORS, ids=[f"{n}-{vector['algorithm']}" for n, vector in enumerate(VECTORS)])
def vector(request: pytest.FixtureRequest) -> dict[str, str]:
    found: dict[str, str] = request.param
    return found


def test_there_are_vectors_of_both_algorithms() -> None:
    assert {vector["algorithm"] for vector in VECTORS} == {"ed25519", "secp256k1"}


def test_a_public_key_is_read_and_written_as_ndau_does(vector: dict[str, str]) -> None:
    key = PublicKey.parse(vector["public_key"])
    assert key.data.hex() == vector["public_hex"]
    assert str(key.algorithm) == vector["algorithm"]
    assert str(key) == vector["public_key"]


def test_a_private_key_is_read_and_written_as_ndau_does(vector: dict[str, str]) -> None:
    key = PrivateKey.parse(vector["private_key"])
    assert key.public_key() == PublicKey.parse(vector["public_key"])
    assert str(PrivateKey(key.algorithm, bytes.fromhex(vector["private_hex"]))) == vector["private_key"]
    assert str(key) == vector["private_key"]


def test_a_signature_comes_out_as_ndau_makes_it(vector: dict[str, str]) -> None:
    signature = PrivateKey.parse(vector["private_key"]).sign(bytes.fromhex(vector["message_hex"]))
    assert signature.data.hex() == vector["signature_hex"]
    assert str(signature) == vector["signature"]
    assert Signature.parse(vector["signature"]) == signature


def test_a_signature_of_ndau_verifies_and_no_other_message_does(vector: dict[str, str]) -> None:
    key, signature = PublicKey.parse(vector["public_key"]), Signature.parse(vector["signature"])
    message = bytes.fromhex(vector["message_hex"])
    assert key.verify(message, signature)
    assert not key.verify(message + b"\0", signature)


def test_an_address_comes_out_as_ndau_makes_it(vector: dict[str, str]) -> None:
    key = PublicKey.parse(vector["public_key"])
    assert address("a", key) == vector["address_user"]
    assert address("e", key) == vector["address_endowment"]
