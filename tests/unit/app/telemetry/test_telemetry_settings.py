import pytest
from pydantic import ValidationError

from app.settings.telemetry import TelemetrySettings


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("", ""),
        ("http://collector:4318", "http://collector:4318"),
        ("https://collector.example/otlp/", "https://collector.example/otlp"),
    ],
)
def test_an_endpoint_is_the_url_of_a_collector_without_its_path_for_traces(given: str, kept: str) -> None:
    assert TelemetrySettings(otlp_endpoint=given).otlp_endpoint == kept


@pytest.mark.parametrize(
    "wrong",
    ["collector:4318", "grpc://collector:4317", "http://", "http://x:port", "http://me:secret@x", "http://x?a=b"],
)
def test_what_is_no_collectors_url_stops_the_start(wrong: str) -> None:
    with pytest.raises(ValidationError, match="it is no URL of a collector"):
        TelemetrySettings(otlp_endpoint=wrong)


def test_logs_are_json_or_text() -> None:
    assert TelemetrySettings().log_format == "json"
    with pytest.raises(ValidationError, match="log_format"):
        TelemetrySettings.model_validate({"log_format": "xml"})
