"""Stopping: what can be stopped, and whether something is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Scope(StrEnum):
    """What a halt stops."""

    ISSUING = "issuing"
    PUBLISHING = "publishing"


class Stoppable(StrEnum):
    """What an operator can stop and resume in one go."""

    ISSUING = "issuing"
    PUBLISHING = "publishing"
    ALL = "all"

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """What that is to the ledger."""
        return (Scope.PUBLISHING, Scope.ISSUING) if self is Stoppable.ALL else (Scope(self.value),)


@dataclass(frozen=True, slots=True)
class Halt:
    """Something is stopped until a person lifts it.

    Attributes:
        exchange: None means everywhere; issuing is always halted everywhere.
        who: the operator, or the part of the coordinator that stopped by itself.
    """

    id: int
    scope: Scope
    exchange: str | None
    who: str
    why: str
    since: datetime

    def words(self) -> str:
        """Return what is halted, since when, by whom and why."""
        where = scope_words(self.scope, self.exchange)
        return f"{where} is halted since {self.since:%Y-%m-%d %H:%M:%S} UTC by {self.who}: {self.why}"


@dataclass(frozen=True, slots=True)
class PastHalt:
    """A halt, in force or lifted; the last three are None while it is in force."""

    halt: Halt
    lifted_at: datetime | None
    lifted_by: str | None
    lifted_why: str | None


def scope_words(scope: Scope, exchange: str | None) -> str:
    """Return what a halt stops, and where."""
    return f"{scope} on {exchange}" if exchange else str(scope)


def halt_of(halts: Iterable[Halt], scope: Scope, exchange: str | None = None) -> Halt | None:
    """Return the first halt that stops this, for this exchange or everywhere; None when nothing does."""
    return next((halt for halt in halts if halt.scope is scope and halt.exchange in (None, exchange)), None)
