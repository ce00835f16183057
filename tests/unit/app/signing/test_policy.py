from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidInput
from app.domain.money import MAX_AMOUNT
from app.ndau.transactions import Issue
from app.signing.policy import MOST_PER_WINDOW, History, Limits, is_repeat, refusal_of, time_of_decision

LIMITS = Limits(per_transaction_napu=100, per_day_napu=250)
NOTHING = History(quantity_napu=None, window_napu=0, window_count=0, highest_sequence=0)

quantities = st.integers(min_value=1, max_value=MAX_AMOUNT)
times = st.datetimes(timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("quantity", "window", "code"),
    [
        (100, 0, None),
        (101, 0, "limit_exceeded"),
        (100, 150, None),
        (100, 151, "limit_exceeded"),
        (1, 249, None),
        (1, 250, "limit_exceeded"),
    ],
)
def test_both_limits_are_inclusive(quantity: int, window: int, code: str | None) -> None:
    refusal = refusal_of(Issue(quantity, 1), replace(NOTHING, window_napu=window), LIMITS)
    assert (refusal.code if refusal else None) == code


def test_the_message_names_the_amounts_and_the_limit() -> None:
    refusal = refusal_of(Issue(100, 1), replace(NOTHING, window_napu=200), LIMITS)
    assert refusal
    assert refusal.message == ("0.000002 ndau signed within 24 hours and 0.000001 more; the limit is 0.0000025")


@given(quantity=quantities, window=st.integers(min_value=0, max_value=MAX_AMOUNT))
def test_what_was_signed_before_is_signed_again_whatever_the_limits(quantity: int, window: int) -> None:
    history = History(quantity, window, window_count=MOST_PER_WINDOW, highest_sequence=MAX_AMOUNT)
    assert is_repeat(Issue(quantity, 1), history)
    assert refusal_of(Issue(quantity, 1), history, LIMITS) is None


@given(quantity=quantities, other=quantities)
def test_another_quantity_with_a_signed_sequence_is_a_conflict(quantity: int, other: int) -> None:
    refusal = refusal_of(Issue(quantity, 1), replace(NOTHING, quantity_napu=other), LIMITS)
    assert (refusal is None) == (quantity == other)
    assert refusal is None or refusal.code == "sequence_conflict"


@pytest.mark.parametrize(("sequence", "code"), [(6, "sequence_conflict"), (7, "sequence_conflict"), (8, None)])
def test_nothing_new_is_signed_below_the_highest_sequence(sequence: int, code: str | None) -> None:
    before = 2 if sequence == 7 else None
    history = replace(NOTHING, quantity_napu=before, highest_sequence=7)
    refusal = refusal_of(Issue(1, sequence), history, LIMITS)
    assert (refusal.code if refusal else None) == code


@pytest.mark.parametrize(("count", "code"), [(MOST_PER_WINDOW - 1, None), (MOST_PER_WINDOW, "limit_exceeded")])
def test_no_more_transactions_than_any_coordinator_needs_are_signed_in_24_hours(count: int, code: str | None) -> None:
    refusal = refusal_of(Issue(1, 1), replace(NOTHING, window_count=count), LIMITS)
    assert (refusal.code if refusal else None) == code


@given(quantity=quantities, window=st.integers(min_value=0, max_value=MAX_AMOUNT), most=quantities, day=quantities)
def test_nothing_new_ever_exceeds_a_limit(quantity: int, window: int, most: int, day: int) -> None:
    limits = Limits(min(most, day), max(most, day))
    if refusal_of(Issue(quantity, 1), replace(NOTHING, window_napu=window), limits) is None:
        assert quantity <= limits.per_transaction_napu
        assert quantity + window <= limits.per_day_napu


@given(clock=times, latest=times)
def test_time_never_runs_back_behind_a_signature(clock: datetime, latest: datetime) -> None:
    decided_at = time_of_decision(clock, latest)
    assert decided_at >= latest
    assert decided_at in (clock, latest)


def test_the_clock_decides_when_nothing_was_signed_or_it_is_ahead() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert time_of_decision(now, None) == now
    assert time_of_decision(now, now - timedelta(seconds=1)) == now


@pytest.mark.parametrize(("most", "day"), [(0, 1), (2, 1), (1, MAX_AMOUNT + 1), (-1, -1)])
def test_limits_that_make_no_sense_are_refused(most: int, day: int) -> None:
    with pytest.raises(InvalidInput, match="the first not above the second"):
        Limits(most, day)
