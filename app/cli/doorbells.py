"""Ring tasks after something was committed. The ledger holds what is to be done, so without a broker nothing is lost."""

import typer
from kombu.exceptions import OperationalError

from app.celery import app
from app.cli.broker_checks import broker
from app.domain.errors import Unavailable

ISSUE_SALES = ("tasks.issuing.issue_sales", ())
PUBLISH_OFFERS = ("tasks.offering.publish_offers", ("operator",))


def ring(*bells: tuple[str, tuple[str, ...]]) -> None:
    """Ring, or say that the broker is down and who does it then."""
    try:
        broker()
        for task, arguments in bells:
            app.send_task(task, arguments, ignore_result=True)
    except (Unavailable, OperationalError) as error:
        typer.echo(f"the ledger has it, but no worker could be told ({error}); beat follows when the broker is back")
