import logging

import pytest

from app.signing.notices import LINES_PER_PERIOD, PERIOD_SECONDS, Notices
from app.signing.peers import Peer

HOST = "192.0.2.7"


class HeldClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.time = 1_000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def notices(clock: HeldClock, caplog: pytest.LogCaptureFixture) -> Notices:
    caplog.set_level(logging.INFO)
    return Notices(clock=clock)


def test_the_first_of_a_kind_are_told_with_who_and_why(notices: Notices, caplog: pytest.LogCaptureFixture) -> None:
    notices.warn("refused", Peer(HOST, 4_711), "no reason")
    notices.inform("met", Peer(HOST, 4_712), "a friend")
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", "refused: 192.0.2.7 port 4711: no reason"),
        ("INFO", "met: 192.0.2.7 port 4712: a friend"),
    ]


def test_a_flood_costs_ten_lines_and_a_summary_each_minute(
    notices: Notices, clock: HeldClock, caplog: pytest.LogCaptureFixture
) -> None:
    for minute in range(3):
        for number in range(1_000):
            notices.warn("refused", Peer("192.0.2.8" if number % 3 else HOST, number), "no reason")
            notices.tell_counted()
        clock.time += PERIOD_SECONDS
        notices.tell_counted()
        assert len(caplog.messages) == (minute + 1) * (LINES_PER_PERIOD + 1)
    assert caplog.messages[-1] == "refused: 990 more in 60 s, not told singly; most often from 192.0.2.8 (660)"


def test_one_kind_does_not_use_up_the_lines_of_another(notices: Notices, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(100):
        notices.warn("refused", Peer(HOST, 1), "no reason")
    notices.warn("turned away", Peer(HOST, 2), "another reason")
    assert caplog.messages[-1] == "turned away: 192.0.2.7 port 2: another reason"


def test_what_was_counted_is_told_at_the_end(notices: Notices, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(LINES_PER_PERIOD + 2):
        notices.warn("refused", Peer(HOST, 1), "no reason")
    notices.tell_counted()
    assert len(caplog.messages) == LINES_PER_PERIOD
    notices.tell_counted(at_once=True)
    assert caplog.messages[-1] == "refused: 2 more in 0 s, not told singly; most often from 192.0.2.7 (2)"


def test_as_many_hosts_as_may_be_are_counted_without_being_remembered(
    notices: Notices, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(10_000):
        notices.warn("refused", Peer(f"2001:db8::{number:x}", 1), "no reason")
    assert len(notices._kinds["refused"].untold) <= 101
    notices.tell_counted(at_once=True)
    assert "9990 more" in caplog.messages[-1]


def test_nobody_writes_lines_of_his_own(notices: Notices, caplog: pytest.LogCaptureFixture) -> None:
    notices.warn("refused", Peer(HOST, 1), "bad\n2026 WARNING all is well\x1b[2J" + "x" * 100_000)
    assert caplog.messages[0].startswith("refused: 192.0.2.7 port 1: bad?2026 WARNING all is well?[2Jxxx")
    assert len(caplog.messages[0]) < 350
