"""Calls to the other sides, each timed, counted by how it ended, and a span where tracing is on."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from prometheus_client import Histogram

from app.domain.errors import (
    AuthenticationFailed,
    BudgetSpent,
    InvalidInput,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unavailable,
)
from app.ports.observer import CallWatch
from app.telemetry import metrics
from app.telemetry.quietly import quietly
from app.telemetry.spans import span

_OUTCOMES: tuple[tuple[type[BaseException], str], ...] = (
    (BudgetSpent, "not_sent"),
    (RateLimited, "rate_limited"),
    (Unavailable, "unavailable"),
    (OutcomeUnknown, "unknown"),
    (AuthenticationFailed, "not_accepted"),
    (Rejected, "rejected"),
    (InvalidInput, "invalid"),
)
"""The first that fits."""


def outcome_of(error: BaseException) -> str:
    """Return the word for how a call ended, in the label `outcome`; "ok" is said of those that raised nothing."""
    return next((word for kind, word in _OUTCOMES if isinstance(error, kind)), "error")


def chain_watch() -> CallWatch:
    """Return what watches calls to the blockchain's node."""
    return lambda operation: watched(metrics.CHAIN_CALLS, "chain", operation)


def signer_watch() -> CallWatch:
    """Return what watches calls to the signing service."""
    return lambda operation: watched(metrics.SIGNER_CALLS, "signer", operation)


def exchange_watch(exchange: str) -> CallWatch:
    """Return what watches calls to an exchange."""
    return lambda operation: watched(metrics.EXCHANGE_CALLS, "exchange", operation, exchange=exchange)


@contextmanager
def watched(histogram: Histogram, side: str, operation: str, **labels: str) -> Iterator[None]:
    """Time the block, count how it ended, and let every exception pass."""
    began, outcome = monotonic(), "ok"
    try:
        with span(f"{side} {operation}", **labels):
            yield
    except BaseException as error:
        outcome = outcome_of(error)
        raise
    finally:
        with quietly("counting a call"):
            histogram.labels(operation=operation, outcome=outcome, **labels).observe(monotonic() - began)
