"""Against the examples of Binance's own reference."""

from venue.gateway.binance.signatures import is_same, payload_of_parameters, payload_of_request, signature

SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
ORDER = b"symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC"
REST = b"quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"


def test_a_query_is_signed_as_in_the_reference() -> None:
    payload = payload_of_request(ORDER + b"&" + REST + b"&signature=00", b"")
    assert signature(SECRET, payload) == "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"


def test_query_and_body_are_signed_one_after_the_other_with_nothing_between() -> None:
    payload = payload_of_request(ORDER, REST + b"&signature=00")
    assert signature(SECRET, payload) == "0fd168b8ddb4876a0358a8d14d0c9f3da0e9b20c5d52b2a00fcf7d1c602f9a77"


def test_the_websocket_api_signs_parameters_sorted_by_name() -> None:
    parameters = {"timestamp": "2", "apiKey": "k", "signature": "00", "symbol": "A"}
    assert payload_of_parameters(parameters) == b"apiKey=k&symbol=A&timestamp=2"


def test_the_case_of_a_signature_does_not_matter_but_its_digits_do() -> None:
    assert is_same("0a", "0A")
    assert not is_same("0a", "0b")
    assert not is_same("0a", "\ud800é")
