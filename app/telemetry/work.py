"""The three things that tasks do, each under its name in log lines, figures and traces."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.telemetry import metrics
from app.telemetry.calls import outcome_of
from app.telemetry.correlation import about
from app.telemetry.quietly import quiet
from app.telemetry.spans import span


@contextmanager
def polling(exchange: str) -> Iterator[None]:
    """Watch one reading of an exchange's fills."""
    try:
        with about(exchange=exchange), span("poll", exchange=exchange):
            yield
    except BaseException as error:
        _count_poll(exchange, outcome_of(error))
        raise
    _count_poll(exchange, "ok")


@contextmanager
def issuing() -> Iterator[None]:
    """Watch one run of issuing."""
    with span("issue"):
        yield


@contextmanager
def pushing(exchange: str, generation: int) -> Iterator[None]:
    """Watch one push; how it ended is told by `count_push`."""
    with about(exchange=exchange, generation=generation), span("push", exchange=exchange, generation=generation):
        yield


@quiet
def count_push(exchange: str, outcome: str) -> None:
    """Count a push by how it ended, such as "dry run"."""
    metrics.PUSHES.labels(exchange, outcome.replace(" ", "_")).inc()


@quiet
def _count_poll(exchange: str, outcome: str) -> None:
    metrics.POLLS.labels(exchange, outcome).inc()
