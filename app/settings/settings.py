"""All settings, as one frozen object.

They come from `meic.toml` in the home folder (or the file that MEIC_SETTINGS names) and from environment variables, which
win: MEIC_LEDGER__URL sets `url` in `[ledger]`. The home folder is MEIC_HOME, by default `var`. Relative paths in the file
are relative to the home folder.
"""

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from app.domain.money import NAPU_PER_NDAU
from app.settings.alerts import AlertSettings
from app.settings.console import ConsoleSettings
from app.settings.exchanges import ExchangeSettings, RateSettings, WebhookSettings
from app.settings.sections import (
    BrokerSettings,
    ChainSettings,
    FlowerSettings,
    LedgerSettings,
    LocalSettings,
    PolicySettings,
    ScheduleSettings,
    SignerSettings,
    SigningServiceSettings,
)
from app.settings.telemetry import TelemetrySettings


class Settings(BaseSettings):
    """Everything an operator can set; `meic doctor` checks it against the world."""

    model_config = SettingsConfigDict(
        env_prefix="MEIC_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    home: Path = Path("var")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    ledger: LedgerSettings = LedgerSettings()
    broker: BrokerSettings = BrokerSettings()
    chain: ChainSettings | None = None
    signer: SignerSettings | None = None
    signing_service: SigningServiceSettings | None = None
    policy: PolicySettings = PolicySettings()
    schedule: ScheduleSettings = ScheduleSettings()
    exchanges: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")], ExchangeSettings] = {}
    rates: dict[Annotated[str, Field(pattern=r"^[A-Z0-9]{1,16}$")], RateSettings] = {}
    webhooks: WebhookSettings | None = None
    console: ConsoleSettings = ConsoleSettings()
    telemetry: TelemetrySettings = TelemetrySettings()
    alerts: AlertSettings = AlertSettings()
    flower: FlowerSettings = FlowerSettings()
    local: LocalSettings | None = None

    @model_validator(mode="after")
    def _one_fill_fits_one_issue(self) -> "Settings":
        deepest = max((exchange.depth for exchange in self.exchanges.values()), default=1)
        if self.policy.maximum_per_issue_napu < deepest * 1000 * NAPU_PER_NDAU:
            message = (
                f"policy.maximum_per_issue_ndau is {self.policy.maximum_per_issue_ndau}; expected at least {deepest * 1000}: "
                f"one order can hold {deepest} blocks of 1000, and one fill goes into one Issue"
            )
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _every_currency_has_a_rate(self) -> "Settings":
        for name, exchange in self.exchanges.items():
            if exchange.currency and exchange.currency not in self.rates:
                raise ValueError(
                    f"exchanges.{name}.currency is {exchange.currency}, and there is no [rates.{exchange.currency}]; "
                    "expected one that says where its worth comes from, or no currency for a market in dollars"
                )
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the environment first, then the file."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=settings_file())

    @property
    def ledger_url(self) -> str:
        """The ledger's SQLAlchemy URL; keep it out of logs, it may hold a password."""
        return self.ledger.url.get_secret_value() or f"sqlite:///{self.home / 'ledger.sqlite3'}"

    def enabled_exchanges(self) -> dict[str, ExchangeSettings]:
        """Return the exchanges in use, by name."""
        return {name: exchange for name, exchange in self.exchanges.items() if exchange.enabled}

    def path(self, path: Path) -> Path:
        """Return a path of the settings as an absolute one."""
        return (self.home / path).resolve()


def home_folder() -> Path:
    """Return the folder that holds the state of this instance: MEIC_HOME, or `var`."""
    return Path(os.environ.get("MEIC_HOME") or "var").resolve()


def settings_file() -> Path:
    """Return the settings file of this instance, whether it exists or not."""
    return Path(os.environ.get("MEIC_SETTINGS") or home_folder() / "meic.toml").resolve()
