"""What goes along with Celery's messages, and what is counted of tasks, in whatever process."""

from contextvars import ContextVar
from time import monotonic
from typing import Any

from celery.signals import before_task_publish, task_postrun, task_prerun, task_revoked

from app.telemetry import correlation, metrics
from app.telemetry.quietly import quiet
from app.telemetry.spans import carry

_began: ContextVar[float] = ContextVar("began", default=0.0)


def watch_messages() -> None:
    """Hear of all messages sent and all tasks run by this process; twice is once."""
    before_task_publish.connect(_send_along, dispatch_uid="meic: correlation")
    task_prerun.connect(_begin, dispatch_uid="meic: task begins")
    task_postrun.connect(_end, dispatch_uid="meic: task ends")
    task_revoked.connect(_count_unanswered, dispatch_uid="meic: bell not answered")


@quiet
def _send_along(headers: dict[str, Any] | None = None, **_: object) -> None:
    if headers is not None:
        carry(headers)
        if correlation_id := correlation.correlation_id():
            headers.setdefault(correlation.HEADER, correlation_id)


@quiet
def _begin(task_id: str, task: Any, **_: object) -> None:
    _began.set(monotonic())
    correlation.begin(task.name, task_id, task.request.get(correlation.HEADER))


@quiet
def _end(task: Any, state: str | None = None, **_: object) -> None:
    metrics.TASKS.labels(task.name, (state or "unknown").lower()).observe(monotonic() - _began.get())
    correlation.end()


@quiet
def _count_unanswered(sender: Any = None, *, expired: bool = False, **_: object) -> None:
    if expired:
        metrics.EXPIRED.labels(getattr(sender, "name", "unknown")).inc()
