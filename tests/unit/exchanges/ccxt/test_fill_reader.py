"""What no reading may lose, whatever rules an exchange lists trades by."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from time import time_ns

import pytest

from app.domain.errors import ExchangeUnavailable
from app.domain.fills import Fill, Side
from exchanges.ccxt import fill_reader
from exchanges.ccxt.dialect import TradeLimits
from exchanges.ccxt.fill_reader import FillReader, TradePage
from exchanges.ccxt.general import general_dialect
from exchanges.ccxt.known import dialect_of, known_ids
from exchanges.ccxt.messages import Trade
from exchanges.position import LATE_MS, Position

HISTORIES = 10_000
START = 1_700_000_000_000
HOUR = 3_600_000


def trade(number: int, time_ms: int) -> Trade:
    return Trade(f"{number}:1", "1", Side.SELL, 10**11, 10**8, "0", time_ms, "{}")


@dataclass
class Rules:
    """How an exchange pages, its page cut down so that a few trades fill many."""

    limits: TradeLimits
    newest_first: bool
    cursor: str
    start_is_exclusive: bool
    end_is_exclusive: bool


RULES = {
    "binance": ("", False),
    "bitget": ("id", True),
    "bybit": ("id", True),
    "gate": ("offset", True),
    "okx": ("id", True),
    "kucoin": ("id", True),
    "kraken": ("offset", True),
    "coinbase": ("id", True),
}


# Seconds, because nobody knows; whether pages are oldest first is as unknown.
UNTESTED = "an untested one"


def limits_of(exchange_id: str) -> TradeLimits:
    return general_dialect("binance").limits if exchange_id == UNTESTED else dialect_of(exchange_id).limits


class History:
    """An account's trades on an exchange: some arrive, and some are listed late, while they are read."""

    def __init__(self, rules: Rules, dice: random.Random) -> None:
        self.rules = rules
        self.dice = dice
        self.listed: list[Trade] = []
        self.waiting: list[Trade] = []
        self.now = START
        self.is_quiet = False
        self._number = 0

    def happen(self, count: int, *, late: bool) -> None:
        for _ in range(count):
            if self.dice.random() < 0.6:  # many share a time
                self.now += self.dice.choice((0, 1, 7, 1000, 61_000, HOUR, 9 * HOUR))
            self.list_the_late()
            self._number += 1
            new = trade(self._number, self.now)
            self.listed.append(new)
            if late and self.dice.random() < 0.1:
                self.listed.remove(new)
                self.waiting.append(new)

    def list_the_late(self) -> None:
        for each in list(self.waiting):
            # None is missing when newer ones by more than the promised while are listed.
            if self.dice.random() < 0.3 or self.now - each.time_ms > LATE_MS:
                self.waiting.remove(each)
                self.listed.append(each)

    def page(self, start_ms: int, end_ms: int, cursor: str) -> TradePage:
        rules, limits = self.rules, self.rules.limits
        assert end_ms - start_ms <= limits.window_ms, "the exchange refuses so long a window"
        if self.dice.random() < 0.1 and not self.is_quiet:
            self.happen(1, late=False)
        first = start_ms // limits.grain_ms + rules.start_is_exclusive
        last = end_ms // limits.grain_ms - rules.end_is_exclusive
        inside = [each for each in self.listed if first <= each.time_ms // limits.grain_ms <= last]
        inside.sort(key=lambda each: (each.time_ms, int(each.trade_id[:-2])), reverse=rules.newest_first)
        if cursor and rules.cursor == "offset":
            inside = inside[int(cursor) :]
        elif cursor:
            asked = next(each for each in self.listed if each.trade_id == cursor)
            inside = inside[inside.index(asked) + 1 :]
        rows = inside[: limits.full_page]
        return TradePage(rows, len(rows), self._cursor(rows, cursor))

    def _cursor(self, rows: Sequence[Trade], cursor: str) -> str:
        if not self.rules.cursor or len(rows) < self.rules.limits.full_page:
            return ""
        return str(int(cursor or 0) + len(rows)) if self.rules.cursor == "offset" else rows[-1].trade_id


def history(exchange_id: str, dice: random.Random) -> History:
    cursor, newest_first = RULES.get(exchange_id, ("", False))
    limits = limits_of(exchange_id)
    # Where nothing follows a page, more trades of one moment than it holds cannot be read.
    page = dice.randint(3, 8) if cursor else 60
    limits = replace(limits, full_page=page, window_ms=min(limits.window_ms, dice.choice((5, 30)) * HOUR))
    if not cursor:
        newest_first = dice.random() < 0.5  # not documented
    return History(Rules(limits, newest_first, cursor, dice.random() < 0.5, dice.random() < 0.5), dice)


def pages_of(reader: FillReader, position: Position) -> Iterator[tuple[Sequence[Fill], Position]]:
    for page in reader.read(position):
        yield page.fills, Position.decode(page.position)


def test_rules_are_known_of_every_exchange() -> None:
    assert set(RULES) == set(known_ids())
    assert {each for each in RULES if not dialect_of(each).limits.has_cursor} == {"binance"}


def test_ten_thousand_histories_lose_nothing_and_double_nothing() -> None:
    seed = time_ns()
    for number in range(HISTORIES):
        exchange_id = (*RULES, UNTESTED)[number % (len(RULES) + 1)]
        dice = random.Random(f"{seed} {number}")  # noqa: S311  a seed to repeat it by
        one = history(exchange_id, dice)
        one.happen(dice.randint(0, 25), late=True)
        position, found = Position(START - 5000), list[str]()
        for _ in range(dice.randint(1, 3)):
            # Sometimes a new process goes on, which remembers nothing.
            reader = FillReader(one.page, one.rules.limits, lambda one=one: one.now)  # type: ignore[misc]
            for _ in range(dice.randint(1, 2)):
                for fills, after in pages_of(reader, position):
                    found += [fill.fill_id for fill in fills]
                    position = after
                    if dice.random() < 0.2:
                        break  # the process died between two pages
                one.list_the_late()
                one.happen(dice.randint(0, 5), late=False)
        one.is_quiet = True
        while one.waiting:
            one.list_the_late()
        reader = FillReader(one.page, one.rules.limits, lambda one=one: one.now)  # type: ignore[misc]
        found += [fill.fill_id for fills, _ in pages_of(reader, position) for fill in fills]
        what = f"seed {seed}, history {number} of {exchange_id}"
        assert sorted(found) == sorted(each.trade_id for each in one.listed), what


@pytest.mark.parametrize("short_ms", [0, 4])
def test_windows_and_halves_that_meet_leave_nothing_between_them(
    monkeypatch: pytest.MonkeyPatch, short_ms: int
) -> None:
    # A trade in every millisecond or two, and windows of a few: each end of each is hit.
    monkeypatch.setattr(fill_reader, "_SHORT_MS", short_ms)
    monkeypatch.setattr(fill_reader, "_AHEAD_MS", 5)
    for seed in range(200):
        one = history("okx", random.Random(seed))  # noqa: S311
        one.is_quiet = True
        one.rules.limits = replace(one.rules.limits, window_ms=12)
        one.listed = [trade(number, START + number) for number in range(0, 60, 1 + seed % 2)]
        reader = FillReader(one.page, one.rules.limits, lambda: START + 60)
        found = [fill.fill_id for page in reader.read(Position(START)) for fill in page.fills]
        assert found == [each.trade_id for each in one.listed], f"seed {seed}"


def test_a_reading_is_oldest_first_and_a_page_holds_at_most_a_thousand() -> None:
    one = history("okx", random.Random(1))  # noqa: S311
    one.is_quiet = True
    one.listed = [trade(number, START + number // 30) for number in range(1500)]
    reader = FillReader(one.page, one.rules.limits, lambda: START + 1000)
    pages = list(reader.read(Position(START)))
    assert [len(page.fills) for page in pages] == [1000, 500]
    times = [fill.executed_at for page in pages for fill in page.fills]
    assert times == sorted(times)


def test_more_trades_of_one_moment_than_a_page_without_cursor_holds_are_told_and_not_lost() -> None:
    one = history("binance", random.Random(1))  # noqa: S311
    one.is_quiet = True
    one.listed = [trade(number, START) for number in range(61)]
    with pytest.raises(ExchangeUnavailable, match="cannot be read without loss"):
        list(FillReader(one.page, one.rules.limits, lambda: START).read(Position(START)))


@pytest.mark.parametrize("cut_at", [10, 20, 50, 100])
@pytest.mark.parametrize("newest_first", [False, True])
def test_a_page_that_is_shorter_than_declared_loses_nothing_as_it_is_cut_at_a_round_number(
    cut_at: int, newest_first: bool
) -> None:
    one = history(UNTESTED, random.Random(1))  # noqa: S311
    one.is_quiet = True
    one.rules.newest_first = newest_first
    one.listed = [trade(number, START + number * 1000) for number in range(1000)]
    declared = replace(one.rules.limits, full_page=1000)
    one.rules.limits = replace(one.rules.limits, full_page=cut_at)
    reader = FillReader(one.page, declared, lambda: START + 2_000_000)
    found = [fill.fill_id for page in reader.read(Position(START)) for fill in page.fills]
    assert sorted(found) == sorted(each.trade_id for each in one.listed)


def test_a_round_number_of_trades_of_one_moment_is_believed() -> None:
    one = history(UNTESTED, random.Random(1))  # noqa: S311
    one.is_quiet = True
    one.listed = [trade(number, START) for number in range(20)]
    reader = FillReader(one.page, one.rules.limits, lambda: START)
    assert sum(len(page.fills) for page in reader.read(Position(START))) == 20


def test_pages_that_never_end_are_told() -> None:
    limits = dialect_of("okx").limits
    reader = FillReader(lambda *_: TradePage([], limits.full_page, "again"), limits, lambda: START)
    with pytest.raises(ExchangeUnavailable, match="do not end"):
        list(reader.read(Position(START)))


@pytest.mark.parametrize(("trades", "calls"), [(0, 1), (1, 1), (59, 1), (60, 30)])
def test_what_one_answer_tells_is_asked_for_once(trades: int, calls: int) -> None:
    # At Binance a reading costs a three-hundredth of the minute's weight.
    one = history("binance", random.Random(1))  # noqa: S311
    one.is_quiet = True
    one.listed = [trade(number, START + number) for number in range(trades)]
    asked = list[int]()

    def page(start_ms: int, end_ms: int, cursor: str) -> TradePage:
        asked.append(start_ms)
        return one.page(start_ms, end_ms, cursor)

    reader = FillReader(page, one.rules.limits, lambda: START + 60)
    assert sum(len(page.fills) for page in reader.read(Position(START))) == trades
    assert len(asked) == calls
