"""Ring tasks from a process that must not wait long for the broker; the ledger holds what is to be done."""

import threading
from contextvars import copy_context
from functools import partial
from queue import Empty, SimpleQueue
from typing import NamedTuple

from app.celery import app
from app.domain.errors import Unavailable

_MOST_WAITING = 8
_SLOTS = threading.BoundedSemaphore(_MOST_WAITING)
"""Each bell that a silent broker holds up keeps a thread."""

_Outcome = SimpleQueue[Exception | None]


class Bell(NamedTuple):
    """A task and what it is told: names and numbers only."""

    task: str
    arguments: tuple[str | int, ...] = ()


ISSUE_SALES = Bell("tasks.issuing.issue_sales")
PUBLISH_OFFERS = Bell("tasks.offering.publish_offers", ("operator",))


def poll_exchange(name: str) -> Bell:
    """Return the bell that has an exchange's fills read."""
    return Bell("tasks.polling.poll_exchange", (name,))


def pull_offers(name: str, asked: int) -> Bell:
    """Return the bell that has our offers taken off an exchange; `asked` is the event that says for whom and why."""
    return Bell("tasks.guarding.pull_offers", (name, asked))


def resolve_issuance(asked: int) -> Bell:
    """Return the bell that has the issuer look at an issuance; `asked` is the event that says which, for whom and why."""
    return Bell("tasks.issuing.resolve_issuance", (asked,))


def ring(*bells: Bell, patience_seconds: float = 2.0) -> None:
    """Send tasks; wait at most so long until the broker has taken all of them.

    Raises:
        Unavailable: it did not; some may be heard all the same, later.
    """
    if not _SLOTS.acquire(blocking=False):
        raise Unavailable(f"the broker is silent, and {_MOST_WAITING} bells wait for it already")
    outcome: _Outcome = SimpleQueue()
    # No pool: its threads would be waited for when the process ends, and a broker may be silent for minutes.
    # In a copy of our context: the bells carry on the id under which they are rung.
    send = partial(copy_context().run, _send, bells, outcome)
    threading.Thread(target=send, name="ring", daemon=True).start()
    try:
        failed = outcome.get(timeout=patience_seconds)
    except Empty:
        raise Unavailable(f"the broker has not answered for {patience_seconds:g} s") from None
    if failed is not None:
        raise Unavailable(f"the broker cannot be reached: {failed}") from failed


def _send(bells: tuple[Bell, ...], outcome: _Outcome) -> None:
    try:
        for bell in bells:
            app.send_task(bell.task, bell.arguments, ignore_result=True)
    except Exception as error:  # noqa: BLE001  whatever a transport raises, the caller is told
        outcome.put(error)
    else:
        outcome.put(None)
    finally:
        _SLOTS.release()
