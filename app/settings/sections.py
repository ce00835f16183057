"""The sections about everything but exchanges."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, model_validator

from app.domain.money import parse_ndau
from app.settings.fields import BrokerUrl, NdauText, Section


class LedgerSettings(Section):
    """Where the records are: an SQLAlchemy URL; SQLite in the home folder unless told otherwise."""

    url: SecretStr = SecretStr("")


class BrokerSettings(Section):
    """Celery's broker, Valkey or Redis (redis://...) or RabbitMQ (amqp://...), and its result store: Valkey or Redis."""

    url: BrokerUrl = SecretStr("redis://127.0.0.1:6379/0")
    result_url: BrokerUrl | None = None

    @model_validator(mode="after")
    def _results_have_a_place(self) -> "BrokerSettings":
        if self.result_url is None and self.url.get_secret_value().startswith("amqp"):
            raise ValueError("result_url is missing; RabbitMQ keeps no results, expected the redis:// URL of a Valkey")
        return self


class ChainSettings(Section):
    """The blockchain's node."""

    url: str
    timeout_seconds: float = Field(default=15.0, gt=0, le=120)


class SignerSettings(Section):
    """How to reach the signing service, and the keys by which both sides know each other."""

    url: str
    service_key: str
    client_key_file: Path
    passphrase_file: Path
    ca_file: Path | None = None
    timeout_seconds: float = Field(default=10.0, gt=0, le=120)


class SigningServiceSettings(Section):
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


class PolicySettings(Section):
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


class ScheduleSettings(Section):
    """How often beat rings what nobody else rang."""

    issue_seconds: float = Field(default=5.0, gt=0)
    publish_seconds: float = Field(default=60.0, gt=0)
    republish_seconds: float = Field(default=5.0, gt=0)
    note_blocks_seconds: float = Field(default=15.0, gt=0)
    check_clocks_seconds: float = Field(default=60.0, gt=0)
    reconcile_seconds: float = Field(default=600.0, gt=0)
    reconcile_hours: float = Field(default=24.0, gt=0)


class FlowerSettings(Section):
    """Where Flower shows workers and tasks, and to whom; without a password it does not start."""

    host: str = "127.0.0.1"
    port: int = Field(default=5555, ge=1, le=65535)
    user: str = Field(default="operator", pattern=r"^[^\s:,]+$")
    password_file: Path | None = None


class LocalSettings(Section):
    """Present only in a home that `meic up` made: the parts it embeds and their ports.

    `flower_port` is where a home of an earlier release has what `[flower]` says now.
    """

    broker_port: int
    chain_port: int
    flower_port: int | None = None
    venue_ports: dict[str, int]
    block_seconds: float = 1.0
