"""Telemetry must never make selling fail: what goes wrong in it is logged once, and work goes on."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec

log = logging.getLogger(__name__)

Parameters = ParamSpec("Parameters")

_said: set[str] = set()


@contextmanager
def quietly(what: str) -> Iterator[None]:
    """Swallow whatever goes wrong in the block; the first time in this process it is logged."""
    try:
        yield
    except Exception:
        if what not in _said:
            _said.add(what)
            log.exception("%s failed; work goes on without it, and this is not said again", what)


def quiet(function: Callable[Parameters, None]) -> Callable[Parameters, None]:
    """Make a function swallow whatever goes wrong in it."""

    @wraps(function)
    def never_raises(*args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
        with quietly(function.__qualname__):
            function(*args, **kwargs)

    return never_raises
