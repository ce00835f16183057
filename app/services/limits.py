"""Limits at which issuing halts by itself, since something may be wrong that no single Issue shows."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from app.domain.halts import Scope
from app.domain.ledger import Lease
from app.domain.money import format_ndau
from app.ports.clock import Clock
from app.ports.ledger import Ledger

log = logging.getLogger(__name__)

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_LEASE_LOST = "LeaseLost"


@dataclass(frozen=True, slots=True)
class IssueLimits:
    """How much may be prepared within an hour and a day, and how often the issuer may lose its lease within an hour."""

    per_hour_napu: int
    per_day_napu: int
    lost_leases_per_hour: int


def halt_at_limit(ledger: Ledger, clock: Clock, limits: IssueLimits, quantity_napu: int) -> str:
    """Halt issuing when one more Issue of this quantity would pass a limit; return why, "" when it may be prepared.

    Counted is what was prepared within the hour or day until now, void ones left out.
    """
    windows = (
        (_HOUR, limits.per_hour_napu, "an hour", "policy.maximum_per_hour_ndau"),
        (_DAY, limits.per_day_napu, "a day", "policy.maximum_per_day_ndau"),
    )
    for window, limit, words, setting in windows:
        total = ledger.issuances.prepared_napu(clock.now() - window) + quantity_napu
        if total > limit:
            why = (
                f"the next Issue would make {format_ndau(total)} ndau within {words}, and {setting} is {format_ndau(limit)}; "
                f"if that much was truly sold, raise it or wait, then `meic resume issuing`"
            )
            _halt(ledger, why)
            return f"issuing is halted by limit: {why}"
    return ""


def note_lost_lease(ledger: Ledger, clock: Clock, limits: IssueLimits | None, lease: Lease) -> None:
    """Record that the issuer lost its lease in mid-work, and halt issuing when that happens too often.

    Each time is safe by itself; many mean that two issuers run, or one that stands still for seconds.
    """
    ledger.events.append(_LEASE_LOST, lease.name, {"epoch": lease.epoch})
    if limits is None:
        return
    lost = len(ledger.events.of_kinds((_LEASE_LOST,), clock.now() - _HOUR))
    if lost > limits.lost_leases_per_hour:
        _halt(
            ledger,
            f"the issuer lost its lease {lost} times within an hour; see that one worker serves the queue issue "
            f"and that its machine does not stand still, then `meic resume issuing`",
        )


def _halt(ledger: Ledger, why: str) -> None:
    log.error("issuing is halted: %s", why)
    ledger.halts.halt(Scope.ISSUING, None, who="limit", why=why)
