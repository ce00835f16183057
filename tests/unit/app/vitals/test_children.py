import threading

import pytest

from app.domain.errors import Unavailable
from app.vitals import children
from app.vitals.children import SILENT_SECONDS, Busy, ChildrenPulses
from app.vitals.worker import STUCK_SECONDS


class Seconds:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_children_are_given_time_to_begin_and_no_longer() -> None:
    seconds = Seconds()
    pulses = ChildrenPulses(2, seconds)
    seconds.now += SILENT_SECONDS
    assert pulses.check()
    seconds.now += 1
    with pytest.raises(Unavailable, match="has not beaten for 16 s"):
        pulses.check()


def test_one_silent_child_of_several_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "_BEAT_SECONDS", 0.001)
    seconds = Seconds()
    pulses = ChildrenPulses(2, seconds)
    pulses.begin(0, Busy(seconds))
    seconds.now += SILENT_SECONDS + 1
    with pytest.raises(Unavailable):
        pulses.check()


def test_a_child_beats_while_it_is_idle_and_while_its_task_may_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "_BEAT_SECONDS", 0.001)
    seconds, beaten = Seconds(), threading.Event()
    pulses, busy = ChildrenPulses(1, seconds), Busy(seconds)
    busy.begin()
    monkeypatch.setattr(pulses, "_beat", lambda _number: beaten.set())
    pulses.begin(0, busy)
    assert beaten.wait(10)
    seconds.now += STUCK_SECONDS + 1
    busy.end()
    beaten.clear()
    assert beaten.wait(10)


def test_a_task_that_takes_longer_than_any_may_is_stuck() -> None:
    seconds = Seconds()
    busy = Busy(seconds)
    assert not busy.is_stuck()
    busy.begin()
    seconds.now += STUCK_SECONDS
    assert not busy.is_stuck()
    seconds.now += 1
    assert busy.is_stuck()
    busy.end()
    assert not busy.is_stuck()


def test_a_child_without_a_place_of_its_own_takes_nobodys() -> None:
    pulses = ChildrenPulses(1)
    before = threading.active_count()
    pulses.begin(1, Busy())
    assert threading.active_count() == before
