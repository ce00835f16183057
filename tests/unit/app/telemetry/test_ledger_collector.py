import threading
from collections.abc import Iterable, Iterator

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from app.telemetry import gauges
from app.telemetry.gauges import Reading
from app.telemetry.ledger_collector import LedgerCollector


def shown(collector: LedgerCollector) -> list[str]:
    registry = CollectorRegistry()
    registry.register(collector)
    return [line for line in generate_latest(registry).decode().splitlines() if not line.startswith("#")]


def well() -> Iterator[Reading]:
    yield gauges.SOLD.at(17)


def test_what_was_read_is_shown() -> None:
    assert shown(LedgerCollector({"pipeline": well})) == ["meic_sold_napu 17.0", 'meic_view_ok{view="pipeline"} 1.0']


def test_what_was_read_serves_for_a_second() -> None:
    asked: list[str] = []

    def view() -> Iterable[Reading]:
        asked.append("x")
        return well()

    collector = LedgerCollector({"pipeline": view})
    assert shown(collector) == shown(collector)
    assert len(asked) == 1


def test_a_view_that_fails_is_left_out_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    def fails() -> Iterable[Reading]:
        raise OSError("no broker")

    collector = LedgerCollector({"pipeline": well, "queues": fails})
    for _ in range(2):
        assert shown(collector) == [
            "meic_sold_napu 17.0",
            'meic_view_ok{view="pipeline"} 1.0',
            'meic_view_ok{view="queues"} 0.0',
        ]
    assert caplog.messages == ["figures of the queues cannot be shown: no broker; this is said once until they can"]


def test_a_view_that_hangs_keeps_no_other_waiting_and_holds_one_thread() -> None:
    going_on, begun = threading.Event(), []

    def hangs() -> Iterable[Reading]:
        begun.append("x")
        going_on.wait(20)
        return [gauges.RECOVERING.at(0)]

    collector = LedgerCollector({"chain": hangs, "pipeline": well}, answer_seconds=0.05)
    for _ in range(3):
        assert shown(collector)[-2:] == ['meic_view_ok{view="chain"} 0.0', 'meic_view_ok{view="pipeline"} 1.0']
    assert len(begun) == 1
    going_on.set()
    patient = collector._views[0]._done
    assert patient.wait(20)
    assert "meic_recovering 0.0" in shown(collector)
