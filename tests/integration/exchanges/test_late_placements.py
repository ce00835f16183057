"""A placement that took too long to prepare is not sent: the lease of whoever asked may have run out."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from unittest import mock

import pytest

import exchanges.ccxt.session
import exchanges.http
from app.domain.errors import ExchangeUnavailable
from app.domain.money import parse_dollars, parse_ndau
from app.domain.offers import Level
from app.ports.exchanges import OrderTrackingSystem
from exchanges.bitmart.ots import BitmartOts
from exchanges.local_budget import LocalBudget
from exchanges.wire import SENT_WITHIN_SECONDS
from tests.integration.exchanges.ccxt.documented import OUR_ID, documented
from tests.integration.exchanges.scripted_exchange import ScriptedExchange, as_json

LEVEL = Level(parse_dollars("16.85"), parse_ndau("100"))


@contextmanager
def waiting(module: ModuleType, seconds: float) -> Iterator[None]:
    """Have each call wait so long for its turn."""
    passed = 0.0

    def take(*_: object, orders: int = 0, **__: object) -> None:
        nonlocal passed
        passed += seconds * orders

    def now() -> float:
        return time.monotonic() + passed

    with mock.patch.object(LocalBudget, "take", take), mock.patch.object(module, "monotonic", now):
        yield


def check(ots: OrderTrackingSystem, module: ModuleType, server: ScriptedExchange, call: str) -> None:
    with (
        waiting(module, SENT_WITHIN_SECONDS + 0.1),
        pytest.raises(ExchangeUnavailable, match=r"it took 5\.\d s to prepare; expected at most 5 s; nothing was sent"),
    ):
        ots.place_offer(OUR_ID, LEVEL)
    assert server.made(call) == []
    with waiting(module, SENT_WITHIN_SECONDS - 1):
        ots.place_offer(OUR_ID, LEVEL)
    assert len(server.made(call)) == 1


def test_through_http(exchange: ScriptedExchange, build: Callable[[str], BitmartOts]) -> None:
    exchange.script("POST /v2/orders", as_json({"entrust_id": 7}))
    check(build(exchange.endpoint), exchanges.http, exchange, "POST /v2/orders")


def test_through_ccxt(tmp_path: Path) -> None:
    with documented("binance", tmp_path) as binance:
        check(binance.ots, exchanges.ccxt.session, binance.server, binance.call("created"))
