"""How long a process waits before it tries the broker again."""

from functools import partialmethod

from celery.app.amqp import AMQP
from kombu import Connection


class PromptConnection(Connection):
    """A connection to the broker that is tried again every second or two, for as long as it takes.

    kombu's own waits up to 30 s: after a long outage bells would be silent for that much longer than the broker.
    """

    ensure_connection = partialmethod(  # the same method with other defaults
        Connection.ensure_connection, interval_start=1, interval_step=1, interval_max=2
    )


class PromptAmqp(AMQP):
    """Celery's messaging over such connections."""

    Connection = PromptConnection  # type: ignore[mutable-override]  # nobody sets it
