from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.throttling import NAME, NAME_AND_PLACE, PLACE, WINDOW, Limit, next_attempt_at

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LIMITS = st.sampled_from([NAME_AND_PLACE, PLACE, NAME])
AGES = st.lists(st.integers(0, 7200), max_size=60)


def failures(*ages_seconds: float) -> list[datetime]:
    return [NOW - timedelta(seconds=age) for age in ages_seconds]


@pytest.mark.parametrize(
    ("count", "seconds"),
    [(0, 0), (4, 0), (5, 15), (6, 30), (7, 60), (8, 120), (9, 240), (10, 480), (11, 900), (12, 900), (10_000, 900)],
)
def test_the_wait_for_a_name_at_a_place_doubles_after_five_failures_up_to_a_quarter_of_an_hour(
    count: int, seconds: int
) -> None:
    assert NAME_AND_PLACE.wait_after(count) == timedelta(seconds=seconds)


@given(LIMITS, st.integers(0, 1000), st.integers(0, 1000))
def test_more_failures_never_shorten_the_wait(limit: Limit, fewer: int, more: int) -> None:
    assert limit.wait_after(fewer) <= limit.wait_after(fewer + more)


@given(LIMITS, AGES)
def test_nobody_waits_longer_than_the_limit_says_from_the_last_failure_on(limit: Limit, ages: list[int]) -> None:
    at = next_attempt_at(limit, failures(*ages), NOW)
    assert at <= NOW + timedelta(seconds=limit.longest_seconds)


@given(LIMITS, st.permutations(range(0, 3000, 100)))
def test_in_what_order_failures_are_told_does_not_matter(limit: Limit, ages: list[int]) -> None:
    assert next_attempt_at(limit, failures(*ages), NOW) == next_attempt_at(limit, failures(*sorted(ages)), NOW)


@given(LIMITS, AGES)
def test_failures_of_more_than_an_hour_ago_count_no_more(limit: Limit, ages: list[int]) -> None:
    old = [3600 + age for age in ages]
    assert next_attempt_at(limit, failures(*old), NOW) <= NOW


def test_without_failures_one_waits_for_nothing() -> None:
    assert next_attempt_at(NAME_AND_PLACE, [], NOW) <= NOW


def attempts_of_one_who_never_stops(limit: Limit) -> list[datetime]:
    """When somebody fails who tries again as soon as the limit lets him, for six hours."""
    made: list[datetime] = []
    now = NOW
    while now < NOW + timedelta(hours=6):
        made.append(now)
        now = max(next_attempt_at(limit, made, now), now + timedelta(milliseconds=1))
    return made


def most_within_the_window(attempts: list[datetime]) -> int:
    return max(sum(at <= other < at + WINDOW for other in attempts) for at in attempts)


def test_one_address_alone_never_makes_a_name_wait_elsewhere() -> None:
    assert most_within_the_window(attempts_of_one_who_never_stops(NAME_AND_PLACE)) < NAME.free


def test_one_address_gets_to_a_few_hundred_attempts_a_day_at_a_name() -> None:
    assert 4 * len(attempts_of_one_who_never_stops(NAME_AND_PLACE)) < 400


def test_many_addresses_together_get_to_an_attempt_a_minute_at_a_name() -> None:
    attempts = attempts_of_one_who_never_stops(NAME)
    assert len(attempts) <= 6 * 60 + NAME.free + 5
