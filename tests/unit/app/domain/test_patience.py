from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.alerts import AlertKey, Finding, Rule, Severity
from app.domain.patience import Since, judge

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
KEY = AlertKey(Rule.EXCHANGE_DOWN, "north")
WRONG, RIGHT, UNKNOWN = "wrong", "right", "unknown"

Look = tuple[float, str]
"""How many seconds after the look before, and what it saw."""

looks = st.lists(
    st.tuples(st.sampled_from([0.0, 1.0, 5.0, 30.0, 100.0]), st.sampled_from([WRONG, RIGHT, UNKNOWN])), max_size=30
)
seconds = st.sampled_from([0.0, 5.0, 30.0, 60.0])


def finding(hold_seconds: float) -> Finding:
    return Finding(Rule.EXCHANGE_DOWN, "north", Severity.CRITICAL, "down", "mend it", hold_seconds)


def changes(seen: Sequence[Look], hold_seconds: float, calm_seconds: float) -> list[tuple[int, str]]:
    """Every raise and resolve, with the number of the look that brought it."""
    since: Since = {}
    lasting: set[AlertKey] = set()
    found: list[tuple[int, str]] = []
    now = BEGIN
    for number, (later, state) in enumerate(seen):
        now += timedelta(seconds=later)
        wrong = [finding(hold_seconds)] if state == WRONG else []
        unknown = {KEY} if state == UNKNOWN else set()
        verdict = judge(wrong, lasting, since, now, calm_seconds=calm_seconds, is_unknown=unknown.__contains__)
        since = verdict.since
        found += [(number, "raised") for _ in verdict.raised] + [(number, "resolved") for _ in verdict.resolved]
        lasting = (lasting | {each.key for each, _ in verdict.raised}) - set(verdict.resolved)
    return found


def stretch(seen: Sequence[Look], until: int, allowed: set[str], beginning: str, after: int) -> float:
    """For how long, up to a look, all looks after another one saw something allowed, counted from the first `beginning`."""
    first = until
    for number in range(until, after, -1):
        if seen[number][1] not in allowed:
            break
        if seen[number][1] == beginning:
            first = number
    return sum(later for later, _ in seen[first + 1 : until + 1])


@given(looks, seconds, seconds)
def test_raised_and_resolved_take_turns_beginning_with_raised(seen: list[Look], hold: float, calm: float) -> None:
    kinds = [kind for _, kind in changes(seen, hold, calm)]
    assert kinds == ["raised", "resolved"] * (len(kinds) // 2) + ["raised"] * (len(kinds) % 2)


@given(looks, seconds, seconds)
def test_what_is_raised_was_wrong_at_every_look_that_saw_it_for_long_enough(
    seen: list[Look], hold: float, calm: float
) -> None:
    for number, kind in changes(seen, hold, calm):
        if kind == "raised":
            assert seen[number][1] == WRONG
            assert stretch(seen, number, {WRONG, UNKNOWN}, WRONG, -1) >= hold


@given(looks, seconds, seconds)
def test_what_is_resolved_was_seen_to_be_right_at_every_look_for_long_enough(
    seen: list[Look], hold: float, calm: float
) -> None:
    for number, kind in changes(seen, hold, calm):
        if kind == "resolved":
            assert stretch(seen, number, {RIGHT}, RIGHT, -1) >= calm
            assert seen[number][1] == RIGHT


@given(looks, seconds, seconds)
def test_nothing_that_has_to_be_told_is_left_out(seen: list[Look], hold: float, calm: float) -> None:
    found = changes(seen, hold, calm)
    for number in range(len(seen)):
        before = [each for each in found if each[0] < number]
        is_lasting = bool(before) and before[-1][1] == "raised"
        last = before[-1][0] if before else -1
        if seen[number][1] == WRONG and not is_lasting and stretch(seen, number, {WRONG, UNKNOWN}, WRONG, last) >= hold:
            assert (number, "raised") in found
        if seen[number][1] == RIGHT and is_lasting and stretch(seen, number, {RIGHT}, RIGHT, last) >= calm:
            assert (number, "resolved") in found


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ([(0, WRONG), (29, WRONG)], []),
        ([(0, WRONG), (30, WRONG)], [(1, "raised")]),
        ([(0, WRONG), (29, WRONG), (1, RIGHT), (1, WRONG), (29, WRONG)], []),
        ([(0, WRONG), (20, UNKNOWN), (20, UNKNOWN), (1, WRONG)], [(3, "raised")]),
        ([(0, WRONG), (30, WRONG), (10, RIGHT), (59, RIGHT), (1, WRONG)], [(1, "raised")]),
        ([(0, WRONG), (30, WRONG), (10, RIGHT), (60, RIGHT)], [(1, "raised"), (3, "resolved")]),
        ([(0, WRONG), (30, WRONG), (10, RIGHT), (30, UNKNOWN), (30, RIGHT)], [(1, "raised")]),
    ],
)
def test_it_takes_thirty_seconds_to_be_raised_and_sixty_to_be_over(
    seen: list[Look], expected: list[tuple[int, str]]
) -> None:
    assert changes(seen, 30.0, 60.0) == expected


def test_a_clock_that_was_set_back_delays_nothing_for_longer_than_it_takes() -> None:
    ahead = {KEY: BEGIN + timedelta(hours=5)}
    first = judge([finding(30.0)], (), ahead, BEGIN, calm_seconds=60.0, is_unknown=lambda _: False)
    assert not first.raised
    later = BEGIN + timedelta(seconds=30)
    second = judge([finding(30.0)], (), first.since, later, calm_seconds=60.0, is_unknown=lambda _: False)
    assert second.raised == ((finding(30.0), BEGIN),)
