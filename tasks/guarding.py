"""Queues `upkeep` and `offers`: watch what may go wrong, and take offers off where it did."""

from dataclasses import asdict

from celery.utils.log import get_task_logger

from app.bootstrap import coordinator, tell_when_back
from app.celery import app
from app.domain.errors import MeicError
from app.services import asking
from app.services import check_clocks as clocks
from app.services import pull_offers as pulling
from app.services import read_rates as reading
from tasks.bell import ISSUE_SALES, POLL_EXCHANGE, PUSH_OFFERS, ring

log = get_task_logger(__name__)


@app.task(throws=(MeicError,))
def check_clocks() -> dict[str, float]:
    """Compare every exchange's clock with ours; halt where they are too far apart."""
    parts = coordinator()
    return clocks.check_clocks(parts.ledger, tuple(parts.depths()), parts.ots, parts.clock, parts.clock_rules())


@app.task(throws=(MeicError,))
def read_rates() -> dict[str, str]:
    """Ask what foreign currencies are worth."""
    parts = coordinator()
    return reading.read_rates(parts.ledger, parts.rate_sources(), parts.rate_margins(), parts.clock)


@app.task(throws=(MeicError,))
def pull_offers(name: str, asked: int | None = None) -> dict[str, object]:
    """Take our offers off an exchange on which publishing is halted; again, it goes on where it ended.

    Who wants it and why is in the event `asked`, or else in the halt.
    """
    parts = coordinator()
    who, why = asking.who_pulls(parts.ledger, name, asked)
    try:
        rules = parts.publish_rules(name)
        report = pulling.pull_offers(parts.ledger, parts.ots(name), parts.clock, rules, who=who, why=why)
    except MeicError as error:
        pulling.note_failure(parts.ledger, name, str(error), who=who, why=why)
        raise
    if report.has_new_sales:
        ring(ISSUE_SALES)
    if report.problem:
        log.error("%s: %d offers may still be open: %s", name, report.still_open, report.problem)
    return asdict(report)


def follow_up(name: str) -> None:
    """Read the fills of an exchange that is back, and make it show the offers, at once."""
    ring(POLL_EXCHANGE, name)
    if newest := coordinator().ledger.offers.generation():
        ring(PUSH_OFFERS, name, newest.number)


tell_when_back(follow_up)
