import logging
from collections.abc import Callable

import pytest

from app.alerting.heartbeat import Heartbeat
from tests.functional.instance import wait_until
from tests.integration.app.alerting.listening import Hook


def beat_until(heartbeat: Heartbeat, condition: Callable[[], object]) -> None:
    def beaten() -> object:
        heartbeat.beat()
        return condition()

    wait_until(beaten, 20.0, "the heartbeat was heard")


def test_it_beats_as_often_as_it_should_and_not_more(host: Hook) -> None:
    heartbeat = Heartbeat(f"{host.url}/ping/SECRET", every_seconds=3600.0)
    for _ in range(20):
        heartbeat.beat()
    beat_until(heartbeat, host.has_heard.is_set)
    for _ in range(20):
        heartbeat.beat()
    assert host.fetched == ["/ping/SECRET"]


def test_one_that_hangs_is_not_waited_for(host: Hook) -> None:
    host.may_answer.clear()
    heartbeat = Heartbeat(f"{host.url}/ping", every_seconds=0.0)
    beat_until(heartbeat, host.has_heard.is_set)
    for _ in range(20):
        heartbeat.beat()
    assert len(host.fetched) == 1


def test_one_that_is_not_taken_is_logged_once_without_its_url(host: Hook, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    host.answers = [(500, "")] * 3
    heartbeat = Heartbeat(f"{host.url}/ping/SECRET", every_seconds=0.0)
    beat_until(heartbeat, lambda: len(host.fetched) >= 5)
    assert caplog.text.count("the heartbeat is not taken: 127.0.0.1 answered 500") == 1
    assert "SECRET" not in caplog.text
