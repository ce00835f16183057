"""An HTTP proxy on loopback that loses what it is told to lose."""

import http.client
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


class FaultProxy(ThreadingHTTPServer):
    """Passes every call on to one server, except those that `lose` names."""

    daemon_threads = False
    request_queue_size = 64

    def __init__(self, upstream_port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream_port = upstream_port
        self._losses: list[tuple[str, bool]] = []

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def lose(self, call: str, *, after_effect: bool) -> None:
        """Break off the next call that starts like "POST /v2/orders", before or after passing it on."""
        self._losses.append((call, after_effect))

    def loses(self, call: str, *, after_effect: bool) -> bool:
        for loss in self._losses:
            if call.startswith(loss[0]) and loss[1] is after_effect:
                self._losses.remove(loss)
                return True
        return False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: the server behind may be down on purpose, and the client is told by the broken connection."""


class _Handler(BaseHTTPRequestHandler):
    def _pass_on(self) -> None:
        proxy = self.server
        assert isinstance(proxy, FaultProxy)
        call = f"{self.command} {self.path}"
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if proxy.loses(call, after_effect=False):
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        with closing(http.client.HTTPConnection("127.0.0.1", proxy.upstream_port, timeout=10)) as upstream:
            headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
            upstream.request(self.command, self.path, body, headers)
            answer = upstream.getresponse()
            content = answer.read()
        if proxy.loses(call, after_effect=True):
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(answer.status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_DELETE = _pass_on  # noqa: N815  the names http.server looks for

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  http.server's name
        """Keep the test's output clean."""


@contextmanager
def fault_proxy(upstream_port: int) -> Iterator[FaultProxy]:
    with FaultProxy(upstream_port) as proxy:
        thread = Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join()
