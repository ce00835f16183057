"""Finds the driver of an exchange by the name that the settings give it."""

import pkgutil
from importlib import import_module
from typing import Protocol, cast

import exchanges
from app.domain.errors import InvalidInput
from app.ports import OrderTrackingSystem
from exchanges.config import ExchangeConfig


class Driver(Protocol):
    """What every folder in `exchanges` offers at its top."""

    def build(self, config: ExchangeConfig) -> OrderTrackingSystem:
        """Return the exchange; opens no connection.

        Raises:
            InvalidInput: a setting or the key file is wrong.
        """
        ...


def known_drivers() -> tuple[str, ...]:
    """Return the names of all drivers, without importing any."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(exchanges.__path__) if module.ispkg))


def build(config: ExchangeConfig) -> OrderTrackingSystem:
    """Return the exchange that a part of the settings describes; opens no connection.

    Only the driver asked for is imported: some pull in large libraries.

    Raises:
        InvalidInput: there is no such driver, a library it needs is not installed, or its settings are wrong.
    """
    drivers = known_drivers()
    if config.driver not in drivers:
        raise InvalidInput(
            f"{config.setting('driver')} is {config.driver!r}; expected one of: {', '.join(drivers) or 'none installed'}"
        )
    try:
        driver = cast("Driver", import_module(f"exchanges.{config.driver}"))
    except ModuleNotFoundError as error:
        raise InvalidInput(
            f"{config.setting('driver')} is {config.driver!r}, whose library {error.name!r} is not installed; "
            "install it or choose another driver"
        ) from error
    return driver.build(config)
