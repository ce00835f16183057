from collections.abc import Callable

import pytest

from app.domain.errors import ExchangeRejected, ExchangeUnavailable
from app.domain.markets import Market
from app.domain.money import parse_dollars, parse_ndau
from exchanges.ccxt.markets import Listed, Markets, listed
from exchanges.config import ExchangeConfig

Answers = list[Callable[[], Listed]]

TICK_SIZE, DECIMAL_PLACES, SIGNIFICANT_DIGITS = 4, 2, 3
CONFIG = ExchangeConfig("north", "ccxt", "NDAU/USDT", id="okx")


def raw(tick: str | None, step: str | None, **limits: dict[str, str | None]) -> dict[str, object]:
    return {"symbol": "NDAU/USDT", "spot": True, "precision": {"price": tick, "amount": step}, "limits": limits}


def test_steps_and_minimums_are_read_exactly() -> None:
    given = raw("0.0001", "0.00000001", amount={"min": "0.123456789"}, cost={"min": "5"})
    assert listed(given, TICK_SIZE, CONFIG).market == Market(
        "NDAU/USDT", 10**7, 1, minimum_quantity_napu=12345679, minimum_notional_nanocents=5 * 10**11
    )


def test_a_number_of_digits_is_a_step() -> None:
    market = listed(raw("2", "0"), DECIMAL_PLACES, CONFIG).market
    assert (market.price_tick_nanocents, market.quantity_step_napu) == (10**9, 10**8)


def test_a_step_may_be_written_with_an_exponent() -> None:
    assert listed(raw("1E-11", "1e-8"), TICK_SIZE, CONFIG).market.price_tick_nanocents == 1


@pytest.mark.parametrize(
    ("tick", "step", "mode", "words"),
    [
        ("0.000000000001", "1", TICK_SIZE, "at most 11 digits"),
        ("1", "0.000000001", TICK_SIZE, "at most 8 digits"),
        ("0", "1", TICK_SIZE, "prices go in steps of 0"),
        ("-1", "1", TICK_SIZE, "prices go in steps of -1"),
        ("NaN", "1", TICK_SIZE, "expected a decimal number"),
        (None, "1", TICK_SIZE, "set price_tick"),
        ("5", "5", SIGNIFICANT_DIGITS, "significant digits"),
    ],
)
def test_rules_that_cannot_be_followed_exactly_are_refused_in_one_sentence(
    tick: str | None, step: str, mode: int, words: str
) -> None:
    with pytest.raises(ExchangeRejected, match=words):
        listed(raw(tick, step), mode, CONFIG)


def test_a_market_that_is_no_spot_market_is_refused() -> None:
    with pytest.raises(ExchangeRejected, match="no spot market"):
        listed(raw("1", "1") | {"spot": False}, TICK_SIZE, CONFIG)


def test_the_settings_override_the_exchange() -> None:
    config = ExchangeConfig(
        "north",
        "ccxt",
        "NDAU/USDT",
        id="okx",
        price_tick="0.05",
        quantity_step="1",
        minimum_quantity="2",
        minimum_notional="10",
    )
    assert listed(raw("0.01", "0.1", cost={"min": "5"}), TICK_SIZE, config).market == Market(
        "NDAU/USDT", parse_dollars("0.05"), parse_ndau("1"), parse_ndau("2"), parse_dollars("10")
    )
    assert listed(raw(None, None), TICK_SIZE, config).market.quantity_step_napu == parse_ndau("1")


def test_a_setting_that_the_exchange_would_refuse_is_refused_here() -> None:
    config = ExchangeConfig("north", "ccxt", "NDAU/USDT", id="okx", price_tick="0.015")
    with pytest.raises(ExchangeRejected, match="expected multiples of its own"):
        listed(raw("0.01", "0.1"), TICK_SIZE, config)


class Clock:
    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


def test_rules_are_read_again_every_hour_and_kept_while_the_exchange_is_away() -> None:
    clock, reads = Clock(), 0
    answers = Answers()

    def read() -> Listed:
        nonlocal reads
        reads += 1
        return answers[-1]()

    def away() -> Listed:
        raise ExchangeUnavailable("away")

    markets = Markets(read, monotonic=clock)
    answers.append(away)
    with pytest.raises(ExchangeUnavailable):
        markets.get()
    answers.append(lambda: listed(raw("0.01", "0.1"), TICK_SIZE, CONFIG))
    first = markets.get()
    clock.time = 3599
    assert markets.get() is first
    assert reads == 2
    clock.time = 3600
    assert markets.get() is first, "an unchanged market must stay the same object"
    assert reads == 3
    answers.append(away)
    clock.time = 7200
    assert markets.get() is first
    clock.time = 7230
    assert markets.get() is first
    assert reads == 4
    answers.append(lambda: listed(raw("0.05", "0.1"), TICK_SIZE, CONFIG))
    markets.doubt()
    assert markets.get().market.price_tick_nanocents == parse_dollars("0.05")
