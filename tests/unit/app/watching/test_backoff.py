import pytest

from app.watching.backoff import STEADY_SECONDS, Backoff


def waits(backoff: Backoff, *, count: int) -> list[float]:
    return [backoff.seconds_after(0) for _ in range(count)]


def test_waits_double_from_one_second_to_a_minute() -> None:
    assert waits(Backoff(lambda: 0.5), count=9) == [1, 2, 4, 8, 16, 32, 60, 60, 60]


@pytest.mark.parametrize(("chance", "first", "longest"), [(0.0, 0.75, 45.0), (1.0, 1.25, 75.0)])
def test_chance_moves_a_wait_by_a_quarter_at_most(chance: float, first: float, longest: float) -> None:
    found = waits(Backoff(lambda: chance), count=10)
    assert (found[0], found[-1]) == (first, longest)


def test_without_a_given_chance_two_that_start_together_drift_apart() -> None:
    assert waits(Backoff(), count=8) != waits(Backoff(), count=8)


def test_after_a_connection_that_lasted_the_next_wait_is_the_shortest_again() -> None:
    backoff = Backoff(lambda: 0.5)
    waits(backoff, count=5)
    assert backoff.seconds_after(STEADY_SECONDS) == 1
    assert backoff.seconds_after(0) == 2


def test_a_connection_that_dies_soon_does_not_shorten_the_wait() -> None:
    backoff = Backoff(lambda: 0.5)
    waits(backoff, count=3)
    assert backoff.seconds_after(STEADY_SECONDS - 0.1) == 8
