from collections.abc import Callable

import pytest

from venue.gateway.binance.errors import CallRefused
from venue.gateway.binance.parameters import (
    check_all_read,
    choice,
    form_parameters,
    json_parameters,
    limit,
    number,
    required,
)


def test_the_querys_value_counts_before_the_bodys() -> None:
    assert form_parameters(b"a=1&b=x%20y", b"a=2&c=3") == {"a": "1", "b": "x y", "c": "3"}


def test_values_of_the_websocket_api_become_the_text_that_is_signed() -> None:
    assert json_parameters({"a": 1, "b": True, "c": "x"}) == {"a": "1", "b": "true", "c": "x"}
    assert json_parameters(None) == {}


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: form_parameters(b"a=1&a=2"), -1101),
        (lambda: form_parameters(b"&".join(b"%d=1" % n for n in range(99))), -1101),
        (lambda: form_parameters(b"a="), -1105),
        (lambda: json_parameters([1]), -1100),
        (lambda: required({}, "symbol"), -1102),
        (lambda: number({"n": "-1"}, "n"), -1100),
        (lambda: number({"n": "1" * 19}, "n"), -1100),
        (lambda: number({"n": "\u0661"}, "n"), -1100),
        (lambda: limit({"limit": "0"}, 5, 10), -1130),
        (lambda: limit({"limit": "11"}, 5, 10), -1130),
        (lambda: choice({"side": "LEND"}, "side", {"BUY": 1}, CallRefused(-1117, "Invalid side.")), -1117),
        (lambda: check_all_read({"a": "1", "stopPrice": "2"}, {"a"}), -1104),
    ],
    ids=map(str, range(12)),
)
def test_what_is_wrong_is_told_by_binances_code(call: Callable[[], object], code: int) -> None:
    with pytest.raises(CallRefused) as caught:
        call()
    assert caught.value.code == code


def test_a_number_that_is_not_sent_is_none_and_a_limit_has_its_default() -> None:
    assert number({}, "n") is None
    assert number({"n": "7"}, "n") == 7
    assert limit({}, 5, 10) == 5
    assert limit({"limit": "10"}, 5, 10) == 10
