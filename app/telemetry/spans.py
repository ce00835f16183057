"""Spans of traces where tracing is on; where it is not, nothing of OpenTelemetry is even imported."""

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from sqlalchemy import Engine

from app.telemetry.quietly import quietly


class Tracing(Protocol):
    """What makes spans; `app.telemetry.tracing` has the one that exports them."""

    def span(self, name: str, facts: dict[str, str | int]) -> AbstractContextManager[object]:
        """Return a context that is one span."""
        ...

    def trace_id(self) -> str:
        """Return the id of the trace that this thread is in, "" outside of one."""
        ...

    def watch_database(self, engine: "Engine") -> None:
        """Make a span of each statement."""
        ...

    def watch_web(self, app: Any) -> None:
        """Make a span of each request that a web application answers."""
        ...

    def carry(self, headers: dict[str, Any]) -> None:
        """Write into a message's headers which trace it belongs to."""
        ...


_tracing: list[Tracing] = []


def use(tracing: Tracing | None) -> None:
    """Make spans with this from now on; None for none any more."""
    _tracing[:] = [] if tracing is None else [tracing]


def span(name: str, **facts: str | int) -> AbstractContextManager[object]:
    """Return a context that is one span, or nothing where tracing is off."""
    return _tracing[0].span(name, facts) if _tracing else nullcontext()


def trace_id() -> str:
    """Return the id of the trace that this thread is in; "" outside of one."""
    return _tracing[0].trace_id() if _tracing else ""


def watch_database(engine: "Engine") -> None:
    """Make a span of each of a database's statements where tracing is on."""
    if _tracing:
        with quietly("tracing of the database"):
            _tracing[0].watch_database(engine)


def watch_web(app: object) -> None:
    """Make a span of each request that a web application answers where tracing is on; before it serves."""
    if _tracing:
        with quietly("tracing of the web"):
            _tracing[0].watch_web(app)


def carry(headers: dict[str, Any]) -> None:
    """Write into a message's headers which trace it belongs to, where tracing is on."""
    if _tracing:
        _tracing[0].carry(headers)
