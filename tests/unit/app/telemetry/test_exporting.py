import logging
from collections.abc import Sequence

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult

from app.ndau.keys import PrivateKey
from app.telemetry.exporting import PatientExporter


class Taker(SpanExporter):
    """Takes spans, or not."""

    def __init__(self) -> None:
        self.taken: list[ReadableSpan] = []
        self.asked = 0
        self.answer = SpanExportResult.SUCCESS

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.asked += 1
        self.taken += spans
        return self.answer


def provider_of(taker: Taker) -> TracerProvider:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(PatientExporter(taker, "collector", rest_seconds=0.0)))
    return provider


def make_span(taker: Taker, attributes: dict[str, str]) -> None:
    with provider_of(taker).get_tracer("test").start_as_current_span("call", attributes=attributes):
        pass


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("https://api.x.com/order?symbol=A&signature=0123", "https://api.x.com/order"),
        ("https://user:word@api.x.com/order", "https://api.x.com/order"),
        ("/api/v3/order?timestamp=1&signature=0123", "/api/v3/order"),
        (
            "Max retries exceeded with url: /api/v3/order?signature=0123 (Caused",
            "Max retries exceeded with url: /api/v3/order (Caused",
        ),
        ("redis://:word@127.0.0.1:6379/0", "redis://127.0.0.1:6379/0"),
        ("SELECT x FROM fill WHERE id = ? AND b = ?", "SELECT x FROM fill WHERE id = ? AND b = ?"),
    ],
)
def test_what_may_be_secret_in_a_url_is_not_told(told: str, kept: str) -> None:
    taker = Taker()
    make_span(taker, {"words": told})
    assert dict(taker.taken[0].attributes or {}) == {"words": kept}


def test_exceptions_are_told_without_what_is_secret_in_them() -> None:
    taker, secret = Taker(), str(PrivateKey.generate())
    tracer = provider_of(taker).get_tracer("test")
    with pytest.raises(ValueError, match="x"), tracer.start_as_current_span("call"):
        raise ValueError(f"x {secret} https://x.com/a?signature=0123")
    (span,) = taker.taken
    said = f"{span.status.description} {[dict(event.attributes or {}) for event in span.events]}"
    assert "npvt***" in said
    assert secret not in said
    assert "signature" not in said.replace('?signature=0123")', "")  # the line of the program itself


def test_queries_have_no_attribute_of_their_own_either() -> None:
    taker = Taker()
    make_span(taker, {"url.query": "signature=0123", "url.path": "/order"})
    assert dict(taker.taken[0].attributes or {}) == {"url.path": "/order"}


def test_that_spans_are_lost_and_taken_again_is_said_once_each(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "app.telemetry.exporting")
    taker = Taker()
    exporter = PatientExporter(taker, "collector", rest_seconds=0.0)
    for taker.answer in (SpanExportResult.FAILURE, SpanExportResult.FAILURE, SpanExportResult.SUCCESS):
        exporter.export([])
    assert caplog.messages == [
        "traces are lost: collector does not take them; this is said once",
        "traces are taken again by collector",
    ]


def test_after_a_failure_it_rests_so_that_a_process_ends_in_time() -> None:
    taker = Taker()
    taker.answer = SpanExportResult.FAILURE
    exporter = PatientExporter(taker, "collector", rest_seconds=60.0)
    assert [exporter.export([]) for _ in range(4)] == [SpanExportResult.FAILURE] * 4
    assert taker.asked == 1
