"""A small exchange that was added by `docs/adding-an-exchange.md`."""
# ruff: noqa: TID252  the registry knows this folder as exchanges.little, the type checker by where it lies

from pathlib import Path

from exchanges.config import ExchangeConfig
from exchanges.key_files import find_key_file, read_key_file

from .client import Client
from .ots import LittleOts


def build(config: ExchangeConfig) -> LittleOts:
    """Return the exchange; opens no connection.

    Raises:
        InvalidInput: a setting or the key file is wrong.
    """
    key_file = find_key_file(config.name, config.key_file, folder=Path(__file__).parent)
    form = '{"key": "...", "secret": "..."}'
    fields = read_key_file(key_file, required={"key", "secret"}, optional=frozenset(), form=form)
    market = config.market(default_tick="0.01", default_step="0.01")
    return LittleOts(config.name, market, Client(config, fields["key"], fields["secret"]))
