"""Do a thing that is asked for again and again on one thread at a time."""

from collections.abc import Callable
from threading import Lock
from typing import TypeVar

ResultT = TypeVar("ResultT")


class OneAtATime:
    """Lets one thread of this process do a named thing; whoever asks meanwhile has it done once more, and does not wait.

    So a thing that hangs holds one thread, however often it is asked for, and nothing that was asked for is left undone.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._asked_again: dict[str, bool] = {}

    def do(self, name: str, call: Callable[[], ResultT]) -> list[ResultT]:
        """Return what each run returned, at least one; none when another thread is at it and will run once more.

        What `call` raises ends it, whoever asked meanwhile.
        """
        with self._lock:
            if name in self._asked_again:
                self._asked_again[name] = True
                return []
            self._asked_again[name] = False
        results = []
        is_done = False
        try:
            while not is_done:
                results.append(call())
                is_done = self._end_unless_asked_again(name)
        finally:
            if not is_done:
                with self._lock:
                    del self._asked_again[name]
        return results

    def _end_unless_asked_again(self, name: str) -> bool:
        with self._lock:
            if self._asked_again[name]:
                self._asked_again[name] = False
                return False
            del self._asked_again[name]
            return True
