"""One id from a fill to the offers that followed: it travels with the bells, and stands in every log line.

It is no fact: nothing is decided by it, and where it is lost another begins.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace

HEADER = "meic_correlation_id"
"""Of a Celery message."""

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Occasion:
    """What this thread is at work on, for its log lines.

    Attributes:
        about: more of it, such as the exchange; only what log lines may show.
    """

    correlation_id: str = ""
    task: str = ""
    task_id: str = ""
    about: tuple[tuple[str, str | int], ...] = field(default=())


_NOTHING = Occasion()
_occasion: ContextVar[Occasion] = ContextVar("occasion", default=_NOTHING)


def occasion() -> Occasion:
    """Return what this thread is at work on."""
    return _occasion.get()


def correlation_id() -> str:
    """Return the id that this thread works under, "" when it works under none."""
    return _occasion.get().correlation_id


def new_id() -> str:
    """Return an id that nothing else has."""
    return secrets.token_hex(8)


def begin(task: str, task_id: str, given: object = None) -> None:
    """Begin a task: under the id that came with its message, or under a new one."""
    is_sound = isinstance(given, str) and _ID.fullmatch(given)
    _occasion.set(Occasion(str(given) if is_sound else new_id(), task, task_id))


def end() -> None:
    """Forget the task: a pool's thread goes on with others."""
    _occasion.set(_NOTHING)


@contextmanager
def about(**facts: str | int) -> Iterator[None]:
    """Have the log lines of the block say what they are about, such as exchange="north"."""
    before = _occasion.get()
    token = _occasion.set(replace(before, about=(*before.about, *facts.items())))
    try:
        yield
    finally:
        _occasion.reset(token)


@contextmanager
def correlated(given: str = "") -> Iterator[str]:
    """Work under an id, by default a new one, outside of tasks; give it."""
    chosen = given if _ID.fullmatch(given) else new_id()
    token = _occasion.set(replace(_occasion.get(), correlation_id=chosen))
    try:
        yield chosen
    finally:
        _occasion.reset(token)
