"""Wait a while for a lease that another process may be about to give back."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.domain.ledger import Lease
from app.ports.clock import Clock
from app.ports.ledger import Ledger

_LOOK_AGAIN_SECONDS = 0.2


@contextmanager
def patient_lease(
    ledger: Ledger, clock: Clock, name: str, *, ttl_seconds: float, patience_seconds: float
) -> Iterator[Lease | None]:
    """Take a lease for the block, or give None when another holder kept it all the time."""
    waited = 0.0
    while True:
        with ledger.leases.hold(name, ttl_seconds) as lease:
            if lease is not None or waited >= patience_seconds:
                yield lease
                return
        clock.wait(_LOOK_AGAIN_SECONDS)
        waited += _LOOK_AGAIN_SECONDS
