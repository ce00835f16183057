"""What Prometheus is told of a ledger with something in it, on both databases."""

from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import insert

from app import instance_figures
from app.bootstrap import Coordinator
from app.domain.errors import ChainUnavailable
from app.domain.fills import Fill, FillPage, Side
from app.domain.halts import Scope
from app.domain.ledger import NewGeneration
from app.domain.money import NAPU_PER_NDAU
from app.domain.offers import Level
from app.ports.chain import ChainSupply
from app.settings.exchanges import ExchangeSettings
from app.settings.settings import Settings
from app.store.alert_tables import alert
from app.store.database import Database
from app.store.ledger import SqlLedger
from app.telemetry import ledger_views
from tests.integration.app.store.conftest import StoppedClock, clock, database, database_url, ledger
from tests.unit.app.services.ledgers import sell

__all__ = ["clock", "database", "database_url", "ledger"]  # fixtures


class Parts(Coordinator):
    """A coordinator over a ledger and a chain that are there already."""

    def __init__(self, ledger: SqlLedger, clock: StoppedClock, chain: object) -> None:
        exchanges = {name: ExchangeSettings(driver="local", symbol="NDAU/USD") for name in ("north", "south")}
        super().__init__(Settings(home=Path("nowhere"), exchanges=exchanges), clock)
        self._parts |= {"ledger": ledger, "chain": chain}


class Node:
    """A chain that has issued something before us."""

    def supply(self) -> ChainSupply:
        return ChainSupply(issued_napu=50 * NAPU_PER_NDAU, released_napu=900 * NAPU_PER_NDAU)


class NoNode:
    """A chain that does not answer."""

    def supply(self) -> ChainSupply:
        raise ChainUnavailable("nobody there")


@pytest.fixture(autouse=True)
def nothing_around(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have bells without a broker, and no board of streams."""
    monkeypatch.setattr(instance_figures, "_queues", lambda _parts: ledger_views.queues({"issue": 3}))
    monkeypatch.setattr(instance_figures, "_streams", lambda _parts: ledger_views.streams({"north": False}))


def figures(ledger: SqlLedger, clock: StoppedClock, chain: object) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(instance_figures.ledger_collector(Parts(ledger, clock, chain)))
    return registry


def fill_up(ledger: SqlLedger, database: Database, clock: StoppedClock) -> None:
    """Have one of everything: two sales, an unclaimed sell, a halt, an exchange that is down, an alert, a lease."""
    stack = (Level(10**11, 1000 * NAPU_PER_NDAU),)
    ledger.offers.decide(NewGeneration(0, 0, 0, 0, stack, "test", ("north", "south")))
    sell(ledger, 7 * NAPU_PER_NDAU, 5 * NAPU_PER_NDAU, exchange="north")
    unclaimed = Fill("9", "nobody's", Side.SELL, 10**11, 2 * NAPU_PER_NDAU, "0", clock.now(), "{}")
    ledger.fills.record("south", FillPage((unclaimed,), "1"))
    ledger.halts.halt(Scope.PUBLISHING, "south", who="me", why="test")
    ledger.health.failed("south", "gone", 1)
    ledger.offers.published("north", 1, "")
    row = {"rule": "unclaimed", "subject": "south", "severity": "warning", "words": "x", "raised_at": clock.now()}
    with database.write("test") as connection:
        connection.execute(insert(alert), row)


def test_what_is_in_the_ledger_is_told(ledger: SqlLedger, database: Database, clock: StoppedClock) -> None:
    fill_up(ledger, database, clock)
    clock.time += timedelta(seconds=100)
    with ledger.leases.hold("issuer", 10):
        registry = figures(ledger, clock, Node())
        value = registry.get_sample_value
        told = {
            "sold": value("meic_sold_ndau"),
            "waiting": value("meic_waiting_items", {"step": "recorded"}),
            "waiting napu": value("meic_waiting_napu", {"step": "recorded"}),
            "seen": value("meic_waiting_items", {"step": "seen"}),
            "since": value("meic_waiting_oldest_seconds", {"step": "seen"}),
            "sales": value("meic_exchange_sales", {"exchange": "north"}),
            "unclaimed": value("meic_exchange_unclaimed_fills", {"exchange": "south"}),
            "up": [value("meic_exchange_up", {"exchange": name}) for name in ("north", "south")],
            "newest": value("meic_generation_newest"),
            "shown": [value("meic_generation_shown", {"exchange": name}) for name in ("north", "south")],
            "behind": [value("meic_exchange_behind", {"exchange": name}) for name in ("north", "south")],
            "behind for": [value("meic_exchange_behind_seconds", {"exchange": name}) for name in ("north", "south")],
            "halts": value("meic_halts", {"scope": "publishing", "exchange": "south"}),
            "none": value("meic_halts", {"scope": "issuing", "exchange": ""}),
            "alerts": value("meic_alerts", {"rule": "unclaimed", "severity": "warning"}),
            "lease": [value(f"meic_lease_{name}", {"lease": "issuer"}) for name in ("epoch", "held")],
            "room": value("meic_chain_room_napu"),
            "queue": value("meic_queue_messages", {"queue": "issue"}),
            "stream": value("meic_stream_up", {"exchange": "north"}),
        }
    assert told == {
        "sold": 12,
        "waiting": 2,
        "waiting napu": 12 * NAPU_PER_NDAU,
        "seen": 1,
        "since": 100,
        "sales": 2,
        "unclaimed": 1,
        "up": [1, 0],
        "newest": 1,
        "shown": [1, 0],
        "behind": [0, 1],
        "behind for": [0, 100],
        "halts": 1,
        "none": 0,
        "alerts": 1,
        "lease": [1, 1],
        "room": 850 * NAPU_PER_NDAU,
        "queue": 3,
        "stream": 0,
    }


def test_a_ledger_with_nothing_in_it_is_told_too(ledger: SqlLedger, clock: StoppedClock) -> None:
    registry = figures(ledger, clock, Node())
    assert registry.get_sample_value("meic_sold_napu") == 0
    assert registry.get_sample_value("meic_generation_newest") == 0
    views = ("pipeline", "exchanges", "controls", "chain", "queues", "streams")
    assert [registry.get_sample_value("meic_view_ok", {"view": name}) for name in views] == [1] * 6


def test_without_a_node_everything_else_is_told(ledger: SqlLedger, clock: StoppedClock) -> None:
    registry = figures(ledger, clock, NoNode())
    assert registry.get_sample_value("meic_view_ok", {"view": "chain"}) == 0
    assert registry.get_sample_value("meic_chain_issued_napu") is None
    assert registry.get_sample_value("meic_sold_napu") == 0
