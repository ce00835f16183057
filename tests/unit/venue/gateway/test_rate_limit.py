from hypothesis import given
from hypothesis import strategies as st

from venue.gateway import rate_limit
from venue.gateway.rate_limit import RateLimit


@given(st.integers(1, 5), st.lists(st.integers(0, 40), max_size=60))
def test_no_window_ever_holds_more_calls_than_allowed_and_waiting_as_told_is_enough(
    calls: int, pauses: list[int]
) -> None:
    limit, now, taken = RateLimit(calls, window_ms=100), 0, list[int]()
    for pause in pauses:
        now += pause
        wait = limit.wait_ms("ann", now)
        if wait:
            assert sum(time > now - 100 for time in taken) == calls
            now += wait
            assert limit.wait_ms("ann", now) == 0
        taken.append(now)
        assert sum(time > now - 100 for time in taken) <= calls


def test_callers_are_counted_apart() -> None:
    limit = RateLimit(1)
    assert limit.wait_ms("ann", 0) == 0
    assert limit.wait_ms("bob", 0) == 0
    assert limit.wait_ms("ann", 1) == 59_999


def test_without_a_limit_nobody_waits() -> None:
    limit = RateLimit(None)
    assert not any(limit.wait_ms("ann", 0) for _ in range(1000))


def test_callers_who_stay_away_are_forgotten() -> None:
    limit = RateLimit(1)
    most = rate_limit._CALLERS_BEFORE_CLEANING
    for number in range(most):
        limit.wait_ms(str(number), number)
    limit.wait_ms("late", 60_000 + most // 2)
    assert len(limit._times) == most // 2
