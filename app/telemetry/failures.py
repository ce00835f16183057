"""An exception as data: its kinds and words, outermost first, and where it was; never the values of variables."""

import traceback
from types import TracebackType

from structlog.typing import EventDict, WrappedLogger

_MOST_FRAMES = 20


def as_data(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Replace the exception of a log line by a list; one of structlog's processors."""
    del logger, method
    found = event.pop("exc_info", None)
    if isinstance(found, tuple) and isinstance(found[1], BaseException):
        event["exception"] = _chain(found[1])
    return event


def _chain(outermost: BaseException) -> list[dict[str, object]]:
    chain: list[dict[str, object]] = []
    error: BaseException | None = outermost
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        chain.append({"type": _name(type(error)), "message": str(error), "frames": _frames(error.__traceback__)})
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return chain


def _name(kind: type[BaseException]) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _frames(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-_MOST_FRAMES:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
