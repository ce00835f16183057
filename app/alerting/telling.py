"""Tells one target what it does not know, in a thread of its own, again and again until it is told."""

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from app.alerting.bounded import BoundedCall
from app.alerting.messages import Message
from app.crash_points import around
from app.domain.alerts import Severity
from app.domain.errors import MeicError, RateLimited, Unavailable

log = logging.getLogger(__name__)

_ATTEMPTS = 3
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 5.0, 300.0
_LONGEST_RETRY_SECONDS = 10.0
_LONGEST_TELLING_SECONDS = 120.0


class Target(Protocol):
    """Somebody who can be told."""

    is_reminded: bool

    def tell(self, message: Message) -> None:
        """Send a message; may take some seconds.

        Raises:
            Unavailable: it was not taken, or nobody knows; it may be sent again.
            Rejected: it was refused.
        """
        ...


@dataclass(frozen=True, slots=True)
class Telling:
    """A message about the alert of a number of this process."""

    number: int
    message: Message


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of some messages: those that were taken, and what was wrong with the last that was not, or ""."""

    told: tuple[Telling, ...]
    problem: str = ""
    pause_seconds: float = 0.0


class Teller:
    """One target: a few tries at once, then after pauses of 5 s to 5 min; others do not wait for it."""

    def __init__(self, name: str, target: Target, at_least: Severity, stopping: threading.Event) -> None:
        self.name = name
        self.target = target
        self.failing_since: datetime | None = None
        self.problem = ""
        self._at_least = at_least
        self._stopping = stopping
        self._call: BoundedCall[Outcome] = BoundedCall(f"teller of {name}")
        self._failures = 0
        self._due_at = 0.0

    def hears_of(self, severity: Severity) -> bool:
        """Tell whether the target is told of alerts that are this severe."""
        return severity is Severity.CRITICAL or self._at_least is Severity.WARNING

    @property
    def is_ready(self) -> bool:
        """Whether it can be told something now."""
        return not self._call.is_running and time.monotonic() >= self._due_at

    def begin(self, tellings: Sequence[Telling]) -> None:
        """Begin to tell some messages, one after another."""
        self._call.begin(lambda: tell_all(self.target, tellings, self._stopping))

    def take(self, now: datetime, wait_seconds: float = 0.0) -> tuple[Telling, ...]:
        """Return what was told since it was asked last."""
        if not self._call.is_running:
            return ()
        try:
            outcome = self._call.take(wait_seconds)
        except TimeoutError as error:
            if self._call.running_seconds > _LONGEST_TELLING_SECONDS:
                self._note_failure(str(error), now)
            return ()
        except Exception:
            log.exception("%s could not be told, by a defect", self.name)
            outcome = Outcome((), "a defect; the log of `meic alerts watch` has more")
        if outcome.problem:
            self._failures += 1
            pause = min(_FIRST_PAUSE_SECONDS * 2 ** min(self._failures - 1, 10), _LONGEST_PAUSE_SECONDS)
            self._due_at = time.monotonic() + max(pause, outcome.pause_seconds)
            self._note_failure(outcome.problem, now)
        else:
            self._failures, self.failing_since, self.problem = 0, None, ""
        return outcome.told

    def _note_failure(self, problem: str, now: datetime) -> None:
        if problem != self.problem:
            log.error("%s was not told: %s", self.name, problem)
        self.failing_since, self.problem = self.failing_since or now, problem


def tell_all(target: Target, tellings: Sequence[Telling], stopping: threading.Event) -> Outcome:
    """Tell messages one after another; where the target does not answer the rest waits, where it refuses one it does not."""
    told: list[Telling] = []
    problem = ""
    for telling in tellings:
        try:
            _tell_patiently(target, telling.message, stopping)
        except Unavailable as error:
            pause = error.retry_after_seconds if isinstance(error, RateLimited) else 0.0
            return Outcome(tuple(told), str(error), pause)
        except MeicError as error:
            problem = str(error)
        else:
            told.append(telling)
    return Outcome(tuple(told), problem)


def _tell_patiently(target: Target, message: Message, stopping: threading.Event) -> None:
    retrying = Retrying(
        retry=retry_if_exception_type(Unavailable),
        stop=stop_after_attempt(_ATTEMPTS),
        wait=_pause,
        sleep=partial(_rest, stopping),
        reraise=True,
    )
    for attempt in retrying:
        with attempt, around("send: alert"):
            target.tell(message)


def _rest(stopping: threading.Event, seconds: float) -> None:
    stopping.wait(seconds)


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, RateLimited):
        return min(error.retry_after_seconds, _LONGEST_RETRY_SECONDS)
    return float(2 ** (state.attempt_number - 1)) / 2
