from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidInput
from exchanges.bitmart.messages import Trade
from exchanges.position import LATE_MS, Position


def trade(trade_id: int, time_ms: int) -> Trade:
    return Trade(str(trade_id), "1", 10**11, 10**8, "0", time_ms, "{}")


@given(st.integers(0, 10**13), st.dictionaries(st.text(min_size=1), st.integers(0, 10**13)))
def test_a_position_survives_its_text(from_ms: int, seen: dict[str, int]) -> None:
    position = Position(from_ms, seen)
    assert Position.decode(position.encode()) == position


@pytest.mark.parametrize("text", ["", "17", "[]", "{}", '{"from": 1, "seen": []}', '{"from": "x", "seen": {}}'])
def test_another_exchanges_position_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="is none of this exchange's"):
        Position.decode(text)


def test_reading_starts_a_little_before_the_given_time() -> None:
    assert Position.at(datetime(1970, 1, 1, 0, 1, tzinfo=UTC)) == Position(55_000)


def test_a_trade_of_the_same_time_as_a_known_one_is_new() -> None:
    position = Position(0).after([trade(5, 1000)])
    assert not position.is_new(trade(5, 1000))
    assert position.is_new(trade(4, 1000))


def test_a_trade_that_appears_late_is_new() -> None:
    position = Position(0).after([trade(5, LATE_MS * 3)])
    assert position.is_new(trade(4, LATE_MS * 2))
    assert not position.is_new(trade(3, LATE_MS * 2 - 1))


def test_in_a_rush_the_position_stays_small_and_forgets_no_trade_of_the_newest_time() -> None:
    rush = [trade(n, n) for n in range(5000)]
    position = Position(0).after(rush)
    assert len(position.seen) <= 1000
    assert not any(map(position.is_new, rush))
    tied = [trade(n, 7) for n in range(5000)]
    assert not any(map(Position(0).after(tied).is_new, tied))


@given(
    st.lists(st.integers(0, LATE_MS * 4), min_size=1, max_size=30).map(sorted),
    st.integers(1, 10),
)
def test_after_any_batches_nothing_read_is_new_and_everything_to_come_is(times: list[int], size: int) -> None:
    trades = [trade(number, time) for number, time in enumerate(times)]
    position = Position(0)
    for start in range(0, len(trades), size):
        assert all(position.is_new(each) for each in trades[start:])
        position = position.after(trades[start : start + size])
        assert not any(position.is_new(each) for each in trades[: start + size])
