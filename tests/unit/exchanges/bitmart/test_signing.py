from exchanges.bitmart.signing import client_secret, signature

SECRET = "8c08d9d5c3d15b105dbddaf96e427ac6"


def test_the_client_secret_is_the_documented_one() -> None:
    proof = client_secret(access="6591f7c2491db0a23a1d8ad6911c825e", secret=SECRET, memo="mymemo")
    assert proof == "18b9beb027d9ee75202655f37344ea5829c5c0d66a0781bf642bb3e944cf5019"


def test_an_order_is_signed_over_its_parameters_sorted_by_name() -> None:
    order = {"symbol": "BMX_ETH", "side": "buy", "price": "1", "amount": "1"}
    assert signature(SECRET, order) == "2302088e474141fc7b498d0fa96c9cc2eda39a5a24fd1495d469d0a72e5fd483"


def test_a_cancel_is_signed_over_the_order_id() -> None:
    expected = "de4ed768cea4eb2f0fe081009eab1f41c5fd6ff6ed53768df7fe252472c257b3"
    assert signature(SECRET, {"entrust_id": "1223181"}) == expected


def test_decimals_are_signed_as_they_are_written() -> None:
    order = {"amount": "1.5", "price": "1.234", "side": "buy", "symbol": "BMX_ETH"}
    assert signature("api_secret", order) == "0ad8c5f31d66a1a7c70147146090a3c745ff330c766fd4e72352f6cfc736f860"
