"""websocket-client reads frames of any length into memory; here is where that ends."""

from typing import Any

import websocket
from websocket import WebSocketProtocolException

from app.signing.frames import MAX_FRAME_BYTES


class _LimitedFrames(websocket.frame_buffer):
    def recv_length(self) -> None:
        super().recv_length()
        if self.length is not None and self.length > MAX_FRAME_BYTES:
            raise WebSocketProtocolException(f"a frame of {self.length} bytes; expected at most {MAX_FRAME_BYTES}")


class LimitedWebSocket(websocket.WebSocket):
    """A websocket that refuses frames above the protocol's limit before it reads them."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.frame_buffer = _LimitedFrames(self._recv, skip_utf8_validation=False)
