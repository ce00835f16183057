"""The ledger's side of alerts: who judges them, what is known of them, and what has become of them."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from app.domain.alerts import Alert
from app.domain.errors import LeaseLost, MeicError
from app.domain.ledger import Lease
from app.ports.clock import Clock
from app.store.alerts import SqlAlerts
from app.store.ledger import SqlLedger

LEASE = "alerts"
LEASE_SECONDS = 30.0
"""After a crash the next process waits this long; two that judged at once would tell everything twice."""

_RENEW_AFTER = timedelta(seconds=LEASE_SECONDS / 3)


@dataclass(frozen=True, slots=True)
class Kept:
    """What the ledger answered.

    Attributes:
        is_ours: whether this process is the one that judges alerts.
        known: everything unfinished, when it became so just now; None otherwise.
        stored: what was sent, as the ledger has it.
    """

    is_ours: bool
    known: Sequence[Alert] | None
    stored: Mapping[int, Alert]


class Keeping:
    """Holds the lease, and writes under it. Every method may take long or fail as the ledger does; one call at a time."""

    def __init__(self, ledger: Callable[[], SqlLedger], clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._stack = ExitStack()
        self._lease: Lease | None = None
        self._is_new = False

    def keep(self, changed: Mapping[int, Alert]) -> Kept:
        """Take or keep the lease, and store what has changed.

        Nothing is stored in the call that takes the lease: what the ledger knows must be known first.

        Raises:
            MeicError, SQLAlchemyError: the ledger is away; nothing is known to be written.
        """
        ledger = self._ledger()
        alerts = SqlAlerts(ledger.database, self._clock)
        try:
            lease = self._held(ledger)
            if lease is None:
                return Kept(is_ours=False, known=None, stored={})
            if self._is_new:
                known = alerts.unfinished()
                self._is_new = False
                return Kept(is_ours=True, known=known, stored={})
            if not changed:
                return Kept(is_ours=True, known=None, stored={})
            stored = dict(zip(changed, alerts.keep(lease, list(changed.values())), strict=True))
            return Kept(is_ours=True, known=None, stored=stored)
        except LeaseLost:
            self._lease = None
            self._stack.close()  # whoever took the lease over keeps it: its epoch is another
            return Kept(is_ours=False, known=None, stored={})

    def close(self) -> None:
        """Give the lease back, so that the next process need not wait; a ledger that is away is left alone."""
        with suppress(MeicError, SQLAlchemyError):
            self._stack.close()

    def _held(self, ledger: SqlLedger) -> Lease | None:
        if self._lease is None:
            with ExitStack() as taking:
                self._lease = taking.enter_context(ledger.leases.hold(LEASE, LEASE_SECONDS))
                if self._lease is not None:
                    self._stack, self._is_new = taking.pop_all(), True
        elif self._lease.expires_at - self._clock.now() < timedelta(seconds=LEASE_SECONDS) - _RENEW_AFTER:
            self._lease = ledger.leases.renew(self._lease, LEASE_SECONDS)
        return self._lease
