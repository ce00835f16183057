from hypothesis import given
from hypothesis import strategies as st

from venue.history import Trade
from venue.market_data.candles import DAY_MS, INTERVALS, MINUTE_MS, Candle, Minutes, joined, since
from venue.matching.orders import Order, Side, TimeInForce

START = 20_000 * DAY_MS  # a Wednesday

moves = st.lists(
    st.tuples(st.integers(0, 3 * 60 * MINUTE_MS), st.integers(1, 50), st.integers(1, 9), st.sampled_from(Side)),
    min_size=1,
    max_size=60,
)


def a_tape(moves: list[tuple[int, int, int, Side]]) -> list[Trade]:
    tape, at_ms = [], START
    for number, (pause, price, quantity, side) in enumerate(moves, 1):
        at_ms += pause
        order = Order(number, "ann", "A_B", side, price, quantity, TimeInForce.GTC, at_ms, 0)
        tape.append(Trade(2 * number, order, price, quantity, 0, at_ms))
    return tape


@given(moves, st.sampled_from(sorted(INTERVALS)))
def test_candles_say_of_each_interval_what_its_trades_say(moves: list[tuple[int, int, int, Side]], name: str) -> None:
    tape, interval = a_tape(moves), INTERVALS[name]
    candles = list(joined(Minutes(tape).candles(), interval, start_ms=None, end_ms=tape[-1].at_ms, most=10**6))
    assert [candle.open_ms for candle in candles] == list(
        range(interval.opening(tape[0].at_ms), tape[-1].at_ms + 1, interval.length_ms)
    )
    close = 0
    for candle in candles:
        trades = [trade for trade in tape if 0 <= trade.at_ms - candle.open_ms < interval.length_ms]
        prices = [trade.price for trade in trades] or [close]
        assert (candle.open, candle.high, candle.low, candle.close) == (prices[0], max(prices), min(prices), prices[-1])
        assert candle.quantity == sum(trade.quantity for trade in trades)
        assert candle.cost == sum(trade.quantity * trade.price for trade in trades)
        assert candle.bought == sum(trade.quantity for trade in trades if trade.order.side is Side.BUY)
        assert candle.trades == len(trades)
        assert (candle.first_id, candle.last_id) == ((trades[0].trade_id, trades[-1].trade_id) if trades else (0, 0))
        close = candle.close


@given(moves, st.integers(0, 400), st.integers(1, 20))
def test_a_part_of_the_candles_is_what_all_of_them_show_there(
    moves: list[tuple[int, int, int, Side]], start_minute: int, most: int
) -> None:
    tape, interval = a_tape(moves), INTERVALS["5m"]
    minutes, end = Minutes(tape).candles(), tape[-1].at_ms
    everything = list(joined(minutes, interval, start_ms=None, end_ms=end, most=10**6))
    start = START + start_minute * MINUTE_MS
    later = [candle for candle in everything if candle.open_ms >= start]
    assert list(joined(minutes, interval, start_ms=start, end_ms=end, most=most)) == later[:most]
    assert list(joined(minutes, interval, start_ms=None, end_ms=end, most=most)) == everything[-most:]


def test_weeks_begin_on_mondays_utc() -> None:
    monday = 1_704_067_200_000  # 2024-01-01
    assert INTERVALS["1w"].opening(monday) == monday
    assert INTERVALS["1w"].opening(monday - 1) == monday - 7 * DAY_MS


def test_a_tape_that_grows_is_read_on_from_where_it_was() -> None:
    tape = a_tape([(0, 5, 1, Side.BUY), (MINUTE_MS, 7, 2, Side.SELL)])
    minutes = Minutes(tape)
    assert len(minutes.candles()) == 2
    tape.append(Trade(9, tape[-1].order, 3, 1, 0, tape[-1].at_ms))
    assert (minutes.candles()[-1].close, minutes.candles()[-1].quantity) == (3, 3)


def test_before_the_first_trade_there_are_no_candles() -> None:
    assert list(joined([], INTERVALS["1m"], start_ms=None, end_ms=START, most=5)) == []
    assert since([], START) is None


def test_what_happened_since_a_time_is_one_candle_from_its_minute_on() -> None:
    tape = a_tape([(0, 5, 1, Side.BUY), (DAY_MS, 7, 2, Side.SELL), (MINUTE_MS, 6, 1, Side.BUY)])
    day = since(Minutes(tape).candles(), START + DAY_MS)
    assert day == Candle(START + DAY_MS, 7, 7, 6, 6, 3, 20, 2, 1, 6, 4, 6)
