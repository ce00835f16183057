"""A worker that only says when it was told to poll: `celery -A benchmarks.bare_poll worker --queues polling`."""

import os
import time

import redis
from celery import Celery

POLL = "tasks.polling.poll_exchange"
HEARD = "heard"
"""The list to which the time of each poll is appended."""

_BROKER = os.environ.get("BENCHMARK_BROKER", "redis://127.0.0.1")

app = Celery("bare", broker=_BROKER, backend=_BROKER)
app.conf.update(
    task_acks_late=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    task_default_queue="polling",
)
_answers = redis.Redis.from_url(_BROKER)


@app.task(name=POLL)
def poll_exchange(_name: str) -> None:
    """Say when."""
    _answers.rpush(HEARD, repr(time.time()))
