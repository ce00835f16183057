"""Queue `issue`: one worker, one child, one websocket to the signing service."""

from dataclasses import asdict

from celery.utils.log import get_task_logger

from app.bootstrap import coordinator
from app.celery import app
from app.domain.errors import MeicError
from app.services.answer_resolve import answer_resolve
from app.services.issue_sales import issue_sales as issue_waiting_sales
from app.services.resolve_issuance import Resolution
from app.services.resolve_issuance import resolve_issuance as look_at_issuance
from app.telemetry.work import issuing
from tasks.bell import ISSUE_SALES, PUBLISH_OFFERS, ring

log = get_task_logger(__name__)


@app.task(throws=(MeicError,))
def issue_sales() -> dict[str, object]:
    """Issue what waits; ring publishing when something was issued."""
    parts = coordinator()
    with issuing():
        report = issue_waiting_sales(parts.ledger, parts.chain, parts.signer, parts.clock, parts.issue_policy())
    if report.waiting:
        log.info("issuing waits: %s", report.waiting)
    if report.has_recovered:
        ring(ISSUE_SALES)
    if report.issued or report.has_recovered:
        ring(PUBLISH_OFFERS, "issued")
    return {"issued": [issuance.sequence for issuance in report.issued], "waiting": report.waiting}


@app.task(throws=(MeicError,))
def resolve_issuance(asked: int) -> dict[str, object]:
    """Look at an issuance as an event asks for; what was found is an event, too."""
    parts = coordinator()

    def look(issuance_id: int, who: str, why: str) -> Resolution:
        return look_at_issuance(parts.ledger, parts.chain, parts.signer, parts.clock, issuance_id, who=who, why=why)

    answer = answer_resolve(parts.ledger, asked, look)
    if answer.was_settled:
        ring(ISSUE_SALES)
        ring(PUBLISH_OFFERS, "operator")
    log.info("event %d asks to resolve an issuance: %s", asked, answer.words)
    return asdict(answer)
