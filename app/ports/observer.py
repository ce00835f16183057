"""Who is told what happened, to count and time it. Whoever is told never raises, and nothing depends on it."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Protocol

from app.domain.fills import FillKind
from app.domain.issuances import Issuance, IssuanceState


class CallWatch(Protocol):
    """Watches calls to one other side."""

    def __call__(self, operation: str) -> AbstractContextManager[object]:
        """Return a context for one call; it lets every exception pass. The name of an operation holds no value."""
        ...


def unwatched(operation: str) -> AbstractContextManager[object]:
    """Watch nothing."""
    del operation
    return nullcontext()


class LedgerObserver(Protocol):
    """Is told what was committed to the ledger, right after it was."""

    def recorded(self, exchange: str, at: datetime, fills: Sequence[tuple[FillKind, datetime]]) -> None:
        """Hear of new fills: of what kind, and when they were executed."""
        ...

    def prepared(self, issuance: Issuance) -> None:
        """Hear of a new issuance."""
        ...

    def moved(
        self,
        before: IssuanceState,
        issuance: Issuance,
        at: datetime,
        sales: Callable[[], Sequence[tuple[str, datetime]]],
    ) -> None:
        """Hear of an issuance that came to another state; `sales` reads where and when its sales were recorded."""
        ...

    def shown(self, exchange: str, generation: int, decided_at: datetime, at: datetime) -> None:
        """Hear that an exchange shows a generation that it did not show before."""
        ...


class Unobserved:
    """Tells nobody; implements LedgerObserver."""

    def recorded(self, exchange: str, at: datetime, fills: Sequence[tuple[FillKind, datetime]]) -> None:
        """Do nothing."""

    def prepared(self, issuance: Issuance) -> None:
        """Do nothing."""

    def moved(
        self,
        before: IssuanceState,
        issuance: Issuance,
        at: datetime,
        sales: Callable[[], Sequence[tuple[str, datetime]]],
    ) -> None:
        """Do nothing."""

    def shown(self, exchange: str, generation: int, decided_at: datetime, at: datetime) -> None:
        """Do nothing."""
