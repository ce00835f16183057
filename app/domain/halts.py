"""Stopping: what can be stopped, and whether something is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Scope(StrEnum):
    """What a halt stops."""

    ISSUING = "issuing"
    PUBLISHING = "publishing"


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


@dataclass(frozen=True, slots=True)
class PastHalt:
    """A halt, in force or lifted; the last three are None while it is in force."""

    halt: Halt
    lifted_at: datetime | None
    lifted_by: str | None
    lifted_why: str | None


def halt_of(halts: Iterable[Halt], scope: Scope, exchange: str | None = None) -> Halt | None:
    """Return the first halt that stops this, for this exchange or everywhere; None when nothing does."""
    return next((halt for halt in halts if halt.scope is scope and halt.exchange in (None, exchange)), None)
