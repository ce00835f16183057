"""How long a process waits before it tries the broker again."""

from collections.abc import Callable
from functools import partialmethod
from typing import Any

from celery.app.amqp import AMQP
from kombu import Connection

_when_missed: list[Callable[[], object]] = []


def tell_when_missed(listener: Callable[[], object]) -> None:
    """Have somebody told, in the thread that tried, of every attempt of this process to connect that failed."""
    _when_missed.append(listener)


class PromptConnection(Connection):
    """A connection to the broker that is tried again every second or two, for as long as it takes.

    kombu's own waits up to 30 s: after a long outage bells would be silent for that much longer than the broker.
    """

    ensure_connection = partialmethod(  # the same method with other defaults
        Connection.ensure_connection, interval_start=1, interval_step=1, interval_max=2
    )

    def _ensure_connection(self, errback: Callable[..., object] | None = None, *args: Any, **kwargs: Any) -> Any:
        # Everything that connects comes through here, publishing too.
        def missed(error: Exception, interval: float) -> None:
            _tell_missed()
            if errback is not None:
                errback(error, interval)

        try:
            return super()._ensure_connection(missed, *args, **kwargs)
        except Exception:
            _tell_missed()
            raise


def _tell_missed() -> None:
    for listener in _when_missed:
        listener()


class PromptAmqp(AMQP):
    """Celery's messaging over such connections."""

    Connection = PromptConnection  # type: ignore[mutable-override]  # nobody sets it
