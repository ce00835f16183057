from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import RateLimited
from exchanges.call_limit import CallLimit


class HandSetClock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_one_call_too_many_says_how_long_to_wait() -> None:
    clock = HandSetClock()
    limit = CallLimit(2, 60.0, what="authentications", monotonic=clock)
    limit.take()
    clock.seconds = 10.0
    limit.take()
    clock.seconds = 25.0
    with pytest.raises(RateLimited, match="authentications: at most 2 in 60 seconds") as raised:
        limit.take()
    assert raised.value.retry_after_seconds == 35.0
    clock.seconds = 60.0
    limit.take()


@given(st.lists(st.integers(0, 20), max_size=60))
def test_no_minute_ever_holds_more_than_the_limit(steps: list[int]) -> None:
    clock = HandSetClock()
    limit = CallLimit(5, 60.0, what="calls", monotonic=clock)
    taken: list[float] = []
    for step in steps:
        clock.seconds += step
        with suppress(RateLimited):
            limit.take()
            taken.append(clock.seconds)
    assert all(later - earlier >= 60 for earlier, later in zip(taken, taken[5:], strict=False))
