"""Tell everybody who has a page open that the ledger has changed: one reader a process, however many listen."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from app.console.topics import TOPICS, topics_of
from app.domain.errors import MeicError, Unavailable

MOST_LISTENERS = 100
MOST_OF_ONE = 20
"""So that one person's forgotten windows cannot shut out the others."""

POLL_SECONDS = 0.25
FRESH_SECONDS = 3.0
"""A ledger that was last read longer ago than this is as good as unread."""

_MOST_EVENTS = 500
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class News:
    """What the ledger says since the last time.

    Attributes:
        number: of the newest event.
        topics: what the events since then touch; none when there are none.
    """

    number: int
    topics: frozenset[str]


class Listener:
    """One open page. What it has not heard yet is kept as one sum, so that a slow one costs no memory."""

    def __init__(self, name: str, after: int) -> None:
        self.name = name
        self.number = after
        self._topics: set[str] = set()
        self._is_greeted = False
        self._woken = asyncio.Event()

    def hear(self, news: News) -> None:
        """Take in what was read; one who missed something before is told that everything may have changed."""
        is_gap = not self._is_greeted and news.number != self.number
        if is_gap or news.topics or not self._is_greeted:
            self._topics |= set(TOPICS) if is_gap else news.topics
            self._woken.set()
        self._is_greeted = True
        self.number = news.number

    def wake(self) -> None:
        """Have it look around: something ended, or cannot be read."""
        self._woken.set()

    async def topics(self, timeout_seconds: float) -> frozenset[str] | None:
        """Wait, and return what changed, which is nothing when it was only woken; None when the time is over."""
        try:
            await asyncio.wait_for(self._woken.wait(), timeout_seconds)
        except TimeoutError:
            return None
        self._woken.clear()
        touched, self._topics = frozenset(self._topics), set()
        return touched


class Changes:
    """Reads the number of the newest event four times a second while somebody listens, and never else."""

    def __init__(self, newest: Callable[[], int], kinds_after: Callable[[int, int], Iterable[str]]) -> None:
        """Prepare.

        Args:
            newest: returns the number of the newest event; may block.
            kinds_after: returns the kinds of at most so many events after a number; may block.
        """
        self._newest = newest
        self._kinds_after = kinds_after
        self._listeners: set[Listener] = set()
        self._number: int | None = None
        self._read_at: float | None = None
        self._task: asyncio.Task[None] | None = None
        self._was_unread = False

    @property
    def is_fresh(self) -> bool:
        """Whether the ledger could be read within the last seconds."""
        return self._read_at is not None and asyncio.get_running_loop().time() - self._read_at < FRESH_SECONDS

    @property
    def is_reading(self) -> bool:
        """Whether somebody reads the ledger for those who listen; not after a defect, until the next one joins."""
        return self._task is not None and not self._task.done()

    def join(self, name: str, after: int) -> Listener:
        """Listen from now on; `after` is the newest event that the page knows.

        Raises:
            Unavailable: too many listen already.
        """
        of_one = sum(listener.name == name for listener in self._listeners)
        if len(self._listeners) >= MOST_LISTENERS or of_one >= MOST_OF_ONE:
            raise Unavailable(
                f"{len(self._listeners)} pages are kept live already, {of_one} of them {name}'s; expected at most "
                f"{MOST_LISTENERS}, and {MOST_OF_ONE} of one person: close some"
            )
        listener = Listener(name, after)
        self._listeners.add(listener)
        if not self.is_reading:
            self._number, self._read_at = None, None
            self._task = asyncio.get_running_loop().create_task(self._follow(), name="console changes")
        return listener

    def leave(self, listener: Listener) -> None:
        """Listen no more; the last one ends the reading."""
        self._listeners.discard(listener)
        if not self._listeners and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _follow(self) -> None:
        while True:
            try:
                news = await asyncio.to_thread(self._read)
            except (MeicError, SQLAlchemyError) as error:
                self._unread(error)
            else:
                self._tell(news)
            await asyncio.sleep(POLL_SECONDS)

    def _read(self) -> News:
        newest = self._newest()
        if self._number is None or newest == self._number:
            return News(newest, frozenset())
        if not self._number < newest <= self._number + _MOST_EVENTS:
            return News(newest, frozenset(TOPICS))
        return News(newest, topics_of(self._kinds_after(self._number, _MOST_EVENTS)))

    def _tell(self, news: News) -> None:
        self._number = news.number
        self._read_at = asyncio.get_running_loop().time()
        was_unread, self._was_unread = self._was_unread, False
        for listener in self._listeners:
            listener.hear(news)
            if was_unread:
                listener.wake()

    def _unread(self, error: Exception) -> None:
        self._read_at = None
        if not self._was_unread:
            self._was_unread = True
            _log.warning("open pages are not live: the ledger cannot be read: %s", type(error).__name__)
            for listener in self._listeners:
                listener.wake()
