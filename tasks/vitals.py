"""Workers and beat tell how they are: what hooks `app.vitals` into Celery."""

import threading
from collections.abc import Callable
from typing import Any

from billiard.process import current_process
from celery import bootsteps
from celery.beat import Service
from celery.signals import after_task_publish, beat_init, task_postrun, task_prerun, worker_process_init
from celery.worker import state

from app.broker_connection import tell_when_missed
from app.celery import app
from app.settings.loading import load_settings
from app.vitals.beat import BeatVitals, PulsingScheduler
from app.vitals.bounded import BoundedCheck
from app.vitals.children import Busy, ChildrenPulses
from app.vitals.needs import broker_check, key_file_check, ledger_check
from app.vitals.start import start_vitals
from app.vitals.worker import WorkerVitals

_LOOK_SECONDS = 1.0
_SIGNING_QUEUE = "issue"


class TellHowItIs(bootsteps.StartStopStep):
    """Serves a worker's health; from when its pool is there, whether or not the broker is."""

    requires: tuple[type[bootsteps.Step] | str, ...] = ("celery.worker.components:Pool",)

    def __init__(self, worker: Any, **options: Any) -> None:
        """Prepare the memory that children share with their parent, before the pool forks them."""
        super().__init__(worker, **options)
        worker.vitals = WorkerVitals(worker.concurrency, lambda: list(state.requests))
        self._children = _prepare_children(worker.concurrency) if _forks(worker) else None

    def start(self, worker: Any) -> None:
        """Begin to answer."""
        settings = load_settings()
        vitals: WorkerVitals = worker.vitals
        tell_when_missed(_in_this_thread(vitals.tried))
        health: dict[str, Callable[[], str]] = {"consumer": vitals.consumer, "pool": vitals.pool}
        if self._children is not None:
            health["child"] = self._children.check
        ready: dict[str, Callable[[], str]] = {
            "connection": vitals.connection,
            "broker": BoundedCheck(broker_check(settings)),
            "ledger": BoundedCheck(ledger_check(settings.ledger_url)),
        }
        if _SIGNING_QUEUE in worker.app.amqp.queues.consume_from:
            ready["keys"] = key_file_check(settings)
        kind = worker.hostname.partition("@")[0]
        start_vitals(kind, settings, health=health, ready=ready)


class NoteTurns(bootsteps.StartStopStep):
    """Notes each second that a worker's consumer turns, and when its connection comes and goes."""

    requires: tuple[type[bootsteps.Step] | str, ...] = ("celery.worker.consumer.connection:Connection",)

    def start(self, consumer: Any) -> None:
        """Begin, once there is a connection."""
        vitals = consumer.controller.vitals
        vitals.connected()
        consumer.timer.call_repeatedly(_LOOK_SECONDS, vitals.turned)

    def stop(self, consumer: Any) -> None:
        """End with the connection; the consumer has cleared the timer."""
        consumer.controller.vitals.lost()

    shutdown = stop


app.steps["worker"].add(TellHowItIs)
app.steps["consumer"].add(NoteTurns)


@beat_init.connect
def tell_how_beat_is(sender: Service, **_: object) -> None:
    """Serve beat's health."""
    settings = load_settings()
    vitals = BeatVitals(bell["schedule"] for bell in app.conf.beat_schedule.values())
    after_task_publish.connect(vitals.rang, weak=False)
    tell_when_missed(vitals.missed)
    if isinstance(sender.scheduler, PulsingScheduler):
        sender.scheduler.on_tick = vitals.turned
    start_vitals(
        "beat",
        settings,
        health={"loop": vitals.loop, "bells": vitals.bells},
        ready={"broker": BoundedCheck(broker_check(settings))},
    )


def _forks(worker: Any) -> bool:
    return str(worker.pool_cls.__module__).endswith(".prefork")


def _prepare_children(count: int) -> ChildrenPulses:
    children = ChildrenPulses(count)

    def begin(**_: object) -> None:
        busy = Busy()
        task_prerun.connect(busy.begin, weak=False)
        task_postrun.connect(busy.end, weak=False)
        children.begin(vars(current_process())["index"], busy)  # billiard's number of its place in the pool

    worker_process_init.connect(begin, weak=False)
    return children


def _in_this_thread(listener: Callable[[], object]) -> Callable[[], object]:
    """Have only this thread heard: a task that cannot ring says nothing of the consumer."""
    mine = threading.get_ident()
    return lambda: listener() if threading.get_ident() == mine else None
