"""All settings, read once, as one frozen object.

They come from `meic.toml` in the home folder (or the file that MEIC_SETTINGS names) and from environment variables, which
win: MEIC_LEDGER__URL sets `url` in `[ledger]`. The home folder is MEIC_HOME, by default `var`. Relative paths in the file
are relative to the home folder.
"""

import os
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from app.domain.errors import InvalidInput
from app.domain.money import NAPU_PER_NDAU, parse_ndau
from app.domain.offers import MAX_DEPTH

SectionT = TypeVar("SectionT")


def _decimal_ndau(text: str) -> str:
    try:
        parse_ndau(text)
    except InvalidInput as error:
        raise ValueError(str(error)) from error
    return text


DecimalText = Annotated[str, Field(pattern=r"^(\d+(\.\d+)?)?$")]
"""A decimal number as text ("0.01"), or "" for the driver's own default."""

PercentText = Annotated[str, Field(pattern=r"^\d{1,5}(\.\d{1,6})?$")]
"""A percentage as decimal text ("0.5")."""

NdauText = Annotated[str, AfterValidator(_decimal_ndau)]
"""A quantity in ndau as decimal text ("1000" or "0.5")."""


def _url_of_a_broker(url: SecretStr) -> SecretStr:
    try:
        parts = urlsplit(url.get_secret_value())
        _ = parts.port  # reading it raises when it is no number
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in _BROKERS or not parts.hostname:
        # It is not told what was found, or chained: a "/" in a password makes the port of a part of it.
        raise ValueError(
            f"it is no URL of a broker; expected one such as redis://:PASSWORD@HOST:6379/0 ({', '.join(_BROKERS)}), "
            "with / ? # @ in the password as %2F %3F %23 %40"
        )
    return url


_BROKERS = ("redis", "rediss", "amqp", "amqps")

BrokerUrl = Annotated[SecretStr, AfterValidator(_url_of_a_broker)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LedgerSettings(_Section):
    """Where the records are: an SQLAlchemy URL; SQLite in the home folder unless told otherwise."""

    url: SecretStr = SecretStr("")


class BrokerSettings(_Section):
    """Celery's broker, Valkey or Redis (redis://...) or RabbitMQ (amqp://...), and its result store: Valkey or Redis."""

    url: BrokerUrl = SecretStr("redis://127.0.0.1:6379/0")
    result_url: BrokerUrl | None = None

    @model_validator(mode="after")
    def _results_have_a_place(self) -> "BrokerSettings":
        if self.result_url is None and self.url.get_secret_value().startswith("amqp"):
            raise ValueError("result_url is missing; RabbitMQ keeps no results, expected the redis:// URL of a Valkey")
        return self


class ChainSettings(_Section):
    """The blockchain's node."""

    url: str
    timeout_seconds: float = Field(default=15.0, gt=0, le=120)


class SignerSettings(_Section):
    """How to reach the signing service, and the keys by which both sides know each other."""

    url: str
    service_key: str
    client_key_file: Path
    passphrase_file: Path
    ca_file: Path | None = None
    timeout_seconds: float = Field(default=10.0, gt=0, le=120)


class SigningServiceSettings(_Section):
    """What `meic signer` serves; on a host of its own this is the only section."""

    host: str = "127.0.0.1"
    port: int = Field(default=7350, ge=1, le=65535)
    identity_key_file: Path
    key_files: tuple[Path, ...] = Field(min_length=1)
    passphrase_file: Path
    client_keys: tuple[str, ...] = Field(min_length=1)
    maximum_per_transaction_ndau: NdauText = "100000"
    maximum_per_day_ndau: NdauText = "1000000"
    certificate_file: Path | None = None
    certificate_key_file: Path | None = None
    state_folder: Path = Path("signer")


class PolicySettings(_Section):
    """What the coordinator allows itself."""

    maximum_per_issue_ndau: NdauText = "100000"
    maximum_sales_per_issue: int = Field(default=10_000, ge=1, le=100_000)
    unsettled_limit_seconds: float = Field(default=300.0, gt=0)
    placing_grace_seconds: float = Field(default=20.0, gt=0)
    cancel_limit_seconds: float = Field(default=10.0, gt=0)
    maximum_per_hour_ndau: NdauText = "500000"
    maximum_per_day_ndau: NdauText = "1000000"
    maximum_lost_leases_per_hour: int = Field(default=3, ge=0, le=1000)
    maximum_clock_offset_seconds: float = Field(default=5.0, gt=0, le=3600)
    breaker_failures: int = Field(default=5, ge=1, le=1000)
    offers: Literal["mirror", "split"] = "mirror"
    dry_run: bool = False

    @property
    def maximum_per_issue_napu(self) -> int:
        """The largest quantity of one Issue transaction."""
        return parse_ndau(self.maximum_per_issue_ndau)

    @property
    def maximum_per_hour_napu(self) -> int:
        """The most that is issued within an hour before issuing halts."""
        return parse_ndau(self.maximum_per_hour_ndau)

    @property
    def maximum_per_day_napu(self) -> int:
        """The most that is issued within a day before issuing halts."""
        return parse_ndau(self.maximum_per_day_ndau)

    @model_validator(mode="after")
    def _one_issue_fits_the_limits(self) -> "PolicySettings":
        if self.maximum_per_hour_napu < self.maximum_per_issue_napu:
            raise ValueError(
                f"maximum_per_hour_ndau is {self.maximum_per_hour_ndau}; "
                f"expected at least maximum_per_issue_ndau ({self.maximum_per_issue_ndau})"
            )
        if self.maximum_per_day_napu < self.maximum_per_hour_napu:
            raise ValueError(
                f"maximum_per_day_ndau is {self.maximum_per_day_ndau}; "
                f"expected at least maximum_per_hour_ndau ({self.maximum_per_hour_ndau})"
            )
        return self


class ScheduleSettings(_Section):
    """How often beat rings what nobody else rang."""

    issue_seconds: float = Field(default=5.0, gt=0)
    publish_seconds: float = Field(default=60.0, gt=0)
    republish_seconds: float = Field(default=5.0, gt=0)
    note_blocks_seconds: float = Field(default=15.0, gt=0)
    check_clocks_seconds: float = Field(default=60.0, gt=0)
    reconcile_seconds: float = Field(default=600.0, gt=0)
    reconcile_hours: float = Field(default=24.0, gt=0)


class ExchangeSettings(_Section):
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

    @model_validator(mode="after")
    def _offers_something(self) -> "ExchangeSettings":
        if not 0 < Fraction(self.share_percent) <= 100:  # noqa: PLR2004  percent
            raise ValueError(f"share_percent is {self.share_percent}; expected above 0, at most 100")
        return self


class RateSettings(_Section):
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


class WebhookSettings(_Section):
    """Where `meic watch` lets exchanges ring; without the section it listens nowhere."""

    host: str = "127.0.0.1"
    port: int = Field(default=7360, ge=1, le=65535)


class LocalSettings(_Section):
    """Present only in a home that `meic up` made: the parts it embeds and their ports."""

    broker_port: int
    chain_port: int
    flower_port: int
    venue_ports: dict[str, int]
    block_seconds: float = 1.0


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


@lru_cache(maxsize=1)
def load_settings() -> Settings:
    """Read the settings, once per process.

    Raises:
        InvalidInput: a setting is missing, unknown or wrong; the message names each and says what is expected.
    """
    if "MEIC_SETTINGS" in os.environ and not settings_file().is_file():
        raise InvalidInput(f"MEIC_SETTINGS names {settings_file()}, which is no file; expected the path of a meic.toml")
    try:
        return Settings(home=home_folder())
    except ValidationError as error:
        # Not chained: it repeats what it was given, a password in the wrong place too.
        raise InvalidInput(f"settings ({settings_file()}): {_sentence(error)}") from None
    except (SettingsError, ValueError, OSError) as error:
        raise InvalidInput(f"settings ({settings_file()}) cannot be read: {error}") from error


def required(section: SectionT | None, name: str) -> SectionT:
    """Return a section that this process cannot do without.

    Raises:
        InvalidInput: the settings have no such section.
    """
    if section is None:
        raise InvalidInput(
            f"settings ({settings_file()}): [{name}] is missing; docker/meic.example.toml shows every section"
        )
    return section


def _sentence(error: ValidationError) -> str:
    return "; ".join(_one(problem) for problem in error.errors(include_url=False))


def _one(problem: Any) -> str:
    name = ".".join(str(part) for part in problem["loc"] if part != "[key]")
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        return f"{name} is no setting of ours; check its spelling"
    if problem["type"] == "missing":
        return f"{name} is missing"
    if not name or isinstance(problem["input"], dict | BaseModel) or _may_hold_a_password(problem):
        return f"{name}: {message}" if name else message
    return f"{name} is {problem['input']!r}: {message}"


def _may_hold_a_password(problem: Any) -> bool:
    """Tell whether what was given must not be repeated: a URL, wherever it stands."""
    return "url" in str(problem["loc"][-1]) or "://" in str(problem["input"])
