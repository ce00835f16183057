"""What each process calls first."""

import logging

from app.settings.telemetry import TelemetrySettings
from app.telemetry.logs import set_up_logging
from app.telemetry.process import process_name
from app.telemetry.quietly import quietly

log = logging.getLogger(__name__)


def start_telemetry(settings: TelemetrySettings, log_level: str, process: str) -> None:
    """Set up logs and traces of a process that forks no others; `process` is its name in both."""
    set_up_logging(log_level, settings.log_format, process=process)
    start_tracing(settings)


def start_tracing(settings: TelemetrySettings, *, runs_tasks: bool = False) -> None:
    """Trace this process where an endpoint is set; otherwise nothing of OpenTelemetry is imported.

    What exports spans does not survive a fork: a worker's child calls this, and its parent does not.
    """
    if settings.otlp_endpoint:
        with quietly("tracing"):
            from app.telemetry.tracing import trace_process  # noqa: PLC0415  it is large, and mostly not wanted

            trace_process(settings.otlp_endpoint, process_name(), runs_tasks=runs_tasks)
