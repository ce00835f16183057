"""Run everything until a number of sales is issued and published, and compare what all sides say."""

import threading
from collections.abc import Callable
from pathlib import Path

from app.domain.errors import Unavailable
from app.local.agreement import Agreement, compare
from app.local.instance import Instance, ask_for_first_offers, running_instance
from app.services.overview import overview

_LOOK_SECONDS = 0.5
_SETTLE_SECONDS = 90.0


def run_demo(
    folder: Path,
    *,
    sales: int,
    limit_seconds: float,
    block_seconds: float,
    buyer_seconds: float,
    stopped: threading.Event,
    tell: Callable[[str], object],
) -> Agreement:
    """Start everything, wait for `sales` more sales to be issued, end the buyers, let all settle, and compare.

    Raises:
        Unavailable: interrupted, or not done within `limit_seconds`.
    """
    with running_instance(folder, block_seconds=block_seconds, buyer_seconds=buyer_seconds) as instance:
        tell("\n".join((f"started in {folder}", *instance.doors)))
        ask_for_first_offers(instance)
        before = issued_sales(instance)
        _wait(lambda: issued_sales(instance) - before >= sales, limit_seconds, stopped, what=f"{sales} issued sales")
        tell(f"{issued_sales(instance) - before} sales are issued; ending the buyers")
        instance.supervisor.stop("buyers")
        return settled_agreement(instance, stopped)


def settled_agreement(instance: Instance, stopped: threading.Event) -> Agreement:
    """Wait until everything agrees, or no longer than it may take, and return the last comparison."""

    def agrees() -> bool:
        if not overview(instance.parts.ledger).is_settled:
            return False
        try:
            return compare(instance.home, instance.settings).agrees
        except Unavailable:
            return False  # one that died is being started again

    try:
        _wait(agrees, _SETTLE_SECONDS, stopped, what="everything to agree")
    except Unavailable:
        if stopped.is_set():
            raise
    return compare(instance.home, instance.settings)


def issued_sales(instance: Instance) -> int:
    """Return how many sales are in an issuance that is in a block."""
    return instance.parts.ledger.fills.count_issued()


def _wait(condition: Callable[[], bool], limit_seconds: float, stopped: threading.Event, *, what: str) -> None:
    waited = 0.0
    while not condition():
        if stopped.wait(_LOOK_SECONDS):
            raise Unavailable("interrupted")
        waited += _LOOK_SECONDS
        if waited > limit_seconds:
            raise Unavailable(f"waited {limit_seconds:.0f} s for {what}, in vain")
