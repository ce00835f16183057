"""What other processes say of themselves in Valkey: how streams are, and what is left of the limits of calls.

Nothing but people's eyes depends on it: without an answer within a second, pages say that nobody knows.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic

from app.domain.errors import Unavailable
from app.settings.settings import Settings
from app.watching.board import StreamBoard, result_url
from app.watching.stream_state import StreamState
from exchanges import registry
from exchanges.usage import Usages, read_usages

ANSWER_SECONDS = 0.5
"""For each of the two questions."""

_AWAY_SECONDS = 5.0
"""After no answer nobody asks for so long: not every page may wait for it again."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known beside the ledger.

    Attributes:
        streams: by exchange; one that may have a stream and is not in here is not watched.
        may_stream: the exchanges that may have one.
        usages: what is used of each exchange's limits, by exchange.
        problem: why nothing is known; "" when it is.
    """

    may_stream: frozenset[str]
    streams: Mapping[str, StreamState] = field(default_factory=dict)
    usages: Mapping[str, Usages] = field(default_factory=dict)
    problem: str = ""


class Horizon:
    """Looks around, and leaves Valkey alone for a while when it does not answer. Safe for threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._away_until = 0.0

    def look(self) -> Surroundings:
        """Return what is known now; within about a second."""
        exchanges = self._settings.enabled_exchanges()
        streaming = frozenset(
            name for name, each in exchanges.items() if each.stream and registry.may_stream(each.driver)
        )
        with self._lock:
            is_away = monotonic() < self._away_until
        if is_away:
            return Surroundings(streaming, problem=_UNKNOWN)
        try:
            return self._read(streaming, sorted(exchanges))
        except Unavailable:
            with self._lock:
                self._away_until = monotonic() + _AWAY_SECONDS
            return Surroundings(streaming, problem=_UNKNOWN)

    def _read(self, streaming: frozenset[str], names: Sequence[str]) -> Surroundings:
        url = result_url(self._settings)
        board = StreamBoard(url, answer_seconds=ANSWER_SECONDS)
        try:
            streams = board.read(sorted(streaming))
        finally:
            board.close()
        return Surroundings(streaming, streams, read_usages(url, names, answer_seconds=ANSWER_SECONDS))


_UNKNOWN = "Streams and limits are not known: Valkey does not answer"
