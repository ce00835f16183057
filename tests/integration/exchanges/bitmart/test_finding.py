from datetime import timedelta

import pytest

from app.domain.offers import Level
from exchanges.bitmart.ots import BitmartOts
from exchanges.milliseconds import time_of
from tests.integration.exchanges.scripted_exchange import ScriptedExchange, as_json

PLACED_MS = 1_600_000_000_000


@pytest.mark.parametrize(("seconds_later", "count"), [(-60, 1), (0, 1), (5, 1), (5.001, 0), (60, 0)])
def test_an_order_may_be_older_than_the_attempt_by_as_much_as_the_clocks_differ(
    exchange: ScriptedExchange, ots: BitmartOts, seconds_later: float, count: int
) -> None:
    order = {
        "entrust_id": 7,
        "symbol": "NDAU_USDT",
        "timestamp": PLACED_MS,
        "side": "sell",
        "price": "1",
        "fees": 0,
        "original_amount": 2,
        "executed_amount": 0,
        "remaining_amount": 2,
        "status": 1,
    }
    exchange.script("GET /v2/orders", as_json({"orders": [order], "total_pages": 1}))
    found = ots.find_orders("lost", Level(10**11, 2 * 10**8), time_of(PLACED_MS) + timedelta(seconds=seconds_later))
    assert len(found) == count
