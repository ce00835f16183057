"""Traces and correlation ids over a real worker, exported to a real collector on loopback."""

import logging
from collections.abc import Iterator
from pathlib import Path
from queue import Queue

import pytest
import requests
from celery import Celery
from celery.contrib.testing.worker import start_worker
from celery.signals import setup_logging

from app.store.database import Database
from app.telemetry import spans
from app.telemetry.correlation import correlated, correlation_id
from app.telemetry.messages import watch_messages
from app.telemetry.tracing import OpenTelemetryTracing, trace_process
from app.telemetry.work import issuing, polling, pushing
from tests.fakes.trace_collector import CollectedSpan, TraceCollector, trace_collector


@pytest.fixture
def collector() -> Iterator[TraceCollector]:
    with trace_collector() as collector:
        yield collector


@pytest.fixture
def tracing(collector: TraceCollector) -> Iterator[OpenTelemetryTracing]:
    level = logging.getLogger("opentelemetry").level
    tracing = trace_process(collector.url, "test", runs_tasks=True)
    yield tracing
    spans.use(None)
    tracing.close()
    logging.getLogger("opentelemetry").setLevel(level)


@pytest.fixture(autouse=True)
def logging_as_it_is() -> Iterator[None]:
    """Keep the worker from setting up logging anew for all tests that follow."""

    def nothing(**_: object) -> None:
        pass

    setup_logging.connect(nothing)
    yield
    setup_logging.disconnect(nothing)


def application(path: Path, ran: Queue[tuple[str, str]]) -> Celery:
    """An application of three tasks, each of which rings the next, as ours do; each tells under which id it ran."""
    app = Celery("test", broker="memory://", backend="cache+memory://", set_as_current=False)
    app.conf.broker_transport_options = {"polling_interval": 0.05}
    database = Database(f"sqlite:///{path}")
    spans.watch_database(database.engine)

    @app.task(name="poll")
    def poll() -> None:
        with polling("north"), database.read() as connection:
            connection.exec_driver_sql("select ?", ("a value of ours",))
        ran.put(("poll", correlation_id()))
        app.send_task("issue")

    @app.task(name="issue")
    def issue() -> None:
        with issuing():
            ran.put(("issue", correlation_id()))
        app.send_task("push")

    @app.task(name="push")
    def push() -> None:
        with pushing("north", 7):
            ran.put(("push", correlation_id()))
        database.close()

    return app


def named(trace: list[CollectedSpan], name: str) -> CollectedSpan:
    (found,) = [span for span in trace if span.name == name]
    return found


def test_from_poll_to_push_is_one_trace_and_one_correlation_id(
    tmp_path: Path, tracing: OpenTelemetryTracing, collector: TraceCollector
) -> None:
    watch_messages()
    ran = Queue[tuple[str, str]]()
    app = application(tmp_path / "ledger.sqlite3", ran)
    with start_worker(app, pool="threads", perform_ping_check=False):
        with correlated("0123abcd"):
            app.send_task("poll")
        order = [ran.get(timeout=20) for _ in range(3)]
    tracing.provider.force_flush()
    assert order == [("poll", "0123abcd"), ("issue", "0123abcd"), ("push", "0123abcd")]
    (trace,) = [trace for trace in collector.traces().values() if any(span.name == "push" for span in trace)]
    assert {"poll", "issue", "push", "run/poll", "run/issue", "run/push"} <= {span.name for span in trace}
    assert named(trace, "push").parent_id == named(trace, "run/push").span_id
    (statement,) = [span for span in trace if "db.statement" in span.text]
    assert statement.parent_id == named(trace, "poll").span_id
    assert "a value of ours" not in "".join(span.text for span in collector.spans)


def test_a_url_is_told_without_what_is_secret_in_it_and_nobody_else_hears_of_the_trace(
    tracing: OpenTelemetryTracing, collector: TraceCollector
) -> None:
    session = requests.Session()
    session.trust_env = False
    with spans.span("call"), trace_collector() as exchange:
        asked = requests.Request("GET", f"{exchange.url}/order?symbol=X&signature=abcdef0123").prepare()
        session.send(asked, timeout=5)
        with pytest.raises(requests.ConnectionError):
            session.get("http://user:hidden@127.0.0.1:9/order?signature=abcdef0123", timeout=5)
    tracing.provider.force_flush()
    told = "".join(span.text for span in collector.spans)
    assert f"{exchange.url}/order" in told
    assert "signature" not in told
    assert "abcdef0123" not in told
    assert "hidden" not in told
    assert "traceparent" not in asked.headers


def test_a_collector_that_takes_nothing_is_named_once(
    tracing: OpenTelemetryTracing, collector: TraceCollector, caplog: pytest.LogCaptureFixture
) -> None:
    collector.status = 400
    for _ in range(3):
        with spans.span("call"):
            pass
        tracing.provider.force_flush()
    assert [record.message for record in caplog.records if record.name == "app.telemetry.exporting"] == [
        f"traces are lost: {collector.url} does not take them; this is said once"
    ]
