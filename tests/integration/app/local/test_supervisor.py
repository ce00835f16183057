"""The local supervisor with real processes."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

from app.clock import SystemClock
from app.local.processes import Process
from app.local.supervisor import Supervisor, supervise

SPEAK = ("/bin/sh", "-c", "echo 'I am '\"'$$'\" $0; echo trouble >&2; exec sleep 1000", "it's me")


def wait_until(condition: Callable[[], bool]) -> None:
    for _ in range(200):
        if condition():
            return
        SystemClock().wait(0.1)
    raise AssertionError("waited 20 s, in vain")


def text_of(log: Path) -> str:
    return log.read_text() if log.exists() else ""


def pid_of(supervisor: Supervisor, name: str) -> int | None:
    return next(status.pid for status in supervisor.statuses() if status.name == name)


def test_what_is_killed_is_started_again_and_both_wrote_into_one_log(tmp_path: Path) -> None:
    processes = (Process("one", SPEAK), Process("two", SPEAK))
    with supervise(processes, environment=dict(os.environ), logs=tmp_path) as supervisor:
        for _ in range(3):
            for name in ("one", "two"):
                wait_until(lambda name=name: pid_of(supervisor, name) is not None)  # type: ignore[misc]
                killed = pid_of(supervisor, name)
                assert killed is not None
                os.kill(killed, signal.SIGKILL)
                wait_until(lambda name=name, killed=killed: pid_of(supervisor, name) not in (None, killed))  # type: ignore[misc]
        wait_until(lambda: (tmp_path / "one.log").read_text().count("trouble") == 4)
        wait_until(lambda: (tmp_path / "two.log").read_text().count("it's me") == 4)


def test_a_log_that_has_grown_long_is_set_aside_at_the_next_start(tmp_path: Path) -> None:
    (tmp_path / "one.log").write_bytes(b"x" * 20_000_001)
    (tmp_path / "two.log").write_text("short\n")
    with supervise((Process("one", SPEAK), Process("two", SPEAK)), environment=dict(os.environ), logs=tmp_path):
        wait_until(lambda: "it's me" in text_of(tmp_path / "one.log"))
        wait_until(lambda: "it's me" in text_of(tmp_path / "two.log"))
    assert (tmp_path / "one.log.1").stat().st_size == 20_000_001
    assert (tmp_path / "two.log").read_text().startswith("short\n")
