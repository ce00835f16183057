"""The sections about exchanges and the currencies they sell in."""

from datetime import date
from fractions import Fraction
from pathlib import Path

from pydantic import Field, SecretStr, model_validator

from app.domain.offers import MAX_DEPTH
from app.settings.fields import DecimalText, PercentText, Section


class ExchangeSettings(Section):
    """One account on one exchange."""

    driver: str
    id: str = Field(default="", pattern=r"^[a-z0-9]{0,32}$")
    symbol: str
    poll_seconds: float = Field(default=2.0, gt=0, le=3600)
    poll_seconds_without_stream: float = Field(default=2.0, gt=0, le=3600)
    stream: bool = True
    webhook_secret_file: Path | None = None
    depth: int = Field(default=3, ge=1, le=MAX_DEPTH)
    enabled: bool = True
    key_file: Path | None = None
    key_expires: date | None = None
    credentials: dict[str, SecretStr] = Field(default_factory=dict)
    endpoint: str | None = None
    timeout_seconds: float = Field(default=10.0, gt=0, le=120)
    price_tick: DecimalText = ""
    quantity_step: DecimalText = ""
    minimum_quantity: DecimalText = ""
    minimum_notional: DecimalText = ""
    share_percent: PercentText = "100"
    spread_percent: PercentText = "0"
    weight: int = Field(default=1, ge=1, le=1_000_000)
    currency: str = Field(default="", pattern=r"^[A-Z0-9]{0,16}$")
    dry_run: bool = False
    accept_untested: bool = False

    @model_validator(mode="after")
    def _offers_something(self) -> "ExchangeSettings":
        if not 0 < Fraction(self.share_percent) <= 100:  # noqa: PLR2004  percent
            raise ValueError(f"share_percent is {self.share_percent}; expected above 0, at most 100")
        return self


class RateSettings(Section):
    """What a currency other than the dollar is worth: who says so, and how long that holds.

    With no driver only an operator says so (`meic rates set`).
    """

    driver: str = ""
    id: str = ""
    symbol: str = ""
    endpoint: str | None = None
    read_seconds: float = Field(default=60.0, gt=0, le=86_400)
    maximum_age_seconds: float = Field(default=300.0, gt=0, le=604_800)
    margin_percent: PercentText = "0.5"

    @model_validator(mode="after")
    def _is_whole(self) -> "RateSettings":
        if self.driver and not self.symbol:
            raise ValueError("symbol is missing; expected the market whose price is the rate, such as EUR/USD")
        return self


class WebhookSettings(Section):
    """Where `meic watch` lets exchanges ring; without the section it listens nowhere."""

    host: str = "127.0.0.1"
    port: int = Field(default=7360, ge=1, le=65535)
