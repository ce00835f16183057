"""Real processes, started for a benchmark and ended with it."""

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_END_SECONDS = 60.0


class BenchmarkFailed(Exception):
    """Something did not come to pass, so there is no figure; the message says what, and where to look."""


def wait_until(
    condition: Callable[[], bool], *, what: str, limit_seconds: float = 60.0, look_seconds: float = 0.02
) -> None:
    """Wait for a condition.

    Raises:
        BenchmarkFailed: it did not hold in time.
    """
    deadline = time.monotonic() + limit_seconds
    pause = threading.Event()
    while not condition():
        if time.monotonic() > deadline:
            raise BenchmarkFailed(f"waited {limit_seconds:.0f} s for {what}, in vain")
        pause.wait(look_seconds)


@contextmanager
def running(command: Sequence[str], log: Path, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process for the block, its words in a log file; it is asked to end, and killed if it does not."""
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603  every command is our own
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT), **environment},
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
