"""Calls that may hang: each in a thread of its own, so that whoever waits for one stops waiting."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Generic, TypeVar

ResultT = TypeVar("ResultT")


class BoundedCall(Generic[ResultT]):
    """One call at a time, in a thread that does not keep the process from ending.

    A call that hangs is not made again until it has returned, so hanging ones never pile up.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._future: Future[ResultT] | None = None
        self._begun = 0.0

    @property
    def is_running(self) -> bool:
        """Whether a call was begun and its outcome was not taken."""
        return self._future is not None

    @property
    def running_seconds(self) -> float:
        """For how long the call runs."""
        return time.monotonic() - self._begun

    def begin(self, call: Callable[[], ResultT]) -> None:
        """Begin a call; none may be running."""
        future: Future[ResultT] = Future()
        self._future, self._begun = future, time.monotonic()
        threading.Thread(target=_run, args=(future, call), name=self._name, daemon=True).start()

    def take(self, wait_seconds: float) -> ResultT:
        """Return what the call returned, or raise what it raised; another one may be begun then.

        Raises:
            TimeoutError: it has not ended within the time; it goes on.
        """
        future = self._future
        if future is None or not wait([future], max(wait_seconds, 0.0)).done:
            raise TimeoutError(f"{self._name}: no answer for {self.running_seconds:.0f} s")
        self._future = None
        return future.result()


def _run(future: Future[ResultT], call: Callable[[], ResultT]) -> None:
    try:
        future.set_result(call())
    except BaseException as error:  # noqa: BLE001  whoever takes the outcome raises it again
        future.set_exception(error)
