"""The figures of a worker's forked children, added to their parent's, which is the one that Prometheus asks.

Each child answers its parent over a socket pair made before the fork. Nothing lies on a disk that can be full or a file
that can break, and whatever goes wrong here stays here: the parent then shows what it last heard.
"""

import logging
import socket
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass, field

from app.telemetry.registry import FIGURES, READING
from app.telemetry.samples import Families, added, as_text, families_of, from_text, growing

log = logging.getLogger(__name__)

_ANSWER_SECONDS = 1.0
_QUESTION = b"?"
_MOST_BYTES = 65_536
_LENGTH = struct.Struct("!I")


@dataclass(slots=True)
class _Child:
    """One child, and what it said last; `owes` an answer that did not come in time."""

    ours: socket.socket
    theirs: socket.socket
    owes: bool = False
    was_told: bool = False
    unread: bytearray = field(default_factory=bytearray)
    heard: Families = field(default_factory=dict)


class Children:
    """All children of this process that answer. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._children: list[_Child] = []
        self._prepared: _Child | None = None
        self._ended: Families = {}

    def prepare(self) -> None:
        """Get ready for a child that is about to be forked."""
        with self._lock:
            self._prepared = None
            for each in self._children:
                each.theirs.close()  # so that its end is noticed when the child has ended
            ours, theirs = socket.socketpair()
            ours.settimeout(_ANSWER_SECONDS)
            self._prepared = _Child(ours, theirs)
            self._children.append(self._prepared)

    def begin(self) -> None:
        """In the child: count from nothing, and answer the parent from now on."""
        prepared, self._prepared, self._children, self._ended = self._prepared, None, [], {}
        self._lock = threading.Lock()  # the parent's may have been held while it forked
        if prepared is not None:
            prepared.ours.close()
            threading.Thread(target=_answer, args=(prepared.theirs,), name="figures", daemon=True).start()

    def figures(self) -> Families:
        """Return the sum over all children, those that have ended too; of a silent one what it said last."""
        with self._lock:
            for child in list(self._children):
                self._ask(child)
            return added([self._ended, *(child.heard for child in self._children)])

    def _ask(self, child: _Child) -> None:
        try:
            if child.owes:
                _hear(child)
            child.ours.sendall(_QUESTION)
            child.owes = True
            _hear(child)
        except TimeoutError:
            if not child.was_told:
                child.was_told = True
                log.warning("a child of this worker does not tell its figures in time; its last ones are shown")
        except (OSError, EOFError, ValueError):  # it has ended
            self._ended = added([self._ended, growing(child.heard)])
            self._children.remove(child)
            child.ours.close()
            child.theirs.close()


CHILDREN = Children()


def _hear(child: _Child) -> None:
    while len(child.unread) < _LENGTH.size or len(child.unread) < _LENGTH.size + _LENGTH.unpack_from(child.unread)[0]:
        part = child.ours.recv(_MOST_BYTES)
        if not part:
            raise EOFError
        child.unread += part
    child.heard = from_text(child.unread[_LENGTH.size :].decode())
    child.unread.clear()
    child.owes = child.was_told = False


def _answer(end: socket.socket) -> None:
    with end, suppress(OSError):  # the parent has ended, or has given this child up
        while end.recv(1):
            with READING:
                figures = families_of(FIGURES)
            body = as_text(figures).encode()
            end.sendall(_LENGTH.pack(len(body)) + body)
