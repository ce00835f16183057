"""How every process logs: to standard error, one line a record, secrets masked."""

import logging
import sys

from app.ndau.masking import masked

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class MaskingFormatter(logging.Formatter):
    """Hides private keys wherever they stand: in a message, an argument or a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's line or lines."""
        return masked(super().format(record))


class RoutineFilter(logging.Filter):
    """Drops "received" and "succeeded" of tasks: with polls every second they bury everything else.

    What a task did is said by the task; what failed is said by Celery.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record is worth a line."""
        message = str(record.msg)
        return record.levelno > logging.INFO or ("received" not in message and "succeeded" not in message)


def set_up_logging(level: str) -> None:
    """Send everything from this level on to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(MaskingFormatter(_FORMAT))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    for name in ("celery.worker.strategy", "celery.app.trace"):
        logging.getLogger(name).addFilter(RoutineFilter())
    # These say at INFO what concerns only their own developers.
    for name in ("kombu", "alembic", "tornado.access", "celery.beat"):
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))
