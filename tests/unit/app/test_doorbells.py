import threading
from collections.abc import Callable

import pytest
from kombu.exceptions import OperationalError

from app import doorbells
from app.celery import app
from app.domain.errors import Unavailable
from app.doorbells import ISSUE_SALES, poll_exchange, pull_offers, resolve_issuance, ring
from app.telemetry.correlation import correlated, correlation_id


def sending(monkeypatch: pytest.MonkeyPatch, send: Callable[..., object]) -> None:
    monkeypatch.setattr(app, "send_task", send)


def test_every_bell_is_sent_in_its_order_with_names_and_numbers_only(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[object] = []
    sending(monkeypatch, lambda task, arguments, **_: sent.append((task, arguments)))
    ring(ISSUE_SALES, poll_exchange("north"), pull_offers("north", 7), resolve_issuance(8))
    assert sent == [
        ("tasks.issuing.issue_sales", ()),
        ("tasks.polling.poll_exchange", ("north",)),
        ("tasks.guarding.pull_offers", ("north", 7)),
        ("tasks.issuing.resolve_issuance", (8,)),
    ]


@pytest.mark.parametrize("bell", [ISSUE_SALES, poll_exchange("x"), pull_offers("x", 1), resolve_issuance(1)])
def test_every_bell_is_of_a_task_that_there_is(bell: doorbells.Bell) -> None:
    app.loader.import_default_modules()
    assert bell.task in app.tasks


def test_a_broker_that_refuses_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OperationalError("connection refused")

    sending(monkeypatch, refused)
    with pytest.raises(Unavailable, match="the broker cannot be reached: connection refused"):
        ring(ISSUE_SALES)


def test_a_broker_that_is_silent_holds_nobody_up_and_takes_up_no_more_than_a_few_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers, begun = threading.Event(), threading.Semaphore(0)

    def silent(*_: object, **__: object) -> None:
        begun.release()
        assert answers.wait(20)

    sending(monkeypatch, silent)
    monkeypatch.setattr(doorbells, "_SLOTS", threading.BoundedSemaphore(2))
    for _ in range(2):
        with pytest.raises(Unavailable, match=r"the broker has not answered for 0\.01 s"):
            ring(ISSUE_SALES, patience_seconds=0.01)
        assert begun.acquire(timeout=10)
    with pytest.raises(Unavailable, match="the broker is silent, and 8 bells wait for it already"):
        ring(ISSUE_SALES, patience_seconds=0.01)
    held = [thread for thread in threading.enumerate() if thread.name == "ring"]
    assert len(held) == 2
    assert all(thread.daemon for thread in held)
    answers.set()
    for thread in held:
        thread.join(10)
    ring(ISSUE_SALES, patience_seconds=10)


def test_a_bell_is_sent_under_the_id_that_whoever_rings_works_under(monkeypatch: pytest.MonkeyPatch) -> None:
    ids: list[str] = []
    sending(monkeypatch, lambda *_, **__: ids.append(correlation_id()))
    with correlated() as chosen:
        ring(ISSUE_SALES)
    assert ids == [chosen]
