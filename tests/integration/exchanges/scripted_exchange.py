"""An HTTP server on loopback that misbehaves as it is told: for what a real venue cannot be brought to do."""

import json
import socket
import time
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any, ClassVar
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    """What one call gets: `promised` bytes are announced; fewer sent break the connection off."""

    body: str = "{}"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    promised: int | None = None


@dataclass(frozen=True)
class Silence:
    """No answer while the client waits."""


@dataclass(frozen=True)
class HangUp:
    """The connection is closed without an answer."""


@dataclass(frozen=True)
class Drip:
    """An answer that comes a byte at a time, without end."""


Behaviour = Answer | Silence | HangUp | Drip


def as_json(value: object, status: int = 200, **headers: str) -> Answer:
    return Answer(json.dumps(value), status, headers)


@dataclass(frozen=True)
class Call:
    method: str
    target: str
    headers: Mapping[str, str]
    body: str

    @property
    def name(self) -> str:
        return f"{self.method} {urlsplit(self.target).path}"


class ScriptedExchange(ThreadingHTTPServer):
    """Gives each call the next behaviour scripted for it, and the last one for ever."""

    daemon_threads = False
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.calls: list[Call] = []
        self.connections: list[socket.socket] = []
        self.closing = Event()
        self.clock_ahead_ms = 0
        self._script: defaultdict[str, deque[Behaviour]] = defaultdict(deque)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def script(self, call: str, *behaviours: Behaviour) -> None:
        """Script a call such as "GET /v2/time"."""
        self._script[call] = deque(behaviours)

    def made(self, call: str) -> list[Call]:
        return [each for each in self.calls if each.name == call]

    def behaviour(self, call: Call) -> Behaviour:
        self.calls.append(call)
        script = self._script[call.name]
        if script:
            return script.popleft() if len(script) > 1 else script[0]
        match call.name:
            case "GET /v2/time":
                return as_json({"server_time": time.time_ns() // 1_000_000 + self.clock_ahead_ms})
            case "POST /v2/authentication":
                token = f"token-{len(self.made(call.name))}"
                return as_json({"access_token": token, "expires_in": 900})
        return as_json({"message": f"nothing is scripted for {call.name}"}, 404)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that went away: many of these tests are about that."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout: ClassVar[float | None] = 10

    def setup(self) -> None:
        super().setup()
        exchange = self.server
        assert isinstance(exchange, ScriptedExchange)
        exchange.connections.append(self.connection)

    def _serve(self) -> None:
        exchange = self.server
        assert isinstance(exchange, ScriptedExchange)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        match exchange.behaviour(Call(self.command, self.path, dict(self.headers), body)):
            case Silence():
                exchange.closing.wait(10)
                self.close_connection = True
            case HangUp():
                self.close_connection = True
            case Drip():
                self.send_response(200)
                self.end_headers()
                while not exchange.closing.wait(0.05):
                    self.wfile.write(b" ")
                self.close_connection = True
            case Answer() as answer:
                content = answer.body.encode("latin-1")
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(answer.promised or len(content)))
                self.end_headers()
                self.wfile.write(content)
                self.close_connection = answer.promised is not None

    do_GET = do_POST = do_DELETE = _serve  # noqa: N815  the names http.server looks for

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  http.server's name
        """Keep the test's output clean."""


@contextmanager
def scripted_exchange() -> Iterator[ScriptedExchange]:
    with ScriptedExchange() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()
            for connection in server.connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
