"""The exchanges that CCXT reaches and whose dialect is known: what a key file and a part of the settings make of one."""

from datetime import datetime
from importlib import import_module

from exchanges.budgets import open_budget
from exchanges.ccxt.calls import Calls, read_server_time
from exchanges.ccxt.choosing import chosen_dialect
from exchanges.ccxt.clients import Clients, Connection, configured
from exchanges.ccxt.dialect import Dialect
from exchanges.ccxt.general import tells_time
from exchanges.ccxt.key_file import ApiKey, load_key
from exchanges.ccxt.known import known_ids
from exchanges.ccxt.library import Ccxt, ccxt
from exchanges.ccxt.markets import Markets
from exchanges.ccxt.ots import CcxtOts
from exchanges.ccxt.rates import CcxtRate
from exchanges.ccxt.read_market import read_market
from exchanges.ccxt.stream import CcxtStream
from exchanges.config import ExchangeConfig, RateConfig
from exchanges.endpoints import checked_endpoint
from exchanges.milliseconds import milliseconds_of, time_of
from exchanges.redaction import Redaction
from exchanges.server_clock import ServerClock, utc_now


def build(config: ExchangeConfig) -> CcxtOts:
    """Return one account's exchange; opens no connection.

    Raises:
        InvalidInput: a setting or the key file is wrong, or CCXT is not installed.
    """
    connection = _connection(config)
    ccxt()  # The import takes seconds on a busy host; within the first look at the exchange's clock it would pass for skew.
    clients = Clients(connection, lambda: milliseconds_of(clock.now()))

    def server_time() -> datetime:
        return time_of(read_server_time(clients, connection.dialect.server_time, connection.redaction))

    clock = ServerClock(server_time)
    markets = Markets(lambda: read_market(clients, connection, config))
    calls = Calls(clients, clock, connection.redaction, markets)
    return CcxtOts(
        config.name, connection.dialect, calls, markets, clock=clock, server_time=server_time, close=clients.close
    )


def build_stream(config: ExchangeConfig) -> CcxtStream | None:
    """Return the stream of one account's trades, None where CCXT knows of none; opens no connection.

    Raises:
        InvalidInput: as `build`.
    """
    connection = _connection(config)

    pro = import_module("ccxt.pro")  # heavy: here, where nothing else waits
    exchange = getattr(pro, connection.exchange_id, None)
    if exchange is None or not {"watchMyTrades", "watchOrders"} & _abilities(exchange()):
        return None

    def make() -> Ccxt:
        return configured(exchange(), connection)

    return CcxtStream(
        config.name,
        config.symbol,
        make,
        market_params=connection.dialect.market_params,
        excerpt=connection.redaction.excerpt,
    )


def build_rate_source(config: RateConfig) -> CcxtRate:
    """Return what a market of an exchange says that a currency is worth; needs no key, opens no connection.

    Raises:
        InvalidInput: a setting is wrong, or CCXT is not installed.
    """
    dialect, endpoint = _checked(config)
    connection = Connection(
        exchange_id=config.id,
        dialect=dialect,
        key=ApiKey("", ""),
        endpoint=endpoint,
        timeout_seconds=config.timeout_seconds,
        budget=open_budget(None, f"ccxt {config.id}, public", dialect.windows, what=config.id),
        redaction=Redaction(),
    )
    ccxt()
    return CcxtRate(connection, config.symbol, Clients(connection, lambda: milliseconds_of(utc_now())))


def caution(config: ExchangeConfig) -> str:
    """Return what the operator has to bear in mind of an exchange, in a sentence; "" for those that are proven.

    Raises:
        InvalidInput: a setting is wrong, or CCXT is not installed.
    """
    if config.id in known_ids():
        return ""
    chosen_dialect(config)
    clock = "" if tells_time(config.id) else ", and its clock is taken to be ours"
    return (
        f"{config.id} is untested: only CCXT's declarations say how it lists trades{clock}; a wrong one can lose a sale: "
        "compare its sales with the exchange's own statement"
    )


def _checked(config: ExchangeConfig | RateConfig) -> tuple[Dialect, str | None]:
    dialect = chosen_dialect(config)
    if config.endpoint is None:
        return dialect, None
    return dialect, checked_endpoint(config.endpoint, what=config.setting("endpoint"))


def _abilities(exchange: Ccxt) -> set[str]:
    return {name for name, is_there in exchange.has.items() if is_there is True}


def _connection(config: ExchangeConfig) -> Connection:
    dialect, endpoint = _checked(config)
    key = load_key(config, needs_password=dialect.needs_password)
    account = f"ccxt {config.id} {endpoint or ''} {key.api_key}"
    return Connection(
        exchange_id=config.id,
        dialect=dialect,
        key=key,
        endpoint=endpoint,
        timeout_seconds=config.timeout_seconds,
        budget=open_budget(config.limits_url, account, dialect.windows, what=config.name),
        redaction=Redaction(*key.secrets()),
    )
