"""Ring a task. A bell that does not reach the broker is no loss: beat rings again."""

import logging

from kombu.exceptions import OperationalError

from app.celery import app
from app.crash_points import around

log = logging.getLogger(__name__)

POLL_EXCHANGE = "tasks.polling.poll_exchange"
PUSH_OFFERS = "tasks.offering.push_offers"
ISSUE_SALES = "tasks.issuing.issue_sales"
PUBLISH_OFFERS = "tasks.offering.publish_offers"
REPUBLISH_LAGGING = "tasks.offering.republish_lagging"


def ring(task: str, *args: str | int) -> None:
    """Send a task, or log that the broker could not be reached.

    Whatever the bell is about is committed already, so the caller must not fail over it.
    """
    try:
        with around("send: bell"):
            app.send_task(task, args)
    except OperationalError as error:
        log.warning("%s could not be rung (%s); beat follows", task, error)
