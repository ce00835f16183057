"""Queue `polling`: find out what was sold."""

from app.bootstrap import Coordinator, coordinator
from app.celery import app
from app.domain.errors import MeicError
from app.domain.ledger import Recorded
from app.services.record_fills import record_fills
from app.services.recover_exchange import recover_exchange
from app.telemetry.work import polling
from tasks.bell import ISSUE_SALES, PUBLISH_OFFERS, ring


@app.task(throws=(MeicError,))
def poll_exchange(name: str) -> dict[str, int]:
    """Record an exchange's new fills; ring issuing and publishing when there are sales among them.

    While this process reads it already, that reading is followed by another, and nobody waits: an exchange that hangs
    holds one thread, not one for each bell.
    """
    parts = coordinator()
    readings = parts.polls.do(name, lambda: _poll(parts, name))
    return {
        "new": sum(each.new for each in readings),
        "sales": sum(each.sales for each in readings),
        "unclaimed": sum(each.unclaimed for each in readings),
    }


def _poll(parts: Coordinator, name: str) -> Recorded:
    with polling(name):
        recorded = record_fills(parts.ledger, parts.ots(name))
    rules, exchanges = parts.publish_rules(name), tuple(parts.depths())
    has_recovered = recover_exchange(
        parts.ledger, parts.chain, parts.ots(name), parts.clock, rules, exchanges=exchanges
    )
    if recorded.sales or has_recovered:
        ring(ISSUE_SALES)
        ring(PUBLISH_OFFERS, f"sales on {name}")
    return recorded
