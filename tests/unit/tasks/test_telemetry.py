import threading
from types import SimpleNamespace

import pytest
from celery.signals import celeryd_init

from app.services.push_offers import PushOutcome, PushReport
from app.telemetry.correlation import correlated, occasion
from app.telemetry.process import name_process, process_name
from tasks import offering, telemetry


def test_every_push_of_several_logs_under_the_id_of_their_task(monkeypatch: pytest.MonkeyPatch) -> None:
    together, seen = threading.Barrier(2, timeout=10), dict[str, tuple[str, object]]()

    def push(name: str, _generation: int) -> PushReport:
        together.wait()
        seen[name] = (occasion().correlation_id, dict(occasion().about))
        return PushReport(PushOutcome.PUBLISHED)

    monkeypatch.setattr(offering, "_push", push)
    with correlated("0123abcd"):
        offering.push_offers_of_several.run(["north", "south"], 7)
    assert seen == {
        "north": ("0123abcd", {"exchange": "north", "generation": 7}),
        "south": ("0123abcd", {"exchange": "south", "generation": 7}),
    }


def test_a_worker_is_called_what_its_node_is() -> None:
    before = process_name()
    celeryd_init.send("issuer@a-host", instance=None, conf=None, options=None)
    assert process_name() == "issuer"
    name_process(before)


@pytest.mark.parametrize(
    ("pool", "traced"), [("threads", 1), ("celery.concurrency.prefork:TaskPool", 0), ("prefork", 0)]
)
def test_a_worker_that_forks_is_traced_in_its_children_only(
    monkeypatch: pytest.MonkeyPatch, pool: str, traced: int
) -> None:
    started: list[object] = []
    monkeypatch.setattr(telemetry, "start_tracing", lambda settings, **_: started.append(settings))
    telemetry.trace_threads(SimpleNamespace(pool_cls=pool))
    assert len(started) == traced
