"""The exchanges whose dialect is known."""

import pkgutil
from functools import cache
from importlib import import_module

from exchanges.ccxt import dialects
from exchanges.ccxt.dialect import Dialect


def known_ids() -> tuple[str, ...]:
    """Return the ids of the exchanges that are known well enough, without importing any."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(dialects.__path__)))


@cache
def dialect_of(exchange_id: str) -> Dialect:
    """Return the dialect of one of `known_ids`."""
    dialect: Dialect = import_module(f"exchanges.ccxt.dialects.{exchange_id}").DIALECT
    return dialect
