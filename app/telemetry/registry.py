"""Where this process's figures are kept, and how they become what Prometheus reads."""

import os
import threading

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

FIGURES = CollectorRegistry()
"""What this process did: counters and histograms, those of `app.telemetry.metrics`."""

VIEWS = CollectorRegistry()
"""What is read when Prometheus asks: of this process's memory and time, and in one process of the ledger."""

READING = threading.Lock()
"""Held while figures are read. A fork waits for it: their locks, copied while they are held, would hang the child."""

os.register_at_fork(before=READING.acquire, after_in_parent=READING.release, after_in_child=READING.release)

for _collector in (ProcessCollector, PlatformCollector, GCCollector):
    _collector(registry=VIEWS)

CONTENT_TYPE = CONTENT_TYPE_LATEST


def text_of(registry: CollectorRegistry) -> bytes:
    """Return a registry in Prometheus' text form."""
    return generate_latest(registry)
