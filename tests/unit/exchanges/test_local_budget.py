import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import BudgetSpent, InvalidInput
from exchanges.call_budget import Counted, Window
from exchanges.ccxt.known import dialect_of
from exchanges.local_budget import LONGEST_WAIT_SECONDS, LocalBudget


class Stopwatch:
    """A clock that moves when somebody waits."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.now += seconds


class Taken:
    """The obviously right model: every call that was allowed, by the stopwatch."""

    def __init__(self) -> None:
        self.calls: list[tuple[float, int]] = []

    def within(self, end: float, seconds: float) -> int:
        return sum(cost for at, cost in self.calls if end - seconds < at <= end)


def budget_of(*windows: Window) -> tuple[LocalBudget, Stopwatch]:
    watch = Stopwatch()
    return LocalBudget(windows, monotonic=watch, pause=watch.pause), watch


def refused_for(take: Callable[[], None]) -> float:
    """Return for how many seconds it is refused, 0 for one that was not."""
    try:
        take()
    except BudgetSpent as refused:
        return refused.retry_after_seconds
    return 0.0


def is_allowed(take: Callable[[], None]) -> bool:
    return not refused_for(take)


steps = st.lists(st.tuples(st.floats(0, 20), st.integers(1, 8), st.booleans()), min_size=1, max_size=60)


@given(st.integers(1, 30), st.sampled_from([0.5, 10.0, 60.0]), st.sampled_from([0.0, 0.2, 0.5]), steps)
def test_no_window_of_time_ever_holds_more_than_the_limit(
    limit: int, seconds: float, reserved: float, calls: list[tuple[float, int, bool]]
) -> None:
    window = Window(limit, seconds, reserved=reserved)
    budget, watch = budget_of(window)
    taken, ordinary = Taken(), Taken()
    for pause, weight, is_urgent in calls:
        watch.pause(pause * seconds / 10)
        cost = min(weight, window.ordinary_limit)
        if not is_allowed(lambda cost=cost, is_urgent=is_urgent: budget.take(cost, is_urgent=is_urgent)):  # type: ignore[misc]
            continue
        taken.calls.append((watch.now, cost))
        if not is_urgent:
            ordinary.calls.append((watch.now, cost))
            assert taken.within(watch.now, seconds) <= window.ordinary_limit
        assert taken.within(watch.now, seconds) <= limit


@given(st.integers(1, 30), st.sampled_from([0.5, 10.0, 60.0]), steps)
def test_what_is_refused_would_truly_be_too_much_give_or_take_a_slice_and_is_allowed_when_it_says(
    limit: int, seconds: float, calls: list[tuple[float, int, bool]]
) -> None:
    window = Window(limit, seconds)
    budget, watch = budget_of(window)
    taken = Taken()
    for pause, weight, is_urgent in calls:
        watch.pause(pause * seconds / 10)
        cost = min(weight, window.ordinary_limit)
        wait = refused_for(lambda cost=cost, is_urgent=is_urgent: budget.take(cost, is_urgent=is_urgent))  # type: ignore[misc]
        if wait:
            used = taken.within(watch.now, seconds * 1.06)
            assert used + cost > window.limit_for(is_urgent=is_urgent)
            assert LONGEST_WAIT_SECONDS < wait <= seconds * 1.06
            watch.pause(wait + 2e-6)
            budget.take(cost, is_urgent=is_urgent)
        taken.calls.append((watch.now, cost))


def test_a_short_wait_is_waited_for_and_a_long_one_is_told() -> None:
    budget, watch = budget_of(Window(1, 0.5, reserved=0))
    budget.take()
    budget.take()
    assert 0.5 <= watch.now - 1_000 <= 1.0
    budget, watch = budget_of(Window(1, 30, reserved=0))
    budget.take()
    with pytest.raises(BudgetSpent, match=r"at most 1 weight in 30 seconds; not called, again in 3\d\.\d s"):
        budget.take()
    assert watch.now == 1_000


def test_the_last_fifth_is_for_urgent_calls() -> None:
    budget, _ = budget_of(Window(10, 60))
    for _ in range(8):
        budget.take()
    assert not is_allowed(budget.take)
    budget.take(is_urgent=True)
    budget.take(is_urgent=True)
    assert not is_allowed(lambda: budget.take(is_urgent=True))


def test_every_window_is_kept_and_what_one_refuses_costs_nothing_in_the_others() -> None:
    minute, orders = Window(100, 60, reserved=0), Window(2, 10, Counted.ORDERS, reserved=0)
    budget, watch = budget_of(minute, orders)
    budget.take(orders=1)
    budget.take(orders=1)
    assert not is_allowed(lambda: budget.take(orders=1))
    budget.take()
    assert budget.used() == {minute: 3, orders: 2}
    watch.pause(11)
    budget.take(orders=1)
    assert budget.used() == {minute: 4, orders: 1}


def test_a_call_that_costs_more_than_there_ever_is_waits_for_an_unused_window_and_passes() -> None:
    budget, watch = budget_of(Window(10, 60))
    budget.take(50)
    assert not is_allowed(lambda: budget.take(50))
    watch.pause(64)
    budget.take(50)


def test_what_others_used_of_the_account_counts_too() -> None:
    minute = Window(100, 60)
    budget, _ = budget_of(minute)
    budget.take(10)
    budget.told_used(70)
    assert budget.used() == {minute: 70}
    budget.told_used(5)
    assert budget.used() == {minute: 70}
    assert not is_allowed(lambda: budget.take(11))
    budget.take(10)


def test_a_stop_holds_urgent_calls_too_and_a_routes_stop_only_that_route() -> None:
    budget, watch = budget_of()
    budget.stop_for(30, route="orders")
    budget.take(route="trades")
    with pytest.raises(BudgetSpent, match="the exchange asked for fewer calls"):
        budget.take(route="orders", is_urgent=True)
    budget.stop_for(5)
    assert not is_allowed(lambda: budget.take(route="trades", is_urgent=True))
    watch.pause(5.1)
    budget.take(route="trades")
    assert not is_allowed(lambda: budget.take(route="orders"))
    budget.stop_for(1, route="orders")
    watch.pause(10)
    assert not is_allowed(lambda: budget.take(route="orders")), "a shorter stop does not end a longer one"


def test_new_rules_are_kept_from_then_on() -> None:
    budget, _ = budget_of()
    for _ in range(50):
        budget.take()
    budget.follow([Window(2, 60, reserved=0)])
    budget.take()
    budget.take()
    assert not is_allowed(budget.take)


def test_threads_together_take_no_more_than_there_is() -> None:
    watch = Stopwatch()
    budget = LocalBudget([Window(100, 60, reserved=0)], monotonic=watch, pause=watch.pause)
    start = threading.Barrier(8)

    def take_many(_: int) -> int:
        start.wait()
        return sum(is_allowed(budget.take) for _ in range(50))

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(take_many, range(8))) == 100


@pytest.mark.parametrize(("limit", "seconds", "reserved"), [(0, 1, 0), (1, 0, 0), (1, float("nan"), 0), (1, 1, 1.0)])
def test_a_window_that_no_call_could_keep_is_refused(limit: int, seconds: float, reserved: float) -> None:
    with pytest.raises(InvalidInput, match="expected a limit and seconds above 0"):
        Window(limit, seconds, reserved=reserved)


def test_a_minute_at_binance_is_spent_evenly_so_that_a_burst_leaves_nobody_without() -> None:
    budget, watch = budget_of(*dialect_of("binance").windows)
    start, calls = watch.now, 0
    while watch.now < start + 180:
        budget.take(20)  # a reading of our trades: it waits a little, and is never refused
        budget.take(4, is_urgent=True)
        calls += 1
    assert calls * 24 > 180 * 50


def test_a_clock_that_counts_in_microseconds_gets_past_what_is_less_than_one() -> None:
    watch, pauses = Stopwatch(), list[float]()

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        assert len(pauses) < 10, "it waits for ever"
        watch.pause(int(seconds * 1_000_000) / 1_000_000)

    budget = LocalBudget(monotonic=watch, pause=pause)
    budget.stop_for(2.0000004)
    budget.take()
    assert 2 < sum(pauses) < 2.002
