"""Bitmart's v2 API (OAuth client credentials): what its folder's key files and a part of the settings make of it."""

from exchanges.bitmart.account import Account
from exchanges.bitmart.client import Client, server_time
from exchanges.bitmart.key_file import load_key
from exchanges.bitmart.messages import error_words
from exchanges.bitmart.ots import BitmartOts
from exchanges.bitmart.signing import client_secret
from exchanges.bitmart.token import AUTHENTICATIONS, AccessToken
from exchanges.budgets import open_budget
from exchanges.config import ExchangeConfig
from exchanges.endpoints import checked_endpoint
from exchanges.http import Http
from exchanges.redaction import Redaction
from exchanges.server_clock import ServerClock

PUBLIC_ENDPOINT = "https://openapi.bitmart.com"
DEFAULT_TICK = "0.01"
DEFAULT_STEP = "0.01"


def build(config: ExchangeConfig) -> BitmartOts:
    """Return one account's exchange; opens no connection.

    The endpoint is the settings', else the key file's, else the public one.

    Raises:
        InvalidInput: a setting or the key file is wrong.
    """
    market = config.market(default_tick=DEFAULT_TICK, default_step=DEFAULT_STEP)
    key = load_key(config)
    if config.endpoint is not None:
        endpoint = checked_endpoint(config.endpoint, what=config.setting("endpoint"))
    else:
        endpoint = checked_endpoint(key.endpoint or PUBLIC_ENDPOINT, what=f"endpoint in {key.where}")
    proof = client_secret(access=key.access, secret=key.secret, memo=key.memo)
    redaction = Redaction(key.secret, proof, key.access)
    account = f"{endpoint} {key.access}"
    budget = open_budget(config.limits_url, account, what=config.name)
    tokens = open_budget(
        config.limits_url, f"{account} tokens", [AUTHENTICATIONS], what=f"{config.name} authentications"
    )
    http = Http(endpoint, config.timeout_seconds, redaction, error_words, budget)
    clock = ServerClock(lambda: server_time(http))
    access = AccessToken(key, http, redaction, clock.now, tokens)
    client = Client(config.symbol, http, Account(key, http, access, clock))
    return BitmartOts(config.name, market, client, http.close)
