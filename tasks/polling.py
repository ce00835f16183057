"""Queue `polling`: find out what was sold."""

from dataclasses import asdict

from celery.utils.log import get_task_logger

from app.bootstrap import coordinator
from app.celery import app
from app.domain.errors import MeicError
from app.services.record_fills import record_fills
from app.services.recover_exchange import recover_exchange
from tasks.bell import ISSUE_SALES, PUBLISH_OFFERS, ring

log = get_task_logger(__name__)


@app.task(throws=(MeicError,))
def poll_exchange(name: str) -> dict[str, int]:
    """Record an exchange's new fills; ring issuing and publishing when there are sales among them."""
    parts = coordinator()
    recorded = record_fills(parts.ledger, parts.ots(name))
    if recorded.new:
        log.info("%s: %d new fills, %d sales, %d unclaimed", name, recorded.new, recorded.sales, recorded.unclaimed)
    rules, exchanges = parts.publish_rules(name), tuple(parts.depths())
    has_recovered = recover_exchange(
        parts.ledger, parts.chain, parts.ots(name), parts.clock, rules, exchanges=exchanges
    )
    if recorded.sales or has_recovered:
        ring(ISSUE_SALES)
        ring(PUBLISH_OFFERS, f"sales on {name}")
    return asdict(recorded)
