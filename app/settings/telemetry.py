"""The section about logs, metrics, traces and health."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator

from app.settings.fields import Section
from app.settings.vitals import VitalsPorts


def _collector_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        _ = parts.port  # reading it raises when it is no number
    except ValueError:
        parts = urlsplit("")
    is_plain = not (parts.username or parts.password or parts.query or parts.fragment)
    if url and not (parts.scheme in ("http", "https") and parts.hostname and is_plain):
        raise ValueError("it is no URL of a collector; expected one such as http://collector:4318, without a password")
    return url.rstrip("/")


class TelemetrySettings(Section):
    """How this instance tells how it is."""

    log_format: Literal["json", "text"] = "json"
    otlp_endpoint: Annotated[str, AfterValidator(_collector_url)] = ""

    vitals_host: str = "127.0.0.1"
    vitals_ports: VitalsPorts = VitalsPorts()
