import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.domain import errors
from app.domain.errors import MeicError, RateLimited
from app.domain.money import parse_dollars, parse_ndau
from app.domain.offers import Level
from exchanges.ccxt.ots import CcxtOts
from tests.integration.exchanges.ccxt.documented import (
    DATA,
    IDS,
    NOW,
    OUR_ID,
    Documented,
    answer,
    documented,
    key_of,
)

LEVEL = Level(parse_dollars("16.85"), parse_ndau("100"))
CALLS: dict[str, Callable[[CcxtOts, str], object]] = {
    "place": lambda ots, _: ots.place_offer(OUR_ID, LEVEL),
    "order": lambda ots, order_id: ots.order(order_id),
    "find": lambda ots, _: ots.find_orders(OUR_ID, LEVEL, NOW),
    "open_orders": lambda ots, _: ots.open_orders(),
}
ANSWERED_BY = {"place": ["created"], "order": ["order"], "find": ["order"], "open_orders": ["open_orders"]}
# These ask more than one call, or another one.
ELSEWHERE = {
    ("bybit", "order"): ["open_orders", "order_history"],
    ("bybit", "find"): ["open_orders", "order_history"],
    ("coinbase", "find"): ["open_orders"],
}


def cases() -> Iterator[object]:
    for exchange_id in IDS:
        for number, case in enumerate(json.loads((DATA / exchange_id / "errors.json").read_text())["cases"]):
            yield pytest.param(exchange_id, case, id=f"{exchange_id}-{case['when']}-{case['expected']}-{number}")


@pytest.mark.parametrize(("exchange_id", "case"), list(cases()))
def test_an_exchanges_own_words_become_the_ports_error(exchange_id: str, case: dict[str, str], tmp_path: Path) -> None:
    with documented(exchange_id, tmp_path) as exchange:
        order_id = exchange.order_id()
        when = case["when"]
        for name in ELSEWHERE.get((exchange_id, when), ANSWERED_BY[when]):
            exchange.server.script(exchange.call(name), answer(case["answer"], case["status"], Retry_After="7"))
        before = len(exchange.server.calls)
        if case["expected"] == "none":
            assert list(CALLS[when](exchange.ots, order_id)) == []  # type: ignore[call-overload]
            return
        with pytest.raises(MeicError) as raised:
            CALLS[when](exchange.ots, order_id)
        assert isinstance(raised.value, getattr(errors, case["expected"])), raised.value
        assert not any(secret in str(raised.value) for secret in key_of(exchange_id).values())
        if when == "place":
            assert len(exchange.server.calls) == before + 1, "a placement was sent again"
        if isinstance(raised.value, RateLimited) and int(case["status"]) == 429:
            assert raised.value.retry_after_seconds == 7


@pytest.mark.parametrize("exchange_id", IDS)
def test_a_refused_cancel_of_an_order_that_is_no_longer_open_counts_as_done(exchange_id: str, tmp_path: Path) -> None:
    with documented(exchange_id, tmp_path) as exchange:
        order_id = exchange.order_id()
        name = "open_orders" if exchange_id == "bybit" else "order"
        refuse_cancel(exchange)
        exchange.server.script(exchange.call(name), answer(filled(exchange_id, name)))
        exchange.ots.cancel_order(order_id)


@pytest.mark.parametrize("exchange_id", [each for each in IDS if each != "coinbase"])
def test_a_refused_cancel_of_an_order_that_is_still_open_is_told(exchange_id: str, tmp_path: Path) -> None:
    with documented(exchange_id, tmp_path) as exchange:
        order_id = exchange.order_id()
        refuse_cancel(exchange)
        with pytest.raises(errors.ExchangeRejected):
            exchange.ots.cancel_order(order_id)


REFUSED_CANCELS = {
    "binance": ({"code": -2011, "msg": "Unknown order sent."}, 400),
    "bitget": ({"code": "43001", "msg": "The order does not exist", "requestTime": 0, "data": None}, 400),
    "bybit": ({"retCode": 170213, "retMsg": "Order does not exist.", "result": {}, "retExtInfo": {}, "time": 0}, 200),
    "coinbase": (
        {"results": [{"success": False, "failure_reason": "UNKNOWN_CANCEL_ORDER", "order_id": "x"}]},
        200,
    ),
    "gate": ({"label": "ORDER_CLOSED", "message": "Order already closed"}, 400),
    "kraken": ({"error": ["EOrder:Unknown order"]}, 200),
    "kucoin": ({"code": "400100", "msg": "order_not_exist_or_not_allow_to_cancel"}, 200),
    "okx": (
        {
            "code": "1",
            "msg": "All operations failed",
            "data": [{"clOrdId": "", "ordId": "1", "sCode": "51402", "sMsg": "Order already filled"}],
        },
        200,
    ),
}


def refuse_cancel(exchange: Documented) -> None:
    exchange.server.script(exchange.call("cancelled"), answer(*REFUSED_CANCELS[exchange.exchange_id]))


FILLED = {
    "binance": ('"PARTIALLY_FILLED"', '"FILLED"', '"2.50000000"', '"100.00000000"'),
    "bitget": ('"partially_filled"', '"filled"', '"2.5000000000000000"', '"100.0000000000000000"'),
    "bybit": ('"PartiallyFilled"', '"Filled"', '"2.5"', '"100"'),
    "coinbase": ('"OPEN"', '"FILLED"', '"filled_size": "2.5"', '"filled_size": "100"'),
    "gate": ('"open"', '"filled"', '"left": "97.5"', '"left": "0"'),
    "kraken": ('"open"', '"closed"', '"2.5"', '"100.0"'),
    "kucoin": ('"active": true', '"active": false', '"dealSize": "2.5"', '"dealSize": "100"'),
    "okx": ('"partially_filled"', '"filled"', '"accFillSz": "2.5"', '"accFillSz": "100"'),
}


def filled(exchange_id: str, name: str) -> object:
    text = json.dumps(json.loads((DATA / exchange_id / f"{name}.json").read_text())["answer"])
    state, final_state, some, all_of_it = FILLED[exchange_id]
    return json.loads(text.replace(state, final_state).replace(some, all_of_it).replace('"97.5"', '"0"'))
