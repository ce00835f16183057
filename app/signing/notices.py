"""Tells of what others do, in so few lines that nobody fills the disk by doing it often."""

import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from app.signing.one_line import one_line
from app.signing.peers import Peer

LOG = logging.getLogger(__name__)

PERIOD_SECONDS = 60.0
LINES_PER_PERIOD = 10

_LONGEST_REASON = 300
_MOST_HOSTS = 100
_OTHERS = "others"


@dataclass(slots=True)
class _Kind:
    began_at: float
    level: int
    lines: int = 0
    untold: Counter[str] = field(default_factory=Counter)


class Notices:
    """Logs the first ten of each kind in a minute in full; the others are counted, and told in one line afterwards.

    The kinds are few and the service's own words. All else may be anybody's: it is cut, and control characters in it
    are replaced, so that nobody writes lines of his own into the log. Not safe for threads.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kinds: dict[str, _Kind] = {}

    def warn(self, kind: str, peer: Peer, why: str) -> None:
        """Tell of something that should not be."""
        self._note(logging.WARNING, kind, peer, why)

    def inform(self, kind: str, peer: Peer, why: str) -> None:
        """Tell of something ordinary."""
        self._note(logging.INFO, kind, peer, why)

    def tell_counted(self, *, at_once: bool = False) -> None:
        """Tell what was only counted, of those kinds whose minute is over, or of all."""
        now = self._clock()
        for kind, notes in list(self._kinds.items()):
            if at_once or now - notes.began_at >= PERIOD_SECONDS:
                del self._kinds[kind]
                if notes.untold:
                    LOG.log(notes.level, "%s: %s", kind, _summary(notes.untold, now - notes.began_at))

    def _note(self, level: int, kind: str, peer: Peer, why: str) -> None:
        notes = self._kinds.setdefault(kind, _Kind(self._clock(), level))
        if notes.lines < LINES_PER_PERIOD:
            notes.lines += 1
            LOG.log(level, "%s: %s: %s", kind, peer, one_line(why, _LONGEST_REASON))
        else:
            known = peer.host in notes.untold or len(notes.untold) < _MOST_HOSTS
            notes.untold[peer.host if known else _OTHERS] += 1


def _summary(untold: Counter[str], seconds: float) -> str:
    host, most = untold.most_common(1)[0]
    return f"{untold.total()} more in {seconds:.0f} s, not told singly; most often from {host} ({most})"
