"""The records of who may work, what is halted or down, and all that happened."""

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from app.domain.halts import Halt, PastHalt, Scope
from app.domain.health import ExchangeHealth
from app.domain.ledger import AuditEvent, Lease


class LeaseLedger(Protocol):
    """Leases with fencing epochs."""

    def hold(self, name: str, ttl_seconds: float) -> AbstractContextManager[Lease | None]:
        """Take a lease for the block, or give None when another holder has it; it is released at the end."""
        ...

    def renew(self, lease: Lease, ttl_seconds: float) -> Lease:
        """Extend a lease.

        Raises:
            LeaseLost: another holder took it over.
        """
        ...


class HaltLedger(Protocol):
    """What is stopped."""

    def halt(self, scope: Scope, exchange: str | None, *, who: str, why: str) -> Halt:
        """Stop something, at once; the same halt again changes nothing."""
        ...

    def lift(self, scope: Scope, exchange: str | None, *, who: str, why: str) -> int:
        """Lift the matching halts; return how many there were."""
        ...

    def active(self) -> Sequence[Halt]:
        """Return the halts in force."""
        ...

    def history(self, limit: int) -> Sequence[PastHalt]:
        """Return the newest halts, in force or lifted."""
        ...


class HealthLedger(Protocol):
    """Which exchanges do not answer. One that does costs no write."""

    def ailing(self) -> Sequence[ExchangeHealth]:
        """Return the exchanges whose last call failed."""
        ...

    def failed(self, exchange: str, why: str, most_failures: int) -> ExchangeHealth:
        """Count a failure; with that many in a row the exchange is down."""
        ...

    def answered(self, exchange: str) -> bool:
        """Forget an exchange's failures; return whether it was down."""
        ...

    def claim_probe(self, health: ExchangeHealth) -> bool:
        """Return whether the caller is the one who may ask an exchange that is down; the next may after a longer pause."""
        ...


class EventLedger(Protocol):
    """The append-only audit trail."""

    def append(self, kind: str, subject: str, detail: dict[str, object]) -> int:
        """Add one event of its own, in its own transaction; return its number."""
        ...

    def find(self, number: int) -> AuditEvent | None:
        """Return an event by its number, or None."""
        ...

    def recent(self, limit: int) -> Sequence[AuditEvent]:
        """Return the newest events."""
        ...

    def of_kinds(self, kinds: Collection[str], since: datetime) -> Sequence[AuditEvent]:
        """Return the events of some kinds from a time on, oldest first."""
        ...
