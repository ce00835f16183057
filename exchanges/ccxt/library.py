"""CCXT itself: it takes 0.3 s and 77 MiB to import, so only a process that uses it does."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeAlias

Ccxt: TypeAlias = Any
"""An exchange object of CCXT, or its module; the library ships no types."""

Raw: TypeAlias = dict[str, Any]
"""An exchange's own message, or what CCXT made of one: every number in it is a text or an int."""


def is_installed() -> bool:
    """Tell whether the library is there, without importing it."""
    return find_spec("ccxt") is not None


def ccxt() -> Ccxt:
    """Return the library."""
    return import_module("ccxt")
