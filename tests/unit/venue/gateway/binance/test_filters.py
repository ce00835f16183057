from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from venue.gateway.binance import amounts
from venue.gateway.binance.errors import CallRefused
from venue.gateway.binance.filters import check_notional, filters_of, price_ticks, quantity_steps
from venue.markets import market_from

MARKET = market_from(
    base="NDAU", quote="USDT", price_tick="0.01", quantity_step="0.1", minimum_quantity="0.5", minimum_notional="5"
)


def test_they_are_listed_as_clients_read_them() -> None:
    price, lot, notional = filters_of(MARKET)
    listed: Any = price, lot, notional
    assert listed[0] == {
        "filterType": "PRICE_FILTER",
        "minPrice": "0.01000000",
        "maxPrice": "1000000000.00000000",
        "tickSize": "0.01000000",
    }
    assert (listed[1]["minQty"], listed[1]["stepSize"]) == ("0.50000000", "0.10000000")
    assert listed[2]["minNotional"] == "5.00000000"


@given(st.integers(1, 10**9), st.integers(5, 10**9))
def test_what_is_on_the_grid_is_taken_as_it_is_shown(ticks: int, steps: int) -> None:
    assert price_ticks(MARKET, amounts.price(MARKET, ticks)) == ticks
    assert quantity_steps(MARKET, amounts.quantity(MARKET, steps)) == steps


@pytest.mark.parametrize(
    ("check", "words"),
    [
        (lambda: price_ticks(MARKET, "1.001"), "Filter failure: PRICE_FILTER"),
        (lambda: price_ticks(MARKET, "0"), "Filter failure: PRICE_FILTER"),
        (lambda: price_ticks(MARKET, "1000000000.01"), "Filter failure: PRICE_FILTER"),
        (lambda: price_ticks(MARKET, "1e3"), "Illegal characters found in parameter 'price'"),
        (lambda: quantity_steps(MARKET, "-1"), "Illegal characters found in parameter 'quantity'"),
        (lambda: quantity_steps(MARKET, "0.4"), "Filter failure: LOT_SIZE"),
        (lambda: quantity_steps(MARKET, "0.55"), "Filter failure: LOT_SIZE"),
        (lambda: quantity_steps(MARKET, "9000000000.1"), "Filter failure: LOT_SIZE"),
        (lambda: check_notional(MARKET, 499, 10), "Filter failure: NOTIONAL"),
        (lambda: check_notional(MARKET, 10**11, 9 * 10**10), "Filter failure: NOTIONAL"),
    ],
    ids=map(str, range(10)),
)
def test_what_breaks_one_is_refused_with_its_name(check: Callable[[], object], words: str) -> None:
    with pytest.raises(CallRefused, match=words):
        check()


def test_an_order_may_cost_exactly_the_least() -> None:
    check_notional(MARKET, 500, 10)


@pytest.mark.parametrize(
    ("units", "text"), [(0, "0.00000000"), (10**12, "1.00000000"), (1, "0.000000000001"), (15 * 10**3, "0.000000015")]
)
def test_amounts_have_at_least_eight_digits_and_never_lose_one(units: int, text: str) -> None:
    assert amounts.text(units) == text
