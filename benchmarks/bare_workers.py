"""The yardsticks' workers and what is asked of them: Celery by itself, with the Procfile's pools."""

import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis
from celery import Celery

from benchmarks.processes import BenchmarkFailed, running

_ANSWER_SECONDS = 60
_POOLS = (
    ("--queues", "first", "--pool", "threads", "--concurrency", "100"),
    ("--queues", "second", "--pool", "prefork", "--concurrency", "1"),
)


@dataclass(frozen=True, slots=True)
class BareWorkers:
    """Running workers.

    Attributes:
        pids: of the worker with threads, and of the one with a child.
    """

    celery: Celery
    client: redis.Redis
    pids: tuple[int, ...]

    def two_hops(self) -> float:
        """Ring a task that rings another; return the seconds until the second runs."""
        key, start = f"bare:{uuid.uuid4()}", time.time()
        self.celery.send_task("bare.ring", [key], queue="first")
        return self._heard_at(key) - start

    def chord_that_waits(self, tasks: int, seconds: float) -> float:
        """Ring for a chord whose tasks wait; return the seconds until its body runs."""
        key, start = f"bare:{uuid.uuid4()}", time.time()
        self.celery.send_task("bare.fan_out", [tasks, seconds, key], queue="first")
        return self._heard_at(key) - start

    def _heard_at(self, key: str) -> float:
        answer = self.client.blpop([key], timeout=_ANSWER_SECONDS)
        if not isinstance(answer, list | tuple):
            raise BenchmarkFailed(f"the yardstick's workers did not answer within {_ANSWER_SECONDS} s")
        return float(answer[1])


@contextmanager
def bare_workers(broker_url: str, logs: Path) -> Iterator[BareWorkers]:
    """Run the workers for the block, warmed up."""
    with ExitStack() as stack:
        pids = tuple(stack.enter_context(_worker(number, broker_url, logs)) for number in range(len(_POOLS)))
        celery = stack.enter_context(Celery(broker=broker_url))
        client = stack.enter_context(closing(redis.Redis.from_url(broker_url, socket_timeout=None)))
        workers = BareWorkers(celery, client, pids)
        for _ in range(5):
            workers.two_hops()
        workers.chord_that_waits(100, 0)
        yield workers


@contextmanager
def _worker(number: int, broker_url: str, logs: Path) -> Iterator[int]:
    pool = ("--hostname", f"bare{number}@%h", "--loglevel", "warning", *_POOLS[number])
    command = (sys.executable, "-m", "celery", "-A", "benchmarks.bare", "worker", *pool)
    with running(command, logs / f"bare-{number}.log", {"BENCHMARK_BROKER": broker_url}) as process:
        yield process.pid
