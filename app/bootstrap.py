"""Build the parts from the settings; the only module that knows them all."""

import os
import threading
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TypeVar, cast

from app.clock import SystemClock
from app.domain.errors import InvalidInput
from app.ndau.client import NdauChain
from app.ndau.keys import PublicKey
from app.ports import Clock, OrderTrackingSystem
from app.services.check_clocks import ClockRules
from app.services.issue_sales import IssuePolicy
from app.services.learn_issues import is_behind
from app.services.limits import IssueLimits
from app.services.publisher import PublishRules
from app.settings import ExchangeSettings, Settings, load_settings, required
from app.signing import keyfile
from app.signing.client import SigningClient
from app.signing.private_file import check_private
from app.store.database import Database
from app.store.ledger import SqlLedger
from app.store.version import check_version
from exchanges import registry
from exchanges.config import ExchangeConfig

PartT = TypeVar("PartT")


class Coordinator:
    """The parts of one process, each built when it is first asked for. Safe for threads."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock: Clock = clock or SystemClock()
        self._parts: dict[str, object] = {}
        self._lock = threading.RLock()
        self._is_up_to_date = False

    @property
    def ledger(self) -> SqlLedger:
        """The ledger, its version checked.

        Raises:
            InvalidInput: it cannot be reached, or its tables are of another version.
        """
        return self._part("ledger", lambda: _ledger(self.settings, self.clock))

    @property
    def chain(self) -> NdauChain:
        """The blockchain's node."""
        return self._part("chain", lambda: _chain(self.settings))

    @property
    def signer(self) -> SigningClient:
        """The signing service's client; it connects when first used."""
        return self._part("signer", lambda: _signer(self.settings))

    def ots(self, name: str) -> OrderTrackingSystem:
        """Return an exchange by its name in the settings; only enabled ones.

        Raises:
            InvalidInput: there is no such exchange, or its settings or key file are wrong.
        """
        return self._part(f"exchange {name}", lambda: registry.build(exchange_config(self.settings, name)))

    def depths(self) -> dict[str, int]:
        """Return the exchanges in use and how many levels each shows."""
        return {name: exchange.depth for name, exchange in self.settings.enabled_exchanges().items()}

    def issue_policy(self) -> IssuePolicy:
        """Return what one Issue may hold."""
        policy = self.settings.policy
        return IssuePolicy(
            policy.maximum_per_issue_napu,
            policy.maximum_sales_per_issue,
            policy.unsettled_limit_seconds,
            tuple(self.depths()),
            IssueLimits(policy.maximum_per_hour_napu, policy.maximum_per_day_napu, policy.maximum_lost_leases_per_hour),
        )

    def clock_rules(self) -> ClockRules:
        """Return how far clocks may differ."""
        return ClockRules(
            self.settings.policy.maximum_clock_offset_seconds, self.settings.schedule.check_clocks_seconds
        )

    def publish_rules(self, name: str) -> PublishRules:
        """Return how one exchange is published to."""
        policy = self.settings.policy
        depth = _exchange(self.settings, name).depth
        return PublishRules(depth, policy.placing_grace_seconds, policy.cancel_limit_seconds)

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
        symbol=exchange.symbol,
        key_file=settings.path(exchange.key_file) if exchange.key_file else None,
        endpoint=exchange.endpoint,
        timeout_seconds=exchange.timeout_seconds,
        price_tick=exchange.price_tick,
        quantity_step=exchange.quantity_step,
        minimum_quantity=exchange.minimum_quantity,
        minimum_notional=exchange.minimum_notional,
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


def _exchange(settings: Settings, name: str) -> ExchangeSettings:
    exchanges = settings.enabled_exchanges()
    if name not in exchanges:
        known = ", ".join(sorted(exchanges)) or "none"
        raise InvalidInput(f"{name!r} is no exchange in use; expected one of: {known}")
    return exchanges[name]


def _ledger(settings: Settings, clock: Clock) -> SqlLedger:
    database = Database(settings.ledger_url)
    check_version(database)
    return SqlLedger(database, clock)


def _chain(settings: Settings) -> NdauChain:
    section = required(settings.chain, "chain")
    return NdauChain(section.url, timeout_seconds=section.timeout_seconds)


def _signer(settings: Settings) -> SigningClient:
    section = required(settings.signer, "signer")
    passphrase = read_passphrase(settings.path(section.passphrase_file))
    return SigningClient(
        section.url,
        client_key=keyfile.load(settings.path(section.client_key_file), passphrase),
        service_key=PublicKey.parse(section.service_key),
        timeout_seconds=section.timeout_seconds,
        ca_file=settings.path(section.ca_file) if section.ca_file else None,
    )
