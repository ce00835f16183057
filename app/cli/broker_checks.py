"""Whether bells can ring and somebody answers."""

import warnings

from celery.exceptions import DuplicateNodenameWarning
from kombu.exceptions import OperationalError

from app.celery import app
from app.domain.errors import InvalidInput, Unavailable

QUEUES = ("polling", "issue", "offers", "upkeep")
_ANSWER_SECONDS = 2.0


def broker() -> str:
    """Return how the broker is.

    Raises:
        Unavailable: it cannot be reached.
    """
    connection = app.connection_for_write()
    try:
        connection.ensure_connection(max_retries=1, timeout=5)
    except (OperationalError, OSError) as error:
        raise Unavailable(
            f"broker.url cannot be reached ({error}); start Valkey or Redis, or mend the setting"
        ) from error
    finally:
        connection.release()
    return str(connection.as_uri())


def workers() -> str:
    """Return which workers answer; a worker of the issue queue answers even while it works.

    Raises:
        InvalidInput: nobody serves a queue, or two serve the issuer's.
        Unavailable: the broker cannot be reached.
    """
    broker()  # without it Celery would look for workers for long
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", DuplicateNodenameWarning)
            queues_by_worker = app.control.inspect(timeout=_ANSWER_SECONDS).active_queues() or {}
    except DuplicateNodenameWarning as error:
        raise InvalidInput(f"two workers have one name ({error}); stop one of them") from error
    except (OperationalError, OSError) as error:
        raise Unavailable(f"workers cannot be asked: {error}") from error
    served = [queue["name"] for queues in queues_by_worker.values() for queue in queues]
    missing = [queue for queue in QUEUES if queue not in served]
    if missing:
        raise InvalidInput(f"no worker serves the queues {', '.join(missing)}; the Procfile starts one for each")
    if served.count("issue") > 1:
        raise InvalidInput("more than one worker serves the queue issue; the lease keeps it safe, but stop all but one")
    return f"{len(queues_by_worker)} answer, all queues are served"
