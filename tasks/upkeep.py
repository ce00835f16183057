"""Queue `upkeep`: what may wait."""

from datetime import timedelta

from celery.utils.log import get_task_logger

from app.bootstrap import coordinator
from app.celery import app
from app.domain.errors import MeicError
from app.services import reconcile as reconciling
from app.services import settle_issuance

log = get_task_logger(__name__)


@app.task(throws=(MeicError,))
def note_blocks() -> int:
    """Store the blocks of issuances that the chain's index had not shown yet."""
    parts = coordinator()
    return settle_issuance.note_blocks(parts.ledger, parts.chain)


@app.task(throws=(MeicError,))
def reconcile() -> dict[str, object]:
    """Compare the ledger with chain and exchanges; halt issuing when money differs."""
    parts = coordinator()
    since = parts.clock.now() - timedelta(hours=parts.settings.schedule.reconcile_hours)
    found = reconciling.reconcile(parts.ledger, parts.chain, tuple(parts.depths()), parts.ots, parts.clock, since=since)
    reconciling.halt_on_money(parts.ledger, found)
    for where, why in found.unread:
        log.warning("%s could not be compared: %s", where, why)
    return {"differences": len(found.differences), "in money": len(found.in_money), "unread": len(found.unread)}
