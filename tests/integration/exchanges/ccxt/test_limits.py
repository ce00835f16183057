"""What an exchange tells of its limits is kept."""

import logging

import pytest

from app.domain.errors import RateLimited
from tests.integration.exchanges.ccxt.documented import Documented, answer, read


def tells(binance: Documented, limits: object) -> None:
    markets = read("binance", "markets")
    markets["answer"]["rateLimits"] = limits  # type: ignore[index]
    binance.server.script(binance.call("markets"), answer(markets["answer"]))


def weight(limit: object, interval: str = "MINUTE") -> dict[str, object]:
    return {"rateLimitType": "REQUEST_WEIGHT", "interval": interval, "intervalNum": 1, "limit": limit}


def test_a_lower_limit_than_the_documented_is_followed(binance: Documented) -> None:
    tells(binance, [weight(20)])
    with pytest.raises(RateLimited, match="at most 20 weight in 60 seconds, the last 4 for cancels; not called"):
        [binance.ots.open_orders() for _ in range(4)]  # each weighs 6


@pytest.mark.parametrize("limits", [None, 17, [17], [{}], [weight("many")], [weight(-5)]])
def test_one_that_is_not_understood_leaves_the_documented_in_force(
    binance: Documented, limits: object, caplog: pytest.LogCaptureFixture
) -> None:
    tells(binance, limits)
    with caplog.at_level(logging.WARNING):
        assert binance.ots.open_orders()
    assert "binance tells its limits in a way that is not known" in caplog.text
