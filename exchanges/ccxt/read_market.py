"""Reads an exchange's rules: of the market, and of how often it may be called."""

import logging

from app.domain.errors import ExchangeRejected, InvalidInput
from exchanges.call_rules import window_of_spacing
from exchanges.ccxt.clients import Clients, Connection
from exchanges.ccxt.errors import UNREADABLE, reading
from exchanges.ccxt.library import Ccxt
from exchanges.ccxt.markets import Listed, listed
from exchanges.ccxt.session import Purpose
from exchanges.config import ExchangeConfig

log = logging.getLogger(__name__)


def read_market(clients: Clients, connection: Connection, config: ExchangeConfig) -> Listed:
    """Ask for the market that the settings name, and follow the limits that the answer tells.

    Raises:
        ExchangeRejected: the exchange has no such market.
        ExchangeUnavailable: it does not answer, or not as it should.
    """
    with clients.lent() as client:
        # What the limits are is told here, so this must be possible when others have used up what was thought of them.
        client.session.purpose = Purpose(is_urgent=True)
        try:
            return _listed(client, connection, config)
        finally:
            client.session.purpose = Purpose()


def _follow_told(connection: Connection, answer: object) -> None:
    try:
        windows = connection.dialect.told_windows(answer)
    except (InvalidInput, *UNREADABLE) as error:
        log.warning(
            "%s tells its limits in a way that is not known (%s); those documented hold", connection.exchange_id, error
        )
        return
    if windows:
        connection.budget.follow(windows)


def _listed(client: Ccxt, connection: Connection, config: ExchangeConfig) -> Listed:
    if not connection.dialect.windows:
        connection.budget.follow([window_of_spacing(round(client.rateLimit / connection.dialect.weight_per_cost))])
    with reading("markets", client, connection.redaction):
        found = [each for each in client.fetch_markets(dict(connection.dialect.market_params)) if each is not None]
    _follow_told(connection, client.session.parsed(""))
    raw = next((each for each in found if each["symbol"] == config.symbol and each["spot"]), None)
    if raw is None:
        raise ExchangeRejected(
            f"{config.setting('symbol')} is {config.symbol!r}; expected one of the {len(found)} markets of {config.id}, "
            f"such as {found[0]['symbol'] if found else 'BTC/USDT'}"
        )
    with reading("markets", client, connection.redaction):
        return listed(raw, int(client.precisionMode), config)
