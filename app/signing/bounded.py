"""A websocket that is bounded where the library leaves it to the other side."""

from websockets.asyncio.server import ServerConnection
from websockets.protocol import State

_FAREWELL_SECONDS = 0.5


class BoundedConnection(ServerConnection):
    """Ends soon after this side gave it up, and when the other side asks, or pings, and does not read the answers.

    Attributes:
        is_unread: True once it has ended for the latter.
    """

    is_unread = False
    _is_ending = False

    def data_received(self, data: bytes) -> None:
        """Do what the library does; when that was to give up, hang up soon."""
        super().data_received(data)
        if self.state is State.CLOSING and not self._is_ending:
            # The library waits for the other side to hang up, for ever when it is in `recv`.
            self._is_ending = True
            self.loop.call_later(_FAREWELL_SECONDS, self.transport.abort)

    def pause_writing(self) -> None:
        """Do what the library does when more waits to be read than `write_limit`, and end the connection."""
        super().pause_writing()
        # The library answers each ping at once, whether its answers are read or not.
        self.is_unread = True
        self.transport.abort()
