"""A collector of traces on loopback: takes OTLP over HTTP, as a real one does."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True, slots=True)
class CollectedSpan:
    """A span as it arrived."""

    process: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    text: str


@dataclass(slots=True)
class TraceCollector:
    """What has arrived so far, and how the next is answered."""

    status: int = 200
    spans: list[CollectedSpan] = field(default_factory=list)
    url: str = ""

    def traces(self) -> dict[str, list[CollectedSpan]]:
        """Return the spans by their traces."""
        found: dict[str, list[CollectedSpan]] = {}
        for span in list(self.spans):
            found.setdefault(span.trace_id, []).append(span)
        return found

    def take(self, body: bytes) -> None:
        """Keep what a request holds."""
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            names = {each.key: each.value.string_value for each in resource.resource.attributes}
            self.spans += [
                CollectedSpan(
                    names["service.name"],
                    span.name,
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    str(span),
                )
                for scope in resource.scope_spans
                for span in scope.spans
            ]


@contextmanager
def trace_collector() -> Iterator[TraceCollector]:
    """Collect traces for the block."""
    collector = TraceCollector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if collector.status == 200 and self.path == "/v1/traces":
                collector.take(body)
            self.send_response(collector.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the standard library's name
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()
