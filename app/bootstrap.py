"""Build the parts from the settings; the only module that knows them all."""

import os
import threading
from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from functools import lru_cache, partial
from pathlib import Path
from typing import TypeVar, cast

from app.access.control import AccessControl
from app.clock import SystemClock
from app.domain.errors import InvalidInput
from app.domain.showing import Showing
from app.ndau.client import NdauChain
from app.ndau.keys import PublicKey
from app.ports.clock import Clock
from app.ports.exchanges import OrderTrackingSystem, RateSource
from app.services.breakers import Breakers
from app.services.check_clocks import ClockRules
from app.services.dry_ots import DryOts
from app.services.guarded_ots import GuardedOts
from app.services.issue_sales import IssuePolicy
from app.services.learn_issues import is_behind
from app.services.limits import IssueLimits
from app.services.one_at_a_time import OneAtATime
from app.services.publisher import PublishRules
from app.settings.exchanges import ExchangeSettings, RateSettings
from app.settings.loading import load_settings, required
from app.settings.settings import Settings
from app.signing import keyfile
from app.signing.client import SigningClient
from app.signing.private_file import check_private
from app.store.database import Database
from app.store.ledger import SqlLedger
from app.store.reading.records import Records
from app.store.version import check_version
from app.telemetry.calls import chain_watch, signer_watch
from app.telemetry.measured_ots import MeasuredOts
from app.telemetry.observing import LedgerFigures
from app.telemetry.spans import watch_database
from exchanges import registry
from exchanges.config import ExchangeConfig, RateConfig

PartT = TypeVar("PartT")

_when_back: list[Callable[[str], object]] = []


def tell_when_back(listener: Callable[[str], object]) -> None:
    """Have somebody told, in this process, the name of an exchange that was down and answers it again."""
    _when_back.append(listener)


class Coordinator:
    """The parts of one process, each built when it is first asked for. Safe for threads."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock: Clock = clock or SystemClock()
        self._parts: dict[str, object] = {}
        self._lock = threading.RLock()
        self._is_up_to_date = False
        self.polls = OneAtATime()

    @property
    def ledger(self) -> SqlLedger:
        """The ledger, its version checked.

        Raises:
            InvalidInput: it cannot be reached, or its tables are of another version.
        """
        return self._part("ledger", lambda: _ledger(self.settings, self.clock))

    @property
    def records(self) -> Records:
        """The ledger as the console reads it."""
        return self._part("records", lambda: Records(self.ledger.database))

    @property
    def access(self) -> AccessControl:
        """Who may use the console, and how they prove it."""
        return self._part("access", lambda: _access(self.settings, self.ledger.database, self.clock))

    @property
    def chain(self) -> NdauChain:
        """The blockchain's node."""
        return self._part("chain", lambda: _chain(self.settings))

    @property
    def signer(self) -> SigningClient:
        """The signing service's client; it connects when first used."""
        return self._part("signer", lambda: _signer(self.settings))

    def ots(self, name: str) -> OrderTrackingSystem:
        """Return an exchange by its name in the settings; only enabled ones. While it is down it is not asked.

        Raises:
            InvalidInput: there is no such exchange, or its settings or key file are wrong.
        """
        return self._part(f"guarded {name}", lambda: self._guarded(name))

    @property
    def breakers(self) -> Breakers:
        """What keeps exchanges that are down from being asked."""
        most_failures = self.settings.policy.breaker_failures
        return self._part("breakers", lambda: Breakers(lambda: self.ledger, self.clock, most_failures, _tell_back))

    def depths(self) -> dict[str, int]:
        """Return the exchanges in use and how many levels each shows."""
        return {name: exchange.depth for name, exchange in self.settings.enabled_exchanges().items()}

    def rate_sources(self) -> dict[str, RateSource]:
        """Return who says what each foreign currency is worth, where that is not an operator alone.

        Raises:
            InvalidInput: one's settings are wrong.
        """
        return {
            currency: self._part(f"rate {currency}", partial(_rate_source, currency, rate))
            for currency, rate in self.settings.rates.items()
            if rate.driver
        }

    def rate_margins(self) -> dict[str, Fraction]:
        """Return by how much less than it is worth each foreign currency counts."""
        return {currency: Fraction(rate.margin_percent) / 100 for currency, rate in self.settings.rates.items()}

    def currencies(self) -> dict[str, str]:
        """Return in what currency each exchange in use prices; "" is the dollar."""
        return {name: exchange.currency for name, exchange in self.settings.enabled_exchanges().items()}

    def issue_policy(self) -> IssuePolicy:
        """Return what one Issue may hold."""
        policy = self.settings.policy
        return IssuePolicy(
            policy.maximum_per_issue_napu,
            policy.maximum_sales_per_issue,
            policy.unsettled_limit_seconds,
            tuple(self.depths()),
            IssueLimits(policy.maximum_per_hour_napu, policy.maximum_per_day_napu, policy.maximum_lost_leases_per_hour),
            is_dry_run=policy.dry_run,
            held_back=tuple(name for name in self.depths() if self.publish_rules(name).is_dry_run),
        )

    def clock_rules(self) -> ClockRules:
        """Return how far clocks may differ."""
        return ClockRules(
            self.settings.policy.maximum_clock_offset_seconds, self.settings.schedule.check_clocks_seconds
        )

    def publish_rules(self, name: str) -> PublishRules:
        """Return how one exchange is published to."""
        return publish_rules(self.settings, name)

    def ledger_is_behind(self) -> bool:
        """Tell whether the ledger may be an old copy; asked before this process publishes for the first time.

        Whoever puts an old copy in place stops every process first, so once is enough.

        Raises:
            ChainUnavailable: the chain does not answer, so nobody knows; nothing may be published.
        """
        if not self._is_up_to_date:
            self._is_up_to_date = not is_behind(self.ledger, self.chain)
        return not self._is_up_to_date

    def close(self) -> None:
        """Close what was opened."""
        with self._lock:
            parts, self._parts = self._parts, {}
        if signer := cast("SigningClient | None", parts.get("signer")):
            signer.close()
        if ledger := cast("SqlLedger | None", parts.get("ledger")):
            ledger.database.close()

    def _guarded(self, name: str) -> OrderTrackingSystem:
        exchange = self._part(
            f"exchange {name}", lambda: MeasuredOts(registry.build(exchange_config(self.settings, name)))
        )
        guard = DryOts if self.publish_rules(name).is_dry_run else GuardedOts
        return guard(exchange, self.breakers, self.clock)

    def _part(self, name: str, build: Callable[[], PartT]) -> PartT:
        with self._lock:
            if name not in self._parts:
                self._parts[name] = build()
            return cast("PartT", self._parts[name])


def coordinator() -> Coordinator:
    """Return this process's parts; a forked child gets its own, since no connection survives a fork."""
    return _coordinator_of(os.getpid())


@lru_cache(maxsize=1)
def _coordinator_of(_pid: int) -> Coordinator:
    return Coordinator(load_settings())


def exchange_config(settings: Settings, name: str) -> ExchangeConfig:
    """Return what an exchange's driver is told.

    Raises:
        InvalidInput: there is no such exchange in use.
    """
    exchange = _exchange(settings, name)
    return ExchangeConfig(
        name=name,
        driver=exchange.driver,
        id=exchange.id,
        accept_untested=exchange.accept_untested,
        credentials={name: secret.get_secret_value() for name, secret in exchange.credentials.items()},
        symbol=exchange.symbol,
        key_file=settings.path(exchange.key_file) if exchange.key_file else None,
        endpoint=exchange.endpoint,
        timeout_seconds=exchange.timeout_seconds,
        price_tick=exchange.price_tick,
        quantity_step=exchange.quantity_step,
        minimum_quantity=exchange.minimum_quantity,
        minimum_notional=exchange.minimum_notional,
        limits_url=(settings.broker.result_url or settings.broker.url).get_secret_value(),
    )


def publish_rules(settings: Settings, name: str) -> PublishRules:
    """Return how one exchange is published to.

    Raises:
        InvalidInput: there is no such exchange in use.
    """
    policy, exchange, in_use = settings.policy, _exchange(settings, name), settings.enabled_exchanges().values()
    is_split = policy.offers == "split"
    part = Fraction(exchange.weight, sum(each.weight for each in in_use)) if is_split else Fraction(1)
    rate = settings.rates.get(exchange.currency)
    return PublishRules(
        exchange.depth,
        policy.placing_grace_seconds,
        policy.cancel_limit_seconds,
        Showing(Fraction(exchange.share_percent) / 100 * part, Fraction(exchange.spread_percent) / 100, is_split),
        everywhere_depth=max(each.depth for each in in_use),
        currency=exchange.currency,
        rate_limit_seconds=rate.maximum_age_seconds if rate else 0.0,
        is_dry_run=policy.dry_run or exchange.dry_run,
    )


def read_passphrase(path: Path) -> str:
    """Return the passphrase in a file, without the newline at its end.

    Raises:
        InvalidInput: the file cannot be read, is empty, or can be read by others.
    """
    if not path.exists():
        raise InvalidInput(
            "the passphrase file cannot be read: there is none of that name; expected the path of a file "
            "(the name is not repeated, in case it is the passphrase itself)"
        )
    try:
        check_private(path)
        passphrase = path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"passphrase file {path} cannot be read: {error}") from error
    if not passphrase:
        raise InvalidInput(f"passphrase file {path} is empty; expected one line with the passphrase")
    return passphrase


def _tell_back(exchange: str) -> None:
    for listener in _when_back:
        listener(exchange)


def _exchange(settings: Settings, name: str) -> ExchangeSettings:
    exchanges = settings.enabled_exchanges()
    if name not in exchanges:
        known = ", ".join(sorted(exchanges)) or "none"
        raise InvalidInput(f"{name!r} is no exchange in use; expected one of: {known}")
    return exchanges[name]


def _ledger(settings: Settings, clock: Clock) -> SqlLedger:
    database = Database(settings.ledger_url)
    check_version(database)
    watch_database(database.engine)
    return SqlLedger(database, clock, LedgerFigures())


def _access(settings: Settings, database: Database, clock: Clock) -> AccessControl:
    console = settings.console
    return AccessControl(
        database,
        clock,
        session_lifetime=timedelta(hours=console.session_hours),
        session_idle=timedelta(minutes=console.idle_minutes),
        update_keys=[_update_key(text) for text in console.update_keys],
    )


def _update_key(text: str) -> PublicKey:
    try:
        return PublicKey.parse(text)
    except InvalidInput as error:
        raise InvalidInput(f"console.update_keys: {error}") from error


def _rate_source(currency: str, rate: RateSettings) -> RateSource:
    return registry.build_rate_source(
        RateConfig(currency=currency, driver=rate.driver, id=rate.id, symbol=rate.symbol, endpoint=rate.endpoint)
    )


def _chain(settings: Settings) -> NdauChain:
    section = required(settings.chain, "chain")
    return NdauChain(section.url, timeout_seconds=section.timeout_seconds, watch=chain_watch())


def _signer(settings: Settings) -> SigningClient:
    section = required(settings.signer, "signer")
    passphrase = read_passphrase(settings.path(section.passphrase_file))
    return SigningClient(
        section.url,
        client_key=keyfile.load(settings.path(section.client_key_file), passphrase),
        service_key=PublicKey.parse(section.service_key),
        timeout_seconds=section.timeout_seconds,
        ca_file=settings.path(section.ca_file) if section.ca_file else None,
        watch=signer_watch(),
    )
