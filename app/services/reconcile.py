"""Compare the ledger with the chain and with every exchange's own history, and halt when money differs."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.differences import Difference
from app.domain.errors import MeicError
from app.domain.halts import Scope
from app.ports.chain import Chain
from app.ports.clock import Clock
from app.ports.exchanges import OrderTrackingSystem
from app.ports.ledger import Ledger
from app.services.reconcile_chain import reconcile_chain
from app.services.reconcile_exchange import reconcile_exchange
from app.services.side_by_side import side_by_side

log = logging.getLogger(__name__)

_SECOND_LOOK_SECONDS = 5.0
"""While we look others sell, issue and publish. What differs only for a moment is no difference."""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What a comparison found.

    Attributes:
        unread: what did not answer, with its reason: nothing is known of it.
        waiting: why nothing was compared, or "".
    """

    differences: tuple[Difference, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()
    waiting: str = ""

    @property
    def in_money(self) -> tuple[Difference, ...]:
        """Those that could mean that something is lost or issued twice."""
        return tuple(each for each in self.differences if each.is_money)


def reconcile(
    ledger: Ledger,
    chain: Chain,
    names: Sequence[str],
    ots: Callable[[str], OrderTrackingSystem],
    clock: Clock,
    *,
    since: datetime | None,
) -> Reconciliation:
    """Compare issuances with the chain, fills with each exchange's history and offers with open orders.

    Only what differs in two looks, some seconds apart, is a difference.

    Args:
        ledger: the records.
        chain: all Issues since the ledger first saw it are compared.
        names: the exchanges.
        ots: gives one by its name.
        clock: for the time between the looks.
        since: how far back fills are compared; None for all since the first offer.
    """
    if recovery := ledger.recovery.active():
        return Reconciliation(waiting=f"the ledger is recovering: {recovery.why}")

    def look(name: str) -> tuple[str, Sequence[Difference], str]:
        try:
            found = (
                reconcile_exchange(ledger, ots(name), clock, since=since)
                if name
                else reconcile_chain(ledger, chain, clock)
            )
        except MeicError as error:
            return name or "chain", (), str(error)
        return name or "chain", found, ""

    first = side_by_side(look, ["", *names])
    doubtful = [where for where, found, _ in first if found]
    unread = [(where, why) for where, _, why in first if why]
    confirmed: list[Difference] = []
    if doubtful:
        clock.wait(_SECOND_LOOK_SECONDS)
        seen = {difference for _, found, _ in first for difference in found}
        for where, found, why in side_by_side(look, ["" if where == "chain" else where for where in doubtful]):
            confirmed += [difference for difference in found if difference in seen]
            unread += [(where, why)] if why else []
    return Reconciliation(tuple(confirmed), tuple(unread))


def halt_on_money(ledger: Ledger, found: Reconciliation) -> None:
    """Halt issuing when money differs, and leave an event: everything that differs, or that all was read and nothing does."""
    if found.differences:
        listed = [
            f"{each.subject} {each.where} {each.which}: {each.ledger or 'nothing'} / {each.other or 'nothing'}"
            for each in found.differences
        ]
        ledger.events.append("DifferencesFound", "all", {"differences": listed[:100], "count": len(listed)})
    elif not found.unread and not found.waiting:
        ledger.events.append("Reconciled", "all", {"who": "reconciler"})
    if not found.in_money:
        return
    first = found.in_money[0]
    why = (
        f"differences in money: {len(found.in_money)}, the first: {first.subject} {first.which} ({first.where}): the ledger says "
        f"{first.ledger or 'nothing'}, the other side {first.other or 'nothing'}; `meic reconcile` lists all"
    )
    log.error("issuing is halted: %s", why)
    ledger.halts.halt(Scope.ISSUING, None, who="reconciler", why=why)
