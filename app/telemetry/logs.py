"""How every process logs: to standard error, one line a record, secrets masked; as JSON, or as text for people."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, WrappedLogger

from app.ndau.masking import masked
from app.telemetry.correlation import occasion
from app.telemetry.failures import as_data
from app.telemetry.process import name_process, process_name
from app.telemetry.spans import trace_id

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

_FACTS = ("exchange", "issuance", "generation")
"""What a record may say of itself by `extra`, besides its words."""


class MaskingFormatter(logging.Formatter):
    """Text for people. Hides private keys wherever they stand: in a message, an argument or a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's line or lines."""
        return masked(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  logging's own name
        """Return the line, with the correlation id at its end where there is one."""
        line = super().formatMessage(record)
        correlation_id = occasion().correlation_id
        return f"{line} [{correlation_id}]" if correlation_id else line


class JsonFormatter(ProcessorFormatter):
    """A JSON object a line, for machines. Hides private keys wherever they stand."""

    def __init__(self) -> None:
        super().__init__(
            processors=[ProcessorFormatter.remove_processors_meta, _as_json],
            foreign_pre_chain=[_facts_of_record, as_data],
            use_get_message=True,
        )

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's line."""
        return masked(super().format(record))


class RoutineFilter(logging.Filter):
    """Drops "received" and "succeeded" of tasks: with polls every second they bury everything else.

    What a task did is said by the task; what failed is said by Celery.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record is worth a line."""
        message = str(record.msg)
        return record.levelno > logging.INFO or ("received" not in message and "succeeded" not in message)


def set_up_logging(level: str, form: str = "json", *, process: str = "") -> None:
    """Send everything from this level on to standard error, as "json" or as "text".

    `process` is what the lines say of whose they are; "" leaves it as it was.
    """
    if process:
        name_process(process)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else MaskingFormatter(_FORMAT))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    for name in ("celery.worker.strategy", "celery.app.trace"):
        logging.getLogger(name).addFilter(RoutineFilter())
    # These say at INFO what concerns only their own developers.
    for name in ("kombu", "alembic", "tornado.access", "celery.beat"):
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))


def _facts_of_record(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Put together what a line says, in the order in which a person reads it."""
    del logger, method
    record: logging.LogRecord = event["_record"]
    now = occasion()
    facts: dict[str, Any] = {
        "time": _written(record.created),
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": event["event"],
        "process": process_name(),
        "task": now.task,
        "task_id": now.task_id,
        "correlation_id": now.correlation_id,
        "trace_id": trace_id(),
    }
    facts |= dict(now.about) | {name: getattr(record, name) for name in _FACTS if hasattr(record, name)}
    stated = {name: value for name, value in facts.items() if value != ""}
    return stated | {name: event[name] for name in ("_record", "_from_structlog", "exc_info") if name in event}


def _written(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_as_json = structlog.processors.JSONRenderer(json.dumps, ensure_ascii=False, default=str)
