"""How many connections there may be, and who has to go when more come.

A place is taken from the moment a connection is accepted, before TLS, before its first byte. Who has proven to be one of
the clients keeps his place; the others have a number of places of their own, and whoever comes when these are full takes
the place of one of them. So a flood of connections, silent or slow, keeps nobody out: it drives out its own.
"""

import gc
import secrets
import socket
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from app.signing.notices import Notices
from app.signing.peers import Peer

_LEFT_BEHIND = 32
"""Connections that may have closed before what they leave behind is collected."""

TURNED_AWAY = "turned away a connection"


@dataclass(slots=True)
class _Place:
    accepted: socket.socket
    is_proven: bool = False
    is_sent_away: bool = False
    is_told: bool = False

    @property
    def is_waiting(self) -> bool:
        return not self.is_proven and not self.is_sent_away


class Gate:
    """Knows every open connection.

    There are never more than `max_proven` and twice `max_unproven` open at once: those that were sent away may need a
    moment to close.
    """

    def __init__(self, *, max_proven: int, max_unproven: int, notices: Notices) -> None:
        self._max_proven = max_proven
        self._max_unproven = max_unproven
        self._notices = notices
        self._places: dict[Peer, _Place] = {}
        self._closed = 0

    def enter(self, accepted: socket.socket, peer: Peer) -> bool:
        """Give a new connection a place; False when it must be closed at once."""
        self.sweep()
        waiting = [other for other, place in self._places.items() if place.is_waiting]
        if len(waiting) >= self._max_unproven:
            if sum(place.is_sent_away for place in self._places.values()) >= self._max_unproven:
                self._notices.warn(TURNED_AWAY, peer, "too many others are just being sent away")
                return False
            self._send_away(_one_too_many(waiting))
        self._places[peer] = _Place(accepted)
        return True

    def prove(self, peer: Peer) -> bool:
        """Note that a connection is a client's; False when there are too many of them."""
        place = self._places.get(peer)
        if place is None or sum(other.is_proven for other in self._places.values()) >= self._max_proven:
            return False
        place.is_proven = True
        return True

    def has_proven(self, peer: Peer) -> bool:
        """Return whether a connection is a client's."""
        place = self._places.get(peer)
        return place is not None and place.is_proven

    def turn_away(self, peer: Peer, why: str) -> None:
        """Tell why a connection is being closed."""
        place = self._places.get(peer)
        if place is None or not place.is_told:
            self._notices.warn(TURNED_AWAY, peer, why)
        if place:
            place.is_told = True

    def sweep(self) -> None:
        """Forget the connections that have closed, and tell of those that ended before they had said who they are."""
        for peer, place in list(self._places.items()):
            # A socket that is closed has no number any more.
            if place.accepted.fileno() < 0:
                del self._places[peer]
                self._closed += 1
                if not place.is_proven and not place.is_told:
                    self._notices.warn(TURNED_AWAY, peer, "it ended, or was too slow, before it had proven who it is")

        if self._closed >= _LEFT_BEHIND:
            # A closed connection refers to itself and to 256 KiB of TLS, and the collector counts objects, not bytes: in
            # a flood hundreds of mebibytes would wait for it.
            self._closed = 0
            gc.collect()

    def _send_away(self, peer: Peer) -> None:
        place = self._places[peer]
        self.turn_away(peer, f"{self._max_unproven} connections wait to prove who they are, and another came")
        place.is_sent_away = True
        try:
            # Ends it for both sides, at whatever stage it is; who serves it then closes it.
            place.accepted.shutdown(socket.SHUT_RDWR)
        except OSError:
            # It has ended by itself; the next sweep forgets it.
            return


def _one_too_many(waiting: Sequence[Peer]) -> Peer:
    """Choose who goes: any one of those who come from where most come from.

    Not the one that has waited longest: a flood would then drive out whoever is slower than it, every time. By chance
    each attempt has its own, so that trying again helps even from an address that a flood comes from too.
    """
    sites = Counter(peer.site for peer in waiting)
    busiest, _ = sites.most_common(1)[0]
    return secrets.choice([peer for peer in waiting if peer.site == busiest])
