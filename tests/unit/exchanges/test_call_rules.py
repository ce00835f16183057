from datetime import UTC, datetime

import pytest

from exchanges.call_budget import Counted, Window
from exchanges.call_rules import (
    BANNED,
    TOO_MANY,
    ban_seconds,
    paced,
    stop_seconds,
    window_of_spacing,
    windows_of_binance,
)


def test_binances_rules_become_windows_of_weight_and_orders() -> None:
    limits = [
        {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000},
        {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 50},
        {"rateLimitType": "ORDERS", "interval": "DAY", "intervalNum": 1, "limit": 160000},
        {"rateLimitType": "RAW_REQUESTS", "interval": "MINUTE", "intervalNum": 5, "limit": 61000},
    ]
    assert windows_of_binance(limits) == (
        Window(6000, 60),
        Window(50, 10, Counted.ORDERS),
        Window(160_000, 86_400, Counted.ORDERS),
    )


def test_numbers_that_came_as_text_are_read_as_well() -> None:
    limits = [{"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": "1", "limit": "6000"}]
    assert windows_of_binance(limits) == (Window(6000, 60),)


def test_a_long_window_is_spent_by_twentieths() -> None:
    assert paced(Window(6000, 60)) == Window(300, 3, reserved=0.25)
    assert paced(Window(7, 60)) == Window(1, 3, reserved=0.25)


@pytest.mark.parametrize(
    ("milliseconds", "calls", "seconds"), [(50, 60, 3), (1000, 3, 3), (3000, 1, 3), (60_000, 1, 60), (0, 3000, 3)]
)
def test_a_spacing_becomes_as_many_calls_as_fit(milliseconds: int, calls: int, seconds: int) -> None:
    assert window_of_spacing(milliseconds) == Window(calls, seconds)


def test_a_ban_lasts_until_the_time_it_names() -> None:
    now = datetime.fromtimestamp(1573039170, UTC)
    assert (
        ban_seconds("Way too much request weight used; IP banned until 1573039200000. Please use WebSocket", now) == 30
    )
    assert ban_seconds("IP banned until 1573039000000", now) == 1
    assert ban_seconds("too many requests", now) is None


@pytest.mark.parametrize(
    ("status", "retry_after", "body", "seconds"),
    [
        (TOO_MANY, "7", "", 7),
        (TOO_MANY, "0", "", 1),
        (TOO_MANY, "999999", "", 3600),
        (BANNED, "999999", "", 259_200),
        (BANNED, "86400", "", 86_400),
        (BANNED, None, "IP banned until 1573039200000", 30),
        (BANNED, "Wed, 21 Oct 2026 07:28:00 GMT", "", 60),
        (TOO_MANY, None, "<html>", 60),
        (TOO_MANY, "\u0663", "", 60),
    ],
)
def test_an_exchange_that_wants_fewer_calls_is_believed_within_bounds(
    status: int, retry_after: str | None, body: str, seconds: float
) -> None:
    assert stop_seconds(status, retry_after, body, datetime.fromtimestamp(1573039170, UTC)) == seconds
