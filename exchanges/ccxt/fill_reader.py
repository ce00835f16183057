"""Reads our account's fills, oldest first, from listings that give a window of time at most a page of trades.

A window whose page is full is halved until it is not, or so short that following its cursor holds few trades at once.
CCXT's own paging is not used: at a page's boundary it loses trades of one time.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from app.domain.errors import ExchangeUnavailable
from app.domain.fills import FillPage
from exchanges.ccxt.dialect import TradeLimits
from exchanges.ccxt.messages import Trade
from exchanges.position import LATE_MS, Position

_PAGE_OF_FILLS = 1000
_SHORT_MS = 3_600_000
_AHEAD_MS = 5000
_ROUND = 10
_MOMENT_MS = 4000
"""Below it a round number of trades is what it seems: more calls would show nothing new."""
_MOST_PAGES = 10_000
_MOST_PASSES = 20


@dataclass(frozen=True, slots=True)
class TradePage:
    """One page of our trades in a window; `size` and `cursor` as `exchanges.ccxt.dialect.Listing` has them."""

    trades: Sequence[Trade]
    size: int
    cursor: str


ReadPage = Callable[[int, int, str], TradePage]
"""Asks for the trades from and to a time, both inclusive, after a cursor."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """All trades of a part of the time asked for, and how many answers told of them, at least."""

    trades: Sequence[Trade]
    calls: int


class FillReader:
    """Reads one account's trades; remembers in this process how far there was nothing, so that it is not asked again."""

    def __init__(self, read_page: ReadPage, limits: TradeLimits, now_ms: Callable[[], int]) -> None:
        self._read_page = read_page
        self._limits = limits
        self._now_ms = now_ms
        self._quiet: tuple[Position, int] | None = None

    def read(self, position: Position) -> Iterator[FillPage]:
        """Yield the fills after a position until a reading finds nothing new, or was one answer, which no page can shift in.

        Raises:
            ExchangeUnavailable: new ones were found in each of many readings, or some cannot be read without loss.
        """
        for _ in range(_MOST_PASSES):
            now_ms, found, calls = self._now_ms(), False, 0
            for piece in self._since(self._start(position), now_ms):
                calls += piece.calls
                listed = {trade.trade_id: trade for trade in piece.trades if position.is_new(trade)}
                new = sorted(listed.values(), key=_order)
                for start in range(0, len(new), _PAGE_OF_FILLS):
                    batch = new[start : start + _PAGE_OF_FILLS]
                    position, found = position.after(batch), True
                    yield FillPage(tuple(trade.as_fill() for trade in batch), position.encode())
            if not found or calls == 1:
                self._quiet = (position, now_ms - LATE_MS)
                return
        raise ExchangeUnavailable(
            f"new trades were listed in each of {_MOST_PASSES} readings; the rest comes next time"
        )

    def _start(self, position: Position) -> int:
        # A position only moves with a fill, which may be long ago or never: weeks would be asked for at every poll.
        if self._quiet is not None and self._quiet[0] == position:
            return max(position.from_ms, self._quiet[1])
        return position.from_ms

    def _since(self, start_ms: int, now_ms: int) -> Iterator[_Piece]:
        """Yield all trades from a time on in pieces, of which none is older than one before."""
        grain = self._limits.grain_ms
        # Our idea of its clock may be a little behind, and what was executed a moment ago is wanted now.
        end_ms = now_ms + _AHEAD_MS
        first, last, most = start_ms // grain, end_ms // grain + 1, self._limits.window_ms // grain
        while first <= last:
            until = min(first + most - 3, last)
            yield from self._between(first, until)
            first = until + 1

    def _between(self, first: int, last: int) -> Iterator[_Piece]:
        limits = self._limits
        page = self._page(first, last, "")
        if not page.cursor and not self._may_be_cut(page.size, first, last):
            yield _Piece(page.trades, 1)
        elif limits.has_cursor and (last - first) * limits.grain_ms <= _SHORT_MS:
            yield self._follow(page, first, last)
        elif first < last:
            middle = (first + last) // 2
            yield from self._between(first, middle)
            yield from self._between(middle + 1, last)
        else:
            raise ExchangeUnavailable(
                f"the exchange lists {page.size} or more trades of one moment ({first * limits.grain_ms} ms) and none beyond; "
                "they cannot be read without loss: ask it for a statement"
            )

    def _may_be_cut(self, size: int, first: int, last: int) -> bool:
        # Exchanges cut lists at round numbers, whatever is said of them.
        limits = self._limits
        is_round = limits.is_page_doubted and size > 0 and size % _ROUND == 0
        return size >= limits.full_page or (is_round and (last - first) * limits.grain_ms > _MOMENT_MS)

    def _follow(self, page: TradePage, first: int, last: int) -> _Piece:
        trades, cursors = list(page.trades), set[str]()
        while page.cursor:
            if page.cursor in cursors or len(cursors) > _MOST_PAGES:
                raise ExchangeUnavailable(
                    f"the exchange's pages of trades do not end: cursor {page.cursor[:40]!r} came twice"
                )
            cursors.add(page.cursor)
            page = self._page(first, last, page.cursor)
            trades += page.trades
        return _Piece(trades, len(cursors) + 1)

    def _page(self, first: int, last: int, cursor: str) -> TradePage:
        # Whether a window's ends belong to it is documented by few, so one more is asked for at either end.
        grain = self._limits.grain_ms
        return self._read_page((first - 1) * grain, (last + 2) * grain - 1, cursor)


def _order(trade: Trade) -> tuple[int, int, str]:
    # Where ids are numbers the longer one is the later.
    return trade.time_ms, len(trade.trade_id), trade.trade_id
