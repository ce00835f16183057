"""A node that answers exactly what a test tells it to, byte for byte, and remembers what it was asked."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

Behave = Callable[[socket.socket], None]


class ScriptedNode:
    """Serves one connection for each behaviour, in order; a behaviour gets the connection after the request."""

    def __init__(self, behaviours: list[Behave]) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._behaviours = behaviours
        self._thread = threading.Thread(target=self._serve)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests: list[bytes] = []
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        for behave in self._behaviours:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # closed before every behaviour was needed
            with connection:
                self.requests.append(_read_request(connection))
                behave(connection)


def _read_request(connection: socket.socket) -> bytes:
    connection.settimeout(10)
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, body = data.split(b"\r\n\r\n", 1)
    length = next(
        (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")),
        0,
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


@pytest.fixture
def scripted_node() -> Iterator[Callable[..., ScriptedNode]]:
    with ExitStack() as stack:

        def start(*behaviours: Behave) -> ScriptedNode:
            node = ScriptedNode(list(behaviours))
            stack.callback(node.close)
            return node

        yield start


@pytest.fixture
def answer() -> Callable[..., Behave]:
    """Return behaviours that answer with a status and a body."""

    def make(status: int, body: str | bytes, *headers: str) -> Behave:
        data = body.encode() if isinstance(body, str) else body
        head = [f"HTTP/1.1 {status} Words", f"Content-Length: {len(data)}", "Connection: close", *headers]
        return lambda connection: connection.sendall("\r\n".join([*head, "", ""]).encode() + data)

    return make
