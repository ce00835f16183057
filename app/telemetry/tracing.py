"""Traces by OpenTelemetry's own instrumentations, exported by OTLP over HTTP; imported only where they are wanted."""

import logging
from contextlib import AbstractContextManager
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.celery import CeleryInstrumentor
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
from opentelemetry.propagate import inject, set_global_textmap
from opentelemetry.propagators.textmap import Setter, default_setter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from requests.structures import CaseInsensitiveDict
from sqlalchemy import Engine

from app.telemetry import spans
from app.telemetry.exporting import PatientExporter

_EXPORT_SECONDS = 3.0
_NOT_TRACED = "/static/,/live"


class OpenTelemetryTracing:
    """Makes spans; implements `app.telemetry.spans.Tracing`."""

    def __init__(self, provider: TracerProvider) -> None:
        self.provider = provider
        self._tracer = provider.get_tracer("meic")

    def span(self, name: str, facts: dict[str, str | int]) -> AbstractContextManager[object]:
        """Return a context that is one span, whose attributes begin with "meic."."""
        attributes = {f"meic.{fact}": value for fact, value in facts.items()}
        return self._tracer.start_as_current_span(name, attributes=attributes)

    def trace_id(self) -> str:
        """Return the id of the trace that this thread is in, "" outside of one."""
        context = trace.get_current_span().get_span_context()
        return trace.format_trace_id(context.trace_id) if context.is_valid else ""

    def watch_database(self, engine: Engine) -> None:
        """Make a span of each statement, without its values."""
        instrumentor = SQLAlchemyInstrumentor()
        if instrumentor.is_instrumented_by_opentelemetry:  # by an engine that was closed since
            instrumentor.uninstrument()
        # It says it were for SQLAlchemy below 2.1, whose events it uses are the same in 2.1; a test sees to that.
        instrumentor.instrument(engine=engine, tracer_provider=self.provider, skip_dep_check=True)

    def watch_web(self, app: Any) -> None:
        """Make a span of each request that a FastAPI application answers, but of what lasts and of what never changes."""
        FastAPIInstrumentor.instrument_app(
            app, tracer_provider=self.provider, excluded_urls=_NOT_TRACED, exclude_spans=["receive", "send"]
        )

    def carry(self, headers: dict[str, Any]) -> None:
        """Write into a message's headers which trace it belongs to."""
        inject(headers)

    def close(self) -> None:
        """Send what is left, and trace no more."""
        for instrumentor in _instrumentors():
            if instrumentor.is_instrumented_by_opentelemetry:
                instrumentor.uninstrument()
        self.provider.shutdown()


def trace_process(endpoint: str, process: str, *, runs_tasks: bool) -> OpenTelemetryTracing:
    """Trace this process from now on."""
    exporter = OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces", timeout=_EXPORT_SECONDS)
    tracing = trace_to(exporter, endpoint, process, runs_tasks=runs_tasks)
    spans.use(tracing)
    return tracing


def trace_to(exporter: SpanExporter, where: str, process: str, *, runs_tasks: bool) -> OpenTelemetryTracing:
    """Instrument this process, its spans going to an exporter; `where` is for people."""
    # Each failed batch is worth no line; PatientExporter says once that it fails.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    provider = TracerProvider(
        resource=Resource.create({"service.name": f"meic-{process}", "service.namespace": "meic"})
    )
    provider.add_span_processor(BatchSpanProcessor(PatientExporter(exporter, where)))
    set_global_textmap(_AmongOurselves())
    if runs_tasks:
        # It loses track of messages whose tasks the process does not have, so not where tasks are only rung.
        _celery().instrument(tracer_provider=provider, raise_exception_on_conflict=True)
    RequestsInstrumentor().instrument(tracer_provider=provider, raise_exception_on_conflict=True)
    return OpenTelemetryTracing(provider)


class _AmongOurselves(TraceContextTextMapPropagator):
    """Tells our own messages of traces, and no exchange: requests' headers are left as they are."""

    def inject(self, carrier: Any, context: Context | None = None, setter: Setter[Any] = default_setter) -> None:
        if not isinstance(carrier, CaseInsensitiveDict):
            super().inject(carrier, context, setter)


def _celery() -> Any:
    return CeleryInstrumentor()  # type: ignore[no-untyped-call]  # it ships no types


def _instrumentors() -> tuple[Any, ...]:
    return _celery(), RequestsInstrumentor(), SQLAlchemyInstrumentor()
