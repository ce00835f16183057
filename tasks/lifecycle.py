"""What happens when a worker's process starts and ends."""

import sys

from celery.signals import setup_logging, worker_process_shutdown, worker_shutdown

from app.bootstrap import coordinator
from app.settings.loading import load_settings
from app.telemetry.logs import set_up_logging


@setup_logging.connect
def log_like_every_process(**_: object) -> None:
    """Take logging over from Celery, so that its lines are like all others, with secrets masked."""
    settings = load_settings()
    command = next((word for word in sys.argv if word in ("beat", "flower")), "")
    set_up_logging(settings.log_level, settings.telemetry.log_format, process=command)


@worker_process_shutdown.connect
@worker_shutdown.connect
def close_parts(**_: object) -> None:
    """Close this process's connections: the signer is told, and the ledger's log is folded in."""
    coordinator().close()
