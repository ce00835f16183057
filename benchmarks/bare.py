"""The yardsticks' Celery application: tasks that do nothing, or only wait. It knows nothing of the coordinator.

BENCHMARK_BROKER=redis://... celery -A benchmarks.bare worker --queues first --pool threads
"""

import os
import threading
import time
from functools import lru_cache

import redis
from celery import Celery, chord, group

_BROKER = os.environ["BENCHMARK_BROKER"]

app = Celery("bare", broker=_BROKER, backend=_BROKER)
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
    """Say when the second bell was heard."""
    _tell(key)


@app.task(name="bare.fan_out", ignore_result=True)
def fan_out(tasks: int, seconds: float, key: str) -> None:
    """Start a chord from inside a worker, as publishing does."""
    chord(group(wait.si(seconds) for _ in range(tasks)))(together.s(key))


@app.task(name="bare.wait")
def wait(seconds: float) -> None:
    """Wait, as for an exchange's answers."""
    threading.Event().wait(seconds)


@app.task(name="bare.together", ignore_result=True)
def together(_results: list[None], key: str) -> None:
    """Say when all of a chord's tasks had ended."""
    _tell(key)


def _tell(key: str) -> None:
    now = repr(time.time())
    _answers().lpush(key, now)


@lru_cache(maxsize=1)
def _answers() -> redis.Redis:
    # Opened in the process that answers, which may be a child.
    return redis.Redis.from_url(_BROKER)
