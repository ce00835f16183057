"""Have this process tell how it is, over HTTP."""

import logging
from functools import partial
from http import HTTPStatus

from app.settings.settings import Settings
from app.telemetry.metrics import exposition
from app.vitals.checks import Checks, report
from app.vitals.server import Answer, Page, VitalsServer, text

log = logging.getLogger(__name__)


def start_vitals(kind: str, settings: Settings, *, health: Checks, ready: Checks | None = None) -> VitalsServer | None:
    """Serve /health, /ready and /metrics in a thread, on the port that the settings give this kind of process.

    A process that cannot have its port goes on without, and None is returned: selling must not stop for it.

    Args:
        kind: a name of `telemetry.vitals_ports`.
        settings: this process's.
        health: what shows that this process does its work; where one fails, starting it again should help.
        ready: what else it needs from others (ledger, broker, ...), each bounded in time: see `BoundedCheck`.
    """
    host, port = settings.telemetry.vitals_host, settings.telemetry.vitals_ports.of(kind)
    if port == 0:
        return None
    pages: dict[str, Page] = {
        "/health": partial(_checked, kind, health),
        "/ready": partial(_checked, kind, {**health, **(ready or {})}),
        "/metrics": _metrics,
    }
    try:
        return VitalsServer(host, port, pages)
    except OSError as error:
        log.warning(
            "health and metrics of this process cannot be asked for: %s port %d: %s; the work goes on (is another %s "
            "running on this host? telemetry.vitals_ports.%s gives it another port)",
            host,
            port,
            error.strerror or error,
            kind,
            kind,
        )
        return None


def _checked(kind: str, checks: Checks) -> Answer:
    found = report(kind, checks)
    status = HTTPStatus.OK if found.is_ok else HTTPStatus.SERVICE_UNAVAILABLE
    return Answer(status, "application/json", found.as_text().encode() + b"\n")


def _metrics() -> Answer:
    try:
        body, content_type = exposition()
    except Exception:  # whatever broke the figures, this process goes on
        log.exception("the figures cannot be shown")
        return text(HTTPStatus.SERVICE_UNAVAILABLE, "the figures cannot be shown; the log says why")
    return Answer(HTTPStatus.OK, content_type, body)
