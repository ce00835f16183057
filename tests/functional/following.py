"""How one sale's way shows: in the logs, in a trace, in the figures."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from app.settings.settings import Settings
from tests.fakes.trace_collector import TraceCollector

_MARKS = ("new fills", "prepared, sequence", "napu issued", "shows generation", "pushed to")
"""What the lines of a sale's way say, in the words of their parts."""


def lines(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield every log line that is JSON; Celery greets in plain text."""
    for path in folder.glob("*.log"):
        yield from (json.loads(line) for line in path.read_text().splitlines() if line.startswith("{"))


def is_logged(folder: Path, fill_id: str) -> bool:
    """Tell whether one correlation id leads from a fill, named in the lines, to the offers that followed."""
    said = list(lines(folder))
    ids = {
        line.get("correlation_id") for line in said if "new fills" in line["event"] and f":{fill_id}" in line["event"]
    }
    for correlation_id in ids:
        told = [line for line in said if line.get("correlation_id") == correlation_id]
        prepared = [line for line in told if "prepared, sequence" in line["event"] and f":{fill_id}" in line["event"]]
        processes = {line["process"] for line in told}
        if prepared and {"issuer"} < processes and all(any(mark in line["event"] for line in told) for mark in _MARKS):
            return True
    return False


def is_traced(collector: TraceCollector) -> bool:
    """Tell whether one trace leads from a poll over an issue with its signature and SQL to a push."""
    wanted = {"poll", "issue", "signer sign", "chain submit", "push", "exchange place_offer"}
    return any(
        wanted <= {span.name for span in trace} and any("db.statement" in span.text for span in trace)
        for trace in collector.traces().values()
    )


def is_counted(settings: Settings) -> bool:
    """Tell whether the issuer's parent shows what its child did."""
    with requests.Session() as session:
        session.trust_env = False
        text = session.get(f"http://127.0.0.1:{settings.telemetry.vitals_ports.issuer}/metrics", timeout=10).text
    return 'meic_signer_call_seconds_count{operation="sign",outcome="ok"} 1.0' in text
