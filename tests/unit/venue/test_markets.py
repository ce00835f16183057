import pytest

from venue.errors import InvalidRequest, InvalidSetting
from venue.markets import Market, market_from


def a_market(price_tick: str = "0.05", quantity_step: str = "0.01", minimum_quantity: str = "0.015") -> Market:
    return market_from(
        base="NDAU",
        quote="USDT",
        price_tick=price_tick,
        quantity_step=quantity_step,
        minimum_quantity=minimum_quantity,
    )


def test_prices_and_quantities_count_ticks_and_steps() -> None:
    market = a_market()
    assert (market.symbol, market.ticks("1.25"), market.steps("2.50")) == ("NDAU_USDT", 25, 250)


def test_the_minimum_is_the_first_multiple_of_the_step_that_reaches_it() -> None:
    assert a_market().minimum_steps == 2
    assert a_market().minimum_text == "0.02"


def test_one_step_at_one_tick_costs_their_product() -> None:
    assert a_market().notional_units == 500_000_000  # 0.0005 in units of 10^-12


@pytest.mark.parametrize("text", ["1.26", "0", "0.00"])
def test_a_price_off_the_grid_is_refused_with_the_grid(text: str) -> None:
    with pytest.raises(InvalidRequest, match=r"price must be a positive multiple of 0\.05"):
        a_market().ticks(text)


@pytest.mark.parametrize(
    ("tick", "step", "words"),
    [
        ("0", "1", "must be above 0"),
        ("1", "0.0", "must be above 0"),
        ("0.0000001", "0.0000001", r"multiple of 10\^-12"),
        ("x", "1", "price_tick must be plain decimal text"),
    ],
)
def test_rules_that_no_trade_could_follow_are_refused(tick: str, step: str, words: str) -> None:
    with pytest.raises(InvalidSetting, match=words):
        a_market(tick, step)


def test_an_asset_is_not_traded_for_itself() -> None:
    with pytest.raises(InvalidSetting, match="different assets"):
        market_from(base="A", quote="A", price_tick="1", quantity_step="1", minimum_quantity="1")
