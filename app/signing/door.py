"""Listening sockets that let the gate see each connection before anything else does."""

import contextlib
import errno
import os
import socket
from typing import Any

from app.signing.gate import Gate
from app.signing.peers import Peer

_QUEUE = 1_024
_MOST_AT_ONCE = 16


class Door(socket.socket):
    """A listening socket; a connection for which there is no place never leaves it."""

    def __init__(self, family: int, gate: Gate) -> None:
        super().__init__(family, socket.SOCK_STREAM)
        self._gate = gate

    def listen(self, backlog: int = 0, /) -> None:
        """Listen with a queue of our own length.

        The event loop's own is as long as what it accepts at a time; a flood fills that faster than it is emptied, and a
        client whose first packet finds it full is silent for a second, then for two, for four.
        """
        super().listen(max(backlog, _QUEUE))

    def accept(self) -> tuple[socket.socket, Any]:
        """Accept the next connection for which there is a place.

        Raises:
            BlockingIOError: there is none, or many had to be turned away; the event loop comes back.
        """
        for _ in range(_MOST_AT_ONCE):
            accepted, address = super().accept()
            if self._gate.enter(accepted, Peer.of(address)):
                return accepted, address
            accepted.close()
        raise BlockingIOError


def open_doors(host: str, port: int, gate: Gate) -> list[Door]:
    """Return a door for each address of the host that this machine has, all on one port; port 0 takes any free one.

    Raises:
        OSError: the name is unknown, the port is taken, or none of its addresses is this machine's.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    with contextlib.ExitStack() as opened:
        doors: list[Door] = []
        for family, _, _, _, address in dict.fromkeys(found):
            door = opened.enter_context(Door(family, gate))
            try:
                _bind(door, (address[0], port, *address[2:]))
            except OSError as error:
                # "localhost" names ::1 too where there is no IPv6.
                if error.errno != errno.EADDRNOTAVAIL:
                    raise
                door.close()
                continue
            port = door.getsockname()[1]
            doors.append(door)
        if not doors:
            raise OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
        opened.pop_all()
        return doors


def _bind(door: Door, address: tuple[Any, ...]) -> None:
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if door.family == socket.AF_INET6:
        door.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    door.bind(address)
