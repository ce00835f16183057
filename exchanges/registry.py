"""Finds the driver of an exchange by the name that the settings give it."""

import pkgutil
from importlib import import_module
from types import ModuleType
from typing import Protocol, cast

import exchanges
from app.domain.errors import InvalidInput
from app.ports.exchanges import OrderTrackingSystem, OwnTradesStream, RateSource
from exchanges.config import ExchangeConfig, RateConfig


class Driver(Protocol):
    """What every folder in `exchanges` offers at its top."""

    def build(self, config: ExchangeConfig) -> OrderTrackingSystem:
        """Return the exchange; opens no connection.

        Raises:
            InvalidInput: a setting or the key file is wrong.
        """
        ...


class StreamingDriver(Protocol):
    """What a driver offers besides, when its exchange can tell of our trades by itself."""

    def build_stream(self, config: ExchangeConfig) -> OwnTradesStream | None:
        """Return the stream of our own trades, or None where this exchange has none; opens no connection.

        Raises:
            InvalidInput: a setting or the key file is wrong.
        """
        ...


class RateTellingDriver(Protocol):
    """What a driver offers besides, when it can tell what a currency is worth."""

    def build_rate_source(self, config: RateConfig) -> RateSource:
        """Return who says so; opens no connection.

        Raises:
            InvalidInput: a setting is wrong.
        """
        ...


class CautiousDriver(Protocol):
    """What a driver offers besides, when it knows some of its exchanges less well than others."""

    def caution(self, config: ExchangeConfig) -> str:
        """Return a sentence about this exchange, "" where there is nothing to say."""
        ...


class _Config(Protocol):
    @property
    def driver(self) -> str: ...

    def setting(self, field: str) -> str: ...


def known_drivers() -> tuple[str, ...]:
    """Return the names of all drivers, without importing any."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(exchanges.__path__) if module.ispkg))


def build(config: ExchangeConfig) -> OrderTrackingSystem:
    """Return the exchange that a part of the settings describes; opens no connection.

    Only the driver asked for is imported: some pull in large libraries.

    Raises:
        InvalidInput: there is no such driver, a library it needs is not installed, or its settings are wrong.
    """
    return cast("Driver", _driver(config)).build(config)


def build_stream(config: ExchangeConfig) -> OwnTradesStream | None:
    """Return an exchange's stream of our own trades, or None where it has none; opens no connection.

    Raises:
        InvalidInput: as `build`.
    """
    driver = _driver(config)
    return cast("StreamingDriver", driver).build_stream(config) if hasattr(driver, "build_stream") else None


def build_rate_source(config: RateConfig) -> RateSource:
    """Return who says what a currency is worth; opens no connection.

    Raises:
        InvalidInput: as `build`, or the driver tells no prices.
    """
    driver = _driver(config)
    if not hasattr(driver, "build_rate_source"):
        raise InvalidInput(f"{config.setting('driver')} is {config.driver!r}, which tells no rates; expected 'ccxt'")
    return cast("RateTellingDriver", driver).build_rate_source(config)


def caution(config: ExchangeConfig) -> str:
    """Return what an operator has to bear in mind of an exchange, in a sentence; "" for most.

    Raises:
        InvalidInput: as `build`.
    """
    driver = _driver(config)
    return cast("CautiousDriver", driver).caution(config) if hasattr(driver, "caution") else ""


def may_stream(driver: str) -> bool:
    """Tell whether a driver has streams at all; False as well for one that cannot be imported, as `build` says."""
    try:
        return driver in known_drivers() and hasattr(import_module(f"exchanges.{driver}"), "build_stream")
    except ModuleNotFoundError:
        return False


def _driver(config: _Config) -> ModuleType:
    drivers = known_drivers()
    if config.driver not in drivers:
        raise InvalidInput(
            f"{config.setting('driver')} is {config.driver!r}; expected one of: {', '.join(drivers) or 'none installed'}"
        )
    try:
        return import_module(f"exchanges.{config.driver}")
    except ModuleNotFoundError as error:
        raise InvalidInput(
            f"{config.setting('driver')} is {config.driver!r}, whose library {error.name!r} is not installed; "
            "install it or choose another driver"
        ) from error
