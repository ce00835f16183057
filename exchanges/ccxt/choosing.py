"""Which of CCXT's exchanges the settings may name."""

from app.domain.errors import InvalidInput
from exchanges.ccxt.dialect import Dialect
from exchanges.ccxt.general import general_dialect, is_known_to_ccxt
from exchanges.ccxt.known import dialect_of, known_ids
from exchanges.ccxt.library import is_installed
from exchanges.config import ExchangeConfig, RateConfig


def chosen_dialect(config: ExchangeConfig | RateConfig) -> Dialect:
    """Return the dialect of the exchange that the settings name.

    Raises:
        InvalidInput: CCXT is not installed, or the exchange is not one that may be used.
    """
    is_proven = config.id in known_ids()
    if not is_proven and not _may_be_untested(config):
        raise InvalidInput(f"{config.setting('id')} is {config.id!r}; expected one of: {', '.join(known_ids())}")
    if not is_installed():
        raise InvalidInput(
            f"{config.setting('driver')} is 'ccxt', whose library is not installed; run: pip install 'meic[ccxt]'"
        )
    if is_proven:
        return dialect_of(config.id)
    if not (isinstance(config, ExchangeConfig) and config.accept_untested):
        raise InvalidInput(
            f"{config.setting('id')} is {config.id!r}, of which only what CCXT declares is known; expected one of: "
            f"{', '.join(known_ids())}, or {config.setting('accept_untested')} = true (read docs/exchanges.md first)"
        )
    return general_dialect(config.id)


def _may_be_untested(config: ExchangeConfig | RateConfig) -> bool:
    if not isinstance(config, ExchangeConfig):
        return False
    return is_known_to_ccxt(config.id) if is_installed() else config.accept_untested
