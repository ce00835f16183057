"""The section about alerts."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from app.domain.alerts import Rule, Severity
from app.domain.money import parse_ndau
from app.settings.fields import NdauText, Section
from app.signing.loopback import is_loopback

Seconds = Annotated[float, Field(gt=0, le=604_800)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]


def _is_safe(text: str) -> bool:
    try:
        parts = urlsplit(text)
        _ = parts.port  # reading it raises when it is no number
    except ValueError:
        return False
    host = parts.hostname or ""
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))


def _safe_url(url: str) -> str:
    if url and not _is_safe(url):
        raise ValueError("expected an https:// URL, or http:// to this machine only")
    return url


def _safe_secret_url(url: SecretStr) -> SecretStr:
    # It is not repeated: whoever knows it can write there.
    _safe_url(url.get_secret_value())
    return url


PublicUrl = Annotated[str, AfterValidator(_safe_url)]
SecretUrl = Annotated[SecretStr, AfterValidator(_safe_secret_url)]


class TargetSettings(Section):
    """Somebody who is told; `at_least` keeps warnings from whom only what is critical may wake."""

    at_least: Severity = Severity.WARNING


class SlackSettings(TargetSettings):
    """A webhook that takes Slack's {"text": ...}: Slack, Mattermost, Rocket.Chat and others."""

    url: SecretUrl = Field(min_length=1)


class EmailSettings(TargetSettings):
    """A mail server that takes mail for some addresses."""

    host: str = Field(min_length=1)
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: SecretStr = SecretStr("")
    ca_file: Path | None = None
    sender: str = Field(min_length=3, pattern=r"^[^\s@]+@[^\s@]+$")
    to: tuple[Annotated[str, Field(pattern=r"^[^\s@]+@[^\s@]+$")], ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_private(self) -> "EmailSettings":
        if self.security == "none" and not is_loopback(self.host):
            raise ValueError('security is none; expected "starttls" or "tls", for a server that is not this machine')
        return self


class PagerDutySettings(TargetSettings):
    """A service of PagerDuty with an integration "Events API v2"."""

    routing_key: SecretStr = Field(min_length=1)
    url: PublicUrl = "https://events.pagerduty.com/v2/enqueue"


class AppriseSettings(TargetSettings):
    """Any other place, by the URL that Apprise knows it by."""

    url: SecretStr = Field(min_length=1)


class AlertSettings(Section):
    """What people are told of, and where."""

    name: str = Field(default="meic", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")
    check_seconds: Seconds = 5.0
    calm_seconds: Seconds = 60.0
    remind_hours: float = Field(default=4.0, ge=0, le=720)
    give_up_hours: float = Field(default=24.0, gt=0, le=720)
    console_url: PublicUrl = ""
    heartbeat_url: SecretUrl = SecretStr("")
    off: tuple[Rule, ...] = ()
    unissued_sale_seconds: Seconds = 120.0
    unsettled_issuance_seconds: Seconds = 120.0
    late_offers_seconds: Seconds = 60.0
    unread_exchange_seconds: Seconds = 120.0
    exchange_down_seconds: Seconds = 60.0
    unclaimed_sell_seconds: Seconds = 60.0
    low_room_ndau: NdauText = "10000"
    certificate_days: int = Field(default=21, ge=1, le=3650)
    key_days: int = Field(default=14, ge=1, le=3650)
    due_days: int = Field(default=3, ge=1, le=3650)
    lost_leases_per_hour: int = Field(default=1, ge=1, le=1000)
    workers_missing_seconds: Seconds = 90.0
    broker_away_seconds: Seconds = 15.0
    ledger_away_seconds: Seconds = 15.0
    chain_away_seconds: Seconds = 60.0
    stream_down_seconds: Seconds = 300.0
    blind_seconds: Seconds = 120.0
    target_away_seconds: Seconds = 300.0
    slack: dict[Name, SlackSettings] = Field(default_factory=dict)
    email: dict[Name, EmailSettings] = Field(default_factory=dict)
    pagerduty: dict[Name, PagerDutySettings] = Field(default_factory=dict)
    apprise: dict[Name, AppriseSettings] = Field(default_factory=dict)

    @property
    def low_room_napu(self) -> int:
        """How little that is released and not issued is low."""
        return parse_ndau(self.low_room_ndau)

    def targets(self) -> dict[str, TargetSettings]:
        """Return everybody who is told, by name."""
        return {**self.slack, **self.email, **self.pagerduty, **self.apprise}

    @model_validator(mode="after")
    def _names_are_unique(self) -> "AlertSettings":
        names = [*self.slack, *self.email, *self.pagerduty, *self.apprise]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two targets are called {twice[0]}; expected a name of its own for each")
        return self
