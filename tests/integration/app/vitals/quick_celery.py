"""`celery -A app` with tasks that hang and little patience, so that a test need not wait for minutes."""

import sys
import threading

from app.celery import app
from app.vitals import beat, children, worker

children.SILENT_SECONDS = 3.0
worker.STUCK_SECONDS = 3.0
beat.SILENT_SECONDS = 3.0


@app.task(name="hang")
def hang(seconds: float) -> None:
    """Keep a place of the pool, as a call without an end would."""
    threading.Event().wait(seconds)


if __name__ == "__main__":
    app.start(sys.argv[1:])
