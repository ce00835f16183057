"""The reference's own vectors."""

import pytest

from venue.gateway.bitmart.signatures import client_secret, is_same, message_of, signature

SECRET = "8c08d9d5c3d15b105dbddaf96e427ac6"


def test_the_client_secret_is_the_one_of_the_reference() -> None:
    assert client_secret("6591f7c2491db0a23a1d8ad6911c825e", SECRET, "mymemo") == (
        "18b9beb027d9ee75202655f37344ea5829c5c0d66a0781bf642bb3e944cf5019"
    )


@pytest.mark.parametrize(
    ("secret", "parameters", "expected"),
    [
        (
            SECRET,
            {"symbol": "BMX_ETH", "side": "buy", "price": "1", "amount": "1"},
            "2302088e474141fc7b498d0fa96c9cc2eda39a5a24fd1495d469d0a72e5fd483",
        ),
        (SECRET, {"entrust_id": "1223181"}, "de4ed768cea4eb2f0fe081009eab1f41c5fd6ff6ed53768df7fe252472c257b3"),
        (
            "api_secret",
            {"side": "buy", "amount": "1.5", "symbol": "BMX_ETH", "price": "1.234"},
            "0ad8c5f31d66a1a7c70147146090a3c745ff330c766fd4e72352f6cfc736f860",
        ),
    ],
)
def test_an_order_call_is_signed_as_in_the_reference(secret: str, parameters: dict[str, str], expected: str) -> None:
    assert signature(secret, message_of(parameters)) == expected


def test_text_beyond_ascii_is_compared_and_not_an_error() -> None:
    assert not is_same("abc", "äbc")
    assert is_same("äbc", "äbc")


def test_half_a_surrogate_pair_can_be_signed() -> None:
    assert signature(SECRET, "symbol=\ud800") != signature(SECRET, "symbol=")
