"""A small exchange that was added by `docs/adding-an-exchange.md`."""
# ruff: noqa: TID252  the registry knows this folder as exchanges.little, the type checker by where it lies

from pathlib import Path

from exchanges.config import ExchangeConfig
from exchanges.key_files import read_credentials

from .client import Client
from .ots import LittleOts


def build(config: ExchangeConfig) -> LittleOts:
    """Return the exchange; opens no connection.

    Raises:
        InvalidInput: a setting or the credentials are wrong.
    """
    form = '{"key": "...", "secret": "..."}'
    key = read_credentials(
        config, folder=Path(__file__).parent, required={"key", "secret"}, optional=frozenset(), form=form
    ).fields
    market = config.market(default_tick="0.01", default_step="0.01")
    return LittleOts(config.name, market, Client(config, key["key"], key["secret"]))
