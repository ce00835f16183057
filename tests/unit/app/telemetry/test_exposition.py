import subprocess
import sys

import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.telemetry.metrics import ALL, POLLS, begin_anew, exposition
from app.telemetry.quietly import quiet, quietly
from app.telemetry.registry import FIGURES
from app.telemetry.samples import added, as_text, families_of, from_text, growing
from tests.unit.app.telemetry.figures import figure


def test_the_text_is_prometheus_own_and_holds_this_process_too() -> None:
    POLLS.labels("north", "ok").inc()
    body, content_type = exposition()
    assert content_type.startswith("text/plain; version=")
    families = {family.name: family for family in text_string_to_metric_families(body.decode())}
    assert families["meic_polls"].type == "counter"
    assert "process_resident_memory_bytes" in families
    assert len(families) == len(list(text_string_to_metric_families(body.decode()))), "a family stands there twice"


def test_a_child_begins_with_nothing_counted() -> None:
    POLLS.labels("north", "ok").inc()
    begin_anew()
    assert figure("meic_polls_total", exchange="north", outcome="ok") == 0
    assert all(not next(iter(metric.collect())).samples for metric in ALL)


def test_figures_survive_their_way_to_the_parent_and_are_added() -> None:
    begin_anew()
    POLLS.labels("north", "ok").inc(2)
    families = families_of(FIGURES)
    assert from_text(as_text(families)) == families
    both = added([families, families])
    assert both["meic_polls"].samples[("meic_polls_total", (("exchange", "north"), ("outcome", "ok")))] == 4
    assert growing(both) == both, "a gauge of one that has ended would stay for ever"


def test_text_of_something_else_is_no_figure() -> None:
    with pytest.raises(ValueError, match="Expecting value"):
        from_text("hello")


def test_whatever_goes_wrong_quietly_goes_no_further(caplog: pytest.LogCaptureFixture) -> None:
    @quiet
    def broken() -> None:
        raise RuntimeError("a defect")

    broken()
    with quietly("this block of a test"):
        _ = 1 / 0
    assert "this block of a test failed; work goes on without it, and this is not said again" in caplog.messages


def test_where_nothing_is_traced_nothing_of_opentelemetry_is_imported() -> None:
    program = (
        "import sys; import app.bootstrap, app.celery, tasks.telemetry, app.telemetry.logs\n"
        "from app.settings.telemetry import TelemetrySettings; from app.telemetry.start import start_telemetry\n"
        "start_telemetry(TelemetrySettings(), 'INFO', 'test')\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
