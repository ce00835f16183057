import copy
import logging
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidInput
from app.ndau.algorithms import Algorithm
from app.ndau.encoding import Packed, encode
from app.ndau.keys import PrivateKey, PublicKey, Signature

ALGORITHMS = list(Algorithm)
SECP256K1_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@pytest.fixture(params=ALGORITHMS, ids=str)
def key(request: pytest.FixtureRequest) -> PrivateKey:
    return PrivateKey.generate(request.param)


def test_a_generated_key_survives_its_text_form(key: PrivateKey) -> None:
    again = PrivateKey.parse(str(key))
    assert str(again) == str(key)
    assert again.public_key() == key.public_key()


def test_two_generated_keys_differ() -> None:
    assert PrivateKey.generate().public_key() != PrivateKey.generate().public_key()


def test_a_signature_is_the_same_every_time(key: PrivateKey) -> None:
    assert key.sign(b"message") == key.sign(b"message")


def test_a_signature_verifies_under_its_own_key_only(key: PrivateKey) -> None:
    signature = key.sign(b"message")
    assert key.public_key().verify(b"message", signature)
    assert not PrivateKey.generate(key.algorithm).public_key().verify(b"message", signature)


def test_a_signature_of_the_other_algorithm_does_not_verify() -> None:
    ed25519, secp256k1 = (PrivateKey.generate(algorithm) for algorithm in ALGORITHMS)
    assert not ed25519.public_key().verify(b"message", secp256k1.sign(b"message"))
    assert not secp256k1.public_key().verify(b"message", ed25519.sign(b"message"))


@given(st.sampled_from(ALGORITHMS), st.binary(max_size=200))
def test_every_signature_has_one_text_form_and_verifies(algorithm: Algorithm, message: bytes) -> None:
    key = PrivateKey.generate(algorithm)
    signature = key.sign(message)
    assert Signature.parse(str(signature)) == signature
    assert key.public_key().verify(message, Signature.parse(str(signature)))


@given(st.sampled_from(ALGORITHMS), st.binary(max_size=150))
def test_a_wallets_extra_bytes_are_kept_and_change_nothing(algorithm: Algorithm, extra: bytes) -> None:
    plain = PrivateKey.generate(algorithm)
    private_bytes = _private_bytes(plain)
    wallet = PrivateKey.parse(str(PrivateKey(algorithm, private_bytes, extra)))
    assert PublicKey.parse(str(wallet.public_key())).extra == extra
    assert wallet.public_key() == plain.public_key()
    assert hash(wallet.public_key()) == hash(plain.public_key())
    assert wallet.sign(b"message") == plain.sign(b"message")


@given(st.text(max_size=60), st.sampled_from(["npub", "npvt", ""]))
def test_any_text_gives_a_key_or_one_clear_error(text: str, prefix: str) -> None:
    for parse in (PublicKey.parse, PrivateKey.parse, Signature.parse):
        with pytest.raises(InvalidInput):
            parse(prefix + text)


@given(st.sampled_from(["npub", "npvt", ""]), st.integers(0, 127), st.binary(max_size=120))
def test_any_content_with_a_good_checksum_gives_a_key_or_one_clear_error(prefix: str, number: int, data: bytes) -> None:
    text = prefix + encode(Packed(number, data))
    for parse in (PublicKey.parse, PrivateKey.parse, Signature.parse):
        try:
            value = parse(text)
        except InvalidInput:
            continue
        assert str(value) == text


@given(st.binary(min_size=64, max_size=64))
def test_any_64_bytes_are_an_ed25519_signature_that_verifies_for_nothing(data: bytes) -> None:
    key = PrivateKey.generate(Algorithm.ED25519).public_key()
    assert not key.verify(b"message", Signature(Algorithm.ED25519, data))


@given(st.binary(max_size=80))
def test_bytes_that_are_no_der_are_no_secp256k1_signature(data: bytes) -> None:
    with pytest.raises(InvalidInput, match="secp256k1 signature"):
        Signature(Algorithm.SECP256K1, data)


def test_a_secp256k1_signature_with_a_high_s_is_refused() -> None:
    # S and order - S both verify; accepting both would give one signature two texts.
    low, high = "3006020105020107", f"3026020105022100{SECP256K1_ORDER - 7:064x}"
    assert Signature(Algorithm.SECP256K1, bytes.fromhex(low)).data.hex() == low
    with pytest.raises(InvalidInput, match="low S"):
        Signature(Algorithm.SECP256K1, bytes.fromhex(high))


def test_every_secp256k1_signature_has_a_low_s() -> None:
    key = PrivateKey.generate(Algorithm.SECP256K1)
    for number in range(40):
        # Signature refuses a high S itself, so that signing gives one at all is the proof.
        assert key.public_key().verify(bytes([number]), key.sign(bytes([number])))


def test_the_public_key_text_is_no_private_key_and_the_other_way_round(key: PrivateKey) -> None:
    with pytest.raises(InvalidInput, match="npvt"):
        PrivateKey.parse(str(key.public_key()))
    with pytest.raises(InvalidInput, match="npub"):
        PublicKey.parse(str(key))


def test_a_key_cut_inside_is_refused() -> None:
    with pytest.raises(InvalidInput, match="declares 32 bytes and holds 3"):
        PublicKey.parse("npub" + encode(Packed(1, b"\x20abc")))


def test_an_unknown_algorithm_is_named() -> None:
    with pytest.raises(InvalidInput, match="number is 3"):
        PublicKey.parse("npub" + encode(Packed(3, b"\x01a")))


def test_a_point_off_the_curve_is_no_public_key() -> None:
    with pytest.raises(InvalidInput, match="no point of secp256k1"):
        PublicKey(Algorithm.SECP256K1, b"\x02" + b"\xff" * 32)


@pytest.mark.parametrize("number", [0, SECP256K1_ORDER, 2**256 - 1])
def test_a_private_number_outside_the_curves_order_is_refused(number: int) -> None:
    with pytest.raises(InvalidInput, match="range"):
        PrivateKey(Algorithm.SECP256K1, number.to_bytes(32))


def test_an_ed25519_key_whose_halves_do_not_belong_together_is_refused() -> None:
    # Signing with a public half that is not the seed's would give the seed away.
    one, other = _private_bytes(PrivateKey.generate()), _private_bytes(PrivateKey.generate())
    with pytest.raises(InvalidInput, match="do not belong together"):
        PrivateKey(Algorithm.ED25519, one[:32] + other[32:])


def test_the_secret_is_in_no_representation_but_str(key: PrivateKey) -> None:
    secret = str(key).removeprefix("npvt")
    shown = [repr(key), f"{key}", f"{key!r}", f"{key:>200}", repr([key]), repr({"key": key})]
    assert not any(secret in text or _private_bytes(key).hex() in text for text in shown)
    assert all(str(key.public_key()) in text for text in shown)


def test_a_log_of_its_repr_shows_the_public_key(key: PrivateKey, caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("test").warning("signing with %r", key)
    assert str(key.public_key()) in caplog.text
    assert "npvt" not in caplog.text


def test_a_private_key_is_not_pickled_or_copied(key: PrivateKey) -> None:
    for leak in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="not pickled or copied"):
            leak(key)


def test_the_error_about_a_private_key_never_shows_it(key: PrivateKey) -> None:
    text = str(key)
    wrong = text[:-1] + ("a" if text[-1] != "a" else "b")
    with pytest.raises(InvalidInput) as raised:
        PrivateKey.parse(wrong)
    assert text[10:30] not in str(raised.value)


def _private_bytes(key: PrivateKey) -> bytes:
    data: bytes = key._PrivateKey__data  # type: ignore[attr-defined]
    return data
