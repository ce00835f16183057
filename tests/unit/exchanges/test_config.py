from math import inf, nan
from typing import Any

import pytest

from app.domain.errors import InvalidInput
from app.domain.markets import Market
from exchanges.config import ExchangeConfig


def test_empty_texts_take_the_drivers_defaults() -> None:
    config = ExchangeConfig("north", "bitmart", "NDAU_USDT")
    assert config.market(default_tick="0.01", default_step="0.1") == Market("NDAU_USDT", 10**9, 10**7)


def test_the_settings_rules_come_before_the_drivers() -> None:
    config = ExchangeConfig(
        "north",
        "bitmart",
        "NDAU_USDT",
        price_tick="0.0001",
        quantity_step="1",
        minimum_quantity="5",
        minimum_notional="10.5",
    )
    expected = Market("NDAU_USDT", 10**7, 10**8, 5 * 10**8, 1_050_000_000_000)
    assert config.market(default_tick="0.01", default_step="0.01") == expected


@pytest.mark.parametrize("field", ["price_tick", "quantity_step", "minimum_quantity", "minimum_notional"])
def test_a_wrong_rule_is_named_by_its_setting(field: str) -> None:
    wrong: dict[str, Any] = {field: "1e-2"}
    config = ExchangeConfig("north", "bitmart", "NDAU_USDT", **wrong)
    with pytest.raises(InvalidInput, match=rf"exchanges\.north\.{field} is '1e-2'; expected decimal"):
        config.market(default_tick="0.01", default_step="0.01")


@pytest.mark.parametrize("name", ["", "../north", "a/b", "-x", "x" * 65])
def test_a_name_that_is_no_plain_word_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="exchange name is"):
        ExchangeConfig(name, "bitmart", "NDAU_USDT")


@pytest.mark.parametrize("seconds", [0.0, -1.0, inf, nan, 301.0])
def test_a_timeout_that_could_hang_a_worker_is_refused(seconds: float) -> None:
    with pytest.raises(InvalidInput, match=r"exchanges\.north\.timeout_seconds is .* above 0, at most 300"):
        ExchangeConfig("north", "bitmart", "NDAU_USDT", timeout_seconds=seconds)


def test_a_market_without_a_name_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"exchanges\.north\.symbol is empty"):
        ExchangeConfig("north", "bitmart", "")
