"""What is little's own: its pages, its codes, and what only looks like an answer."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from app.domain.errors import (
    AuthenticationFailed,
    ExchangeRejected,
    ExchangeUnavailable,
    InvalidInput,
    OrderUnknown,
    OutcomeUnknown,
)
from app.domain.money import NANOCENTS_PER_DOLLAR, NAPU_PER_NDAU
from app.domain.offers import Level
from app.domain.orders import new_client_order_id
from app.ports.exchanges import OrderTrackingSystem
from exchanges import registry
from exchanges.config import ExchangeConfig
from tests.contracts.ots.little.server import KEY, PAGE, SECRET, LittleServer, little_server, now_ms
from tests.contracts.ots.little.world import add_driver, build_little
from tests.integration.exchanges.scripted_exchange import (
    Answer,
    Behaviour,
    ScriptedExchange,
    as_json,
    scripted_exchange,
)

ONE_AT_ONE = Level(NANOCENTS_PER_DOLLAR, NAPU_PER_NDAU)
LONG_AGO = datetime.now(UTC) - timedelta(days=2)
ECHO = f"{KEY} {SECRET}"


@pytest.fixture(autouse=True)
def driver(monkeypatch: pytest.MonkeyPatch) -> None:
    add_driver(monkeypatch)


@pytest.fixture
def server() -> Iterator[LittleServer]:
    with little_server() as running:
        yield running


@pytest.fixture
def ots(server: LittleServer, tmp_path: Path) -> OrderTrackingSystem:
    return build_little(tmp_path, server.endpoint)


@pytest.fixture
def odd() -> Iterator[ScriptedExchange]:
    with scripted_exchange() as exchange:
        exchange.script("GET /v1/time", as_json({"time_ms": now_ms()}))
        yield exchange


@pytest.fixture
def odd_ots(odd: ScriptedExchange, tmp_path: Path) -> OrderTrackingSystem:
    return build_little(tmp_path, odd.endpoint)


def execute(server: LittleServer, count: int) -> None:
    for _ in range(count):
        server.market.place("", "sell", Decimal(1), Decimal(1))
    server.market.take("sell", Decimal(count), Decimal(1))


def ids(ots: OrderTrackingSystem, position: str | None = None) -> list[int]:
    return [int(fill.fill_id) for page in ots.read_fills(position, LONG_AGO) for fill in page.fills]


def test_the_registry_finds_a_driver_outside_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ots = build_little(tmp_path, "http://127.0.0.1:9")
    assert (ots.name, ots.market.price_tick_nanocents) == ("south", NANOCENTS_PER_DOLLAR // 100)
    monkeypatch.undo()
    with pytest.raises(InvalidInput, match="little"):
        registry.build(ExchangeConfig("south", "little", "NDAU/USD"))


@pytest.mark.parametrize("count", [PAGE - 1, PAGE, PAGE + 1, 2 * PAGE, 3 * PAGE + 7])
def test_full_pages_of_trades_at_one_time_lose_none_wherever_reading_goes_on(
    server: LittleServer, ots: OrderTrackingSystem, count: int
) -> None:
    moment = now_ms()
    server.market.clock = lambda: moment
    execute(server, count)
    pages = list(ots.read_fills(None, LONG_AGO))
    assert [int(fill.fill_id) for page in pages for fill in page.fills] == list(range(1, count + 1))
    execute(server, PAGE)
    read = 0
    for page in pages:
        read += len(page.fills)
        assert ids(ots, page.position) == list(range(read + 1, count + PAGE + 1))


def test_more_open_orders_than_a_page_holds_are_all_shown(server: LittleServer, ots: OrderTrackingSystem) -> None:
    placed = [server.market.place("", "sell", Decimal(2), Decimal(1)).id for _ in range(2 * PAGE + 1)]
    assert [int(order.exchange_order_id) for order in ots.open_orders()] == placed


@pytest.mark.parametrize(
    "answer",
    [
        Answer("<html>welcome</html>"),
        Answer("<html>bad gateway</html>", 502),
        Answer("<html>forbidden</html>", 403),
        as_json({"code": "off_grid", "message": "it says no, and that it broke"}, 500),
        as_json({"code": "never_heard", "message": "?"}, 400),
        as_json({"status": "fine"}),
    ],
    ids=["html", "502", "403", "500", "unknown code", "no id"],
)
def test_a_placement_without_a_proper_answer_has_an_unknown_outcome_and_is_sent_once(
    odd: ScriptedExchange, odd_ots: OrderTrackingSystem, answer: Behaviour
) -> None:
    odd.script("POST /v1/orders", answer)
    with pytest.raises(OutcomeUnknown):
        odd_ots.place_offer(new_client_order_id(), ONE_AT_ONE)
    assert len(odd.made("POST /v1/orders")) == 1


def test_a_duplicate_id_leaves_it_open_what_became_of_a_placement(ots: OrderTrackingSystem) -> None:
    client_order_id = new_client_order_id()
    order_id = ots.place_offer(client_order_id, ONE_AT_ONE)
    with pytest.raises(OutcomeUnknown):
        ots.place_offer(client_order_id, ONE_AT_ONE)
    assert [order.exchange_order_id for order in ots.find_orders(client_order_id, ONE_AT_ONE, LONG_AGO)] == [order_id]


@pytest.mark.parametrize("available", ["much", "0.000000001", "99999999999999999999", "-1"])
def test_an_amount_that_is_none_is_no_answer(
    odd: ScriptedExchange, odd_ots: OrderTrackingSystem, available: str
) -> None:
    odd.script("GET /v1/balance", as_json({"available": available, "on_orders": "0"}))
    with pytest.raises(ExchangeUnavailable):
        odd_ots.balance()


def test_a_time_that_is_none_is_no_answer(odd: ScriptedExchange, odd_ots: OrderTrackingSystem) -> None:
    odd.script("GET /v1/time", as_json({"time_ms": 10**20}))
    with pytest.raises(ExchangeUnavailable):
        odd_ots.server_time()


def test_an_order_that_never_was_is_told_apart_from_one_that_is_refused(ots: OrderTrackingSystem) -> None:
    for ask in (ots.order, ots.cancel_order):
        with pytest.raises(OrderUnknown):
            ask("1/2?")


def test_a_wrong_key_is_told_without_showing_it(server: LittleServer, tmp_path: Path) -> None:
    refused = build_little(tmp_path, server.endpoint, secret="another-secret")
    with pytest.raises(AuthenticationFailed, match="bad_key") as told:
        refused.balance()
    assert KEY not in str(told.value)
    assert "another-secret" not in str(told.value)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (as_json({"code": "bad_request", "message": ECHO}, 400), ExchangeRejected),
        (as_json({"code": "bad_key", "message": ECHO}, 401), AuthenticationFailed),
        (Answer(f"<html>{ECHO}</html>"), OutcomeUnknown),
        (as_json({"id": {"echo": ECHO}}), OutcomeUnknown),
    ],
    ids=["rejected", "refused", "html", "no id"],
)
def test_secrets_that_an_answer_echoes_are_in_no_message_and_no_log(
    odd: ScriptedExchange,
    odd_ots: OrderTrackingSystem,
    caplog: pytest.LogCaptureFixture,
    answer: Behaviour,
    error: type[Exception],
) -> None:
    odd.script("POST /v1/orders", answer)
    with caplog.at_level(logging.DEBUG), pytest.raises(error) as told:
        odd_ots.place_offer(new_client_order_id(), ONE_AT_ONE)
    shown = f"{told.getrepr(chain=True, style='value')} {caplog.text} {odd_ots!r}"
    assert "***" in shown
    assert SECRET not in shown
    assert KEY not in shown


def test_after_a_refused_time_the_clock_is_read_again(odd: ScriptedExchange, odd_ots: OrderTrackingSystem) -> None:
    stale = as_json({"code": "stale_time", "message": "too old"}, 400)
    odd.script("GET /v1/balance", stale, as_json({"available": "2", "on_orders": "1"}))
    with pytest.raises(ExchangeRejected):
        odd_ots.balance()
    assert odd_ots.balance().total_napu == 3 * NAPU_PER_NDAU
    assert len(odd.made("GET /v1/time")) == 2
