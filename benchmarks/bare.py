"""The yardsticks' Celery application: tasks that do nothing, or only wait. It knows nothing of the coordinator.

    BENCHMARK_BROKER=redis://... celery -A benchmarks.bare worker --queues first --pool threads
"""

import os
import threading
import time

from celery import Celery

app = Celery("bare", broker=os.environ["BENCHMARK_BROKER"], backend=os.environ["BENCHMARK_BROKER"])
app.conf.update(
    # The coordinator's own choices, as far as they cost time.
    task_acks_late=True,
    worker_prefetch_multiplier=1,
    worker_send_task_events=True,
    task_send_sent_event=True,
    broker_connection_retry_on_startup=True,
    task_routes={"bare.ring": {"queue": "first"}, "bare.answer": {"queue": "second"}},
    task_default_queue="first",
)


@app.task(name="bare.ring", ignore_result=True)
def ring(key: str) -> None:
    """Ring the next worker, as a poll rings issuing."""
    answer.delay(key)


@app.task(name="bare.answer", ignore_result=True)
def answer(key: str) -> None:
    """Leave the time at which the bell was heard."""
    client = app.backend.client
    client.lpush(key, repr(time.time()))
    client.expire(key, 60)


@app.task(name="bare.wait")
def wait(seconds: float) -> None:
    """Wait, as for an exchange's answers."""
    threading.Event().wait(seconds)


@app.task(name="bare.together")
def together(_results: list[None]) -> float:
    """End a chord; return when."""
    return time.time()
