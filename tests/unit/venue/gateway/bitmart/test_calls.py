import pytest

from venue.gateway.bitmart.calls import json_parameters, number, paging
from venue.gateway.bitmart.errors import CallRefused


def test_numbers_stay_as_the_client_wrote_and_signed_them() -> None:
    body = b'{"symbol":"A_B","price":1.50,"amount":"007.10","other":12345678901234567890}'
    assert json_parameters(body) == {
        "symbol": "A_B",
        "price": "1.50",
        "amount": "007.10",
        "other": "12345678901234567890",
    }


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "must be JSON"),
        (b"\xff", "must be JSON"),
        (b"[" * 60_000, "must be JSON"),
        (b"[1]", "must be a JSON object"),
        (b"[]", "must be a JSON object"),
        (b'"text"', "must be a JSON object"),
        (b'{"price":null}', "a text or a number"),
        (b'{"price":true}', "a text or a number"),
        (b'{"price":{"a":"b"}}', "a text or a number"),
        (b'{"price":NaN}', "a text or a number"),
        (b'{"price":"1","price":"2"}', "only once"),
    ],
)
def test_a_body_that_is_no_flat_object_is_refused(body: bytes, words: str) -> None:
    with pytest.raises(CallRefused, match=words):
        json_parameters(body)


def test_paging_has_defaults_and_bounds() -> None:
    assert paging({}) == (0, 100)
    assert paging({"offset": "3", "limit": "1000"}) == (3, 1000)
    for limit in ("0", "1001"):
        with pytest.raises(CallRefused, match="limit must be from 1 to 1000"):
            paging({"limit": limit})


@pytest.mark.parametrize("text", ["", "-1", "1.0", "x", "٣", "1" * 19])
def test_what_is_no_whole_number_is_refused_by_name(text: str) -> None:
    with pytest.raises(CallRefused, match="offset must be a whole number"):
        number(text, "offset")
