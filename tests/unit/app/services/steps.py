"""Make something happen at any one step of a process: its death, or another process getting in between."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from inspect import isgenerator
from typing import Any, TypeVar

from app.domain.ledger import Lease
from app.ports.chain import Chain
from app.ports.control_ledger import LeaseLedger
from app.ports.exchanges import OrderTrackingSystem
from app.ports.ledger import Ledger
from app.ports.signer import Signer

ResultT = TypeVar("ResultT")


class Killed(SystemExit):
    """The process ended here."""


class Moment(StrEnum):
    """Whether something happens before a call takes effect or after it, when the caller has not heard of it yet."""

    BEFORE = "before"
    AFTER = "after"


class Death(StrEnum):
    """How a process ends: at once, or with what its `finally` blocks still do."""

    KILLED = "killed"
    INTERRUPTED = "interrupted"


@dataclass(slots=True)
class Steps:
    """The calls of one process to its ports, counted from 1.

    Attributes:
        at: the call at which something happens; 0 is none.
        event: what happens.
    """

    at: int = 0
    moment: Moment = Moment.BEFORE
    event: Callable[["Steps"], None] = lambda _: None
    count: int = 0
    is_dead: bool = False
    held: list[AbstractContextManager[Lease | None]] = field(default_factory=list)

    @classmethod
    def dying(cls, at: int, moment: Moment, death: Death) -> "Steps":
        """Return those of a process that dies at a step."""

        def die(steps: Steps) -> None:
            steps.is_dead = death is Death.KILLED
            raise Killed

        return cls(at, moment, die)

    @property
    def was_reached(self) -> bool:
        """Whether the process came as far as the event."""
        return 0 < self.at <= self.count

    def take(self, call: Callable[[], ResultT]) -> ResultT:
        """Make one call."""
        if self.is_dead:
            raise Killed
        self.count += 1
        is_due = self.count == self.at
        if is_due and self.moment is Moment.BEFORE:
            self.event(self)
        result = call()
        if is_due and self.moment is Moment.AFTER:
            self.event(self)
        return result

    def bury(self) -> None:
        """Let go of the leases that a killed process left behind, which it could not do itself."""
        for context in self.held:
            context.__exit__(None, None, None)

    def ledger(self, ledger: Ledger) -> Ledger:
        """Return a ledger whose every call is a step."""
        return _WatchedLedger(ledger, self)

    def chain(self, chain: Chain) -> Chain:
        """Return a chain whose every call is a step."""
        watched: Any = _Watched(chain, self)
        return watched  # type: ignore[no-any-return]

    def signer(self, signer: Signer) -> Signer:
        """Return a signer whose every call is a step."""
        watched: Any = _Watched(signer, self)
        return watched  # type: ignore[no-any-return]

    def ots(self, ots: OrderTrackingSystem) -> OrderTrackingSystem:
        """Return an exchange whose every call, and every page of fills, is a step."""
        watched: Any = _Watched(ots, self)
        return watched  # type: ignore[no-any-return]


class _Watched:
    def __init__(self, port: object, steps: Steps) -> None:
        self._port = port
        self._steps = steps

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._port, name)
        if not callable(value):
            return value

        def call(*arguments: Any, **options: Any) -> Any:
            result = self._steps.take(lambda: value(*arguments, **options))
            return self._pages(result) if isgenerator(result) else result

        return call

    def _pages(self, pages: Iterator[object]) -> Iterator[object]:
        end = object()
        while (page := self._steps.take(lambda: next(pages, end))) is not end:
            yield page


class _WatchedLedger:
    def __init__(self, ledger: Ledger, steps: Steps) -> None:
        self.fills: Any = _Watched(ledger.fills, steps)
        self.issuances: Any = _Watched(ledger.issuances, steps)
        self.offers: Any = _Watched(ledger.offers, steps)
        self.claims: Any = _Watched(ledger.claims, steps)
        self.chain_book: Any = _Watched(ledger.chain_book, steps)
        self.recovery: Any = _Watched(ledger.recovery, steps)
        self.leases: Any = _WatchedLeases(ledger.leases, steps)
        self.halts: Any = _Watched(ledger.halts, steps)
        self.rates: Any = _Watched(ledger.rates, steps)
        self.health: Any = _Watched(ledger.health, steps)
        self.events: Any = _Watched(ledger.events, steps)


class _WatchedLeases(_Watched):
    def __init__(self, leases: LeaseLedger, steps: Steps) -> None:
        super().__init__(leases, steps)
        self._leases = leases

    @contextmanager
    def hold(self, name: str, ttl_seconds: float) -> Iterator[Lease | None]:
        context = self._leases.hold(name, ttl_seconds)

        def enter() -> Lease | None:
            lease = context.__enter__()
            # A context manager that is forgotten would release the lease, which the dead cannot do.
            self._steps.held.append(context)
            return lease

        lease = self._steps.take(enter)
        try:
            yield lease
        finally:
            self._steps.take(lambda: context.__exit__(None, None, None))
