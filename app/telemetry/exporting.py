"""Spans on their way out: cleaned of secrets, and nobody waits or worries when nobody takes them."""

import logging
import re
from collections.abc import Sequence
from time import monotonic

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import Status
from opentelemetry.util.types import Attributes, AttributeValue

from app.ndau.masking import masked

log = logging.getLogger(__name__)

_REST_SECONDS = 10.0

_PASSWORD = re.compile(r"(\w://)[^/\s'\"]*@")
_QUERY = re.compile(r"(/[^\s?'\"]*)\?[^\s'\"()]+")


class PatientExporter(SpanExporter):
    """Hands cleaned spans to another exporter; that it takes none is said once, and once that it does again.

    After a failure it rests, and what comes meanwhile is lost: otherwise a process that ends would try each batch it has.
    """

    def __init__(self, exporter: SpanExporter, where: str, *, rest_seconds: float = _REST_SECONDS) -> None:
        self._exporter = exporter
        self._where = where
        self._rest_seconds = rest_seconds
        self._fails = False
        self._rests_until = 0.0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Hand spans on."""
        if monotonic() < self._rests_until:
            return SpanExportResult.FAILURE
        result = self._exporter.export([cleaned(span) for span in spans])
        fails = result is not SpanExportResult.SUCCESS
        if fails and not self._fails:
            log.warning("traces are lost: %s does not take them; this is said once", self._where)
        if self._fails and not fails:
            log.info("traces are taken again by %s", self._where)
        self._fails = fails
        self._rests_until = monotonic() + self._rest_seconds if fails else 0.0
        return result

    def shutdown(self) -> None:
        """Close the other."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Have the other send what it holds."""
        return self._exporter.force_flush(timeout_millis)


def cleaned(span: ReadableSpan) -> ReadableSpan:
    """Return a span without passwords, queries of URLs (some exchanges' signatures are there) and private keys."""
    return ReadableSpan(
        name=_clean_text(span.name),
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_clean_all(span.attributes),
        events=[Event(event.name, _clean_all(event.attributes), event.timestamp) for event in span.events],
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code, _clean_text(span.status.description or "") or None),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _clean_all(attributes: Attributes) -> dict[str, AttributeValue]:
    found = dict(attributes or {})
    found.pop("url.query", None)
    return {name: _clean_text(value) if isinstance(value, str) else value for name, value in found.items()}


def _clean_text(text: str) -> str:
    return masked(_QUERY.sub(r"\1", _PASSWORD.sub(r"\1", text)))
