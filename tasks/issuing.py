"""Queue `issue`: one worker, one child, one websocket to the signing service."""

from celery.utils.log import get_task_logger

from app.bootstrap import coordinator
from app.celery import app
from app.domain.errors import MeicError
from app.services.issue_sales import issue_sales as issue_waiting_sales
from tasks.bell import ISSUE_SALES, PUBLISH_OFFERS, ring

log = get_task_logger(__name__)


@app.task(throws=(MeicError,))
def issue_sales() -> dict[str, object]:
    """Issue what waits; ring publishing when something was issued."""
    parts = coordinator()
    report = issue_waiting_sales(parts.ledger, parts.chain, parts.signer, parts.clock, parts.issue_policy())
    if report.waiting:
        log.info("issuing waits: %s", report.waiting)
    if report.has_recovered:
        ring(ISSUE_SALES)
    if report.issued or report.has_recovered:
        ring(PUBLISH_OFFERS, "issued")
    return {"issued": [issuance.sequence for issuance in report.issued], "waiting": report.waiting}
