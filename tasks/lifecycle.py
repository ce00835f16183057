"""What happens when a worker's process ends."""

from celery.signals import worker_process_shutdown, worker_shutdown

from app.bootstrap import coordinator


@worker_process_shutdown.connect
@worker_shutdown.connect
def close_parts(**_: object) -> None:
    """Close this process's connections: the signer is told, and the ledger's log is folded in."""
    coordinator().close()
