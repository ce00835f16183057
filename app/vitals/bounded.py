"""A check that may hang, asked in a thread of its own and given up after a while."""

import threading
import time
from concurrent.futures import Future

from app.domain.errors import Unavailable
from app.vitals.checks import Check

ANSWER_SECONDS = 3.0
_FRESH_SECONDS = 1.0


class BoundedCheck:
    """Answers within `seconds`, whatever the check does; one that hangs holds one thread, not one for each who asks.

    An answer serves for a second, so that many who ask do not keep the other side busy.
    """

    def __init__(self, check: Check, seconds: float = ANSWER_SECONDS) -> None:
        self._check = check
        self._seconds = seconds
        self._lock = threading.Lock()
        self._asked: Future[str] | None = None
        self._asked_at = 0.0

    def __call__(self) -> str:
        """Return what the check says.

        Raises:
            Unavailable: it did not answer in time.
            Exception: what the check itself raised.
        """
        with self._lock:
            if self._asked is None or (self._asked.done() and time.monotonic() - self._asked_at > _FRESH_SECONDS):
                self._asked, self._asked_at = Future(), time.monotonic()
                threading.Thread(target=_ask, args=(self._asked, self._check), name="check", daemon=True).start()
            asked = self._asked
        try:
            return asked.result(self._seconds)
        except TimeoutError:
            raise Unavailable(f"no answer within {self._seconds:g} s") from None


def _ask(asked: Future[str], check: Check) -> None:
    try:
        asked.set_result(check())
    except Exception as error:  # noqa: BLE001  it is raised again where it was asked for
        asked.set_exception(error)
