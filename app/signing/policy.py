"""What the signing service signs: decisions only, from the request and what was signed before.

- Never two different transactions with one sequence: at most one of them could ever apply, and which one must not be
  decided by who asks last.
- A transaction signed before is signed again, whatever the limits are by now: it can apply only once, so it counts once.
- Nothing new with a sequence below the highest signed: a coordinator only goes forward, and one that does not has
  forgotten something, or is not what it should be. Two transactions whose order nobody planned could both apply.
- A maximum for each transaction, and for any 24 hours together; both inclusive.
- A number of transactions in 24 hours that no coordinator needs: so not even one that has been taken over fills the disk.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.errors import InvalidInput
from app.domain.money import MAX_AMOUNT, format_ndau
from app.ndau.transactions import Issue
from app.signing.frames import RefusalCode

WINDOW = timedelta(hours=24)
MOST_PER_WINDOW = 100_000
"""New transactions in 24 hours; one each second would be 86,400."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that may be signed, in napu, each from 1 to 2^63-1.

    Raises:
        InvalidInput: a limit is out of range, or one transaction could exceed the limit of a day.
    """

    per_transaction_napu: int
    per_day_napu: int

    def __post_init__(self) -> None:
        if not 1 <= self.per_transaction_napu <= self.per_day_napu <= MAX_AMOUNT:
            raise InvalidInput(
                f"the limits are {self.per_transaction_napu} napu per transaction and {self.per_day_napu} per day; "
                f"expected 1 to {MAX_AMOUNT}, and the first not above the second"
            )


@dataclass(frozen=True, slots=True)
class History:
    """What was signed before, as far as it matters to one request.

    Attributes:
        quantity_napu: of the transaction signed with the request's sequence; None when there is none.
        window_napu: the sum of all that was signed within the last 24 hours.
        window_count: how many transactions that were.
        highest_sequence: of all that was ever signed; 0 before the first.
    """

    quantity_napu: int | None
    window_napu: int
    window_count: int
    highest_sequence: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something is not signed."""

    code: RefusalCode
    message: str


def is_repeat(issue: Issue, history: History) -> bool:
    """Return whether this very transaction was signed before."""
    return history.quantity_napu == issue.qty


def refusal_of(issue: Issue, history: History, limits: Limits) -> Refusal | None:
    """Return why the transaction must not be signed, or None when it may be."""
    if is_repeat(issue, history):
        return None
    if history.quantity_napu is not None:
        return Refusal(
            "sequence_conflict",
            f"sequence {issue.sequence} was signed with {format_ndau(history.quantity_napu)} ndau; "
            f"it is not signed with {format_ndau(issue.qty)}",
        )
    if issue.sequence < history.highest_sequence:
        return Refusal(
            "sequence_conflict",
            f"sequence {issue.sequence} is below {history.highest_sequence}, the highest that was signed; nothing new is "
            "signed below it",
        )
    return _beyond(issue, history, limits)


def _beyond(issue: Issue, history: History, limits: Limits) -> Refusal | None:
    if issue.qty > limits.per_transaction_napu:
        return Refusal(
            "limit_exceeded",
            f"{format_ndau(issue.qty)} ndau in one transaction; the limit is {format_ndau(limits.per_transaction_napu)}",
        )
    if history.window_napu + issue.qty > limits.per_day_napu:
        return Refusal(
            "limit_exceeded",
            f"{format_ndau(history.window_napu)} ndau signed within 24 hours and {format_ndau(issue.qty)} more; "
            f"the limit is {format_ndau(limits.per_day_napu)}",
        )
    if history.window_count >= MOST_PER_WINDOW:
        return Refusal("limit_exceeded", f"{history.window_count} transactions within 24 hours; no more are signed")
    return None


def time_of_decision(clock: datetime, latest: datetime | None) -> datetime:
    """Return the time to decide by: the clock's, but never before the latest signature's (None before the first).

    A clock set back would otherwise put later signatures outside the window and free what they use.
    """
    return clock if latest is None else max(clock, latest)
