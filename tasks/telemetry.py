"""What a worker's processes tell of themselves: one's name, a child's figures to its parent, traces."""

from typing import Any

from celery.signals import (
    beat_init,
    celeryd_init,
    worker_before_create_process,
    worker_init,
    worker_process_init,
)

from app.settings.loading import load_settings
from app.telemetry.children import CHILDREN
from app.telemetry.metrics import begin_anew
from app.telemetry.process import name_process
from app.telemetry.quietly import quietly
from app.telemetry.start import start_tracing


@celeryd_init.connect
def take_name(sender: str, **_: object) -> None:
    """Call this process what its node is called before the "@"."""
    name_process(sender)


@worker_init.connect
def trace_threads(sender: Any, **_: object) -> None:
    """Trace a worker whose tasks run in this very process."""
    if "prefork" not in str(sender.pool_cls):
        start_tracing(load_settings().telemetry, runs_tasks=True)


@beat_init.connect
def trace_beat(**_: object) -> None:
    """Trace beat, with which most traces begin."""
    start_tracing(load_settings().telemetry, runs_tasks=True)


@worker_before_create_process.connect
def prepare_for_child(**_: object) -> None:
    """Get ready to hear a child's figures."""
    with quietly("hearing of a child"):
        CHILDREN.prepare()


@worker_process_init.connect
def begin_child(**_: object) -> None:
    """In the child: count from nothing, tell the parent, and trace."""
    with quietly("telling the parent"):
        begin_anew()
        CHILDREN.begin()
    start_tracing(load_settings().telemetry, runs_tasks=True)
