"""CCXT's Binance behind our adapter, against a real venue's gateway that speaks as Binance does."""

import json
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from unittest import mock

from exchanges import ccxt
from exchanges.ccxt import choosing
from exchanges.ccxt.general import general_dialect
from exchanges.ccxt.known import dialect_of
from exchanges.ccxt.library import Ccxt
from exchanges.ccxt.ots import CcxtOts
from exchanges.config import ExchangeConfig
from exchanges.local_budget import LocalBudget
from tests.contracts.ots.fault_proxy import FaultProxy
from tests.contracts.ots.running_venue import ISSUER, TRADER, RunningVenue
from tests.contracts.ots.venue_world import VenueWorld
from venue.binance_client import BinanceTraderClient

CALLS = {"place_offer": "POST /api/v3/order", "cancel_order": "DELETE /api/v3/order"}


def ccxt_world(venue: RunningVenue, proxy: FaultProxy, folder: Path, stack: ExitStack) -> VenueWorld:
    base = venue.next_base()

    def build(key: dict[str, str], endpoint: str) -> CcxtOts:
        path = folder / f"{key['secret']}.apikey.json"
        path.write_text(json.dumps({"apiKey": key["access"], "secret": key["secret"]}))
        path.chmod(0o600)
        config = ExchangeConfig("contract", "ccxt", f"{base}/USDT", path, endpoint, id="binance")
        # Binance's own limits are tighter than what these tests do in a moment.
        with mock.patch.object(ccxt, "open_budget", return_value=LocalBudget()):
            ots = ccxt.build(config)
        stack.callback(ots.close)
        return ots

    us, them = (
        stack.enter_context(
            BinanceTraderClient(venue.endpoint, symbol=f"{base}_USDT", access=key["access"], secret=key["secret"])
        )
        for key in (ISSUER, TRADER)
    )
    return VenueWorld(proxy, build, us=us, them=them, calls=CALLS)


def ccxt_general_world(venue: RunningVenue, proxy: FaultProxy, folder: Path, stack: ExitStack) -> VenueWorld:
    """Return the same exchange, but known by nothing but what CCXT declares of it."""
    general = general_dialect("binance")

    def prepare(client: Ccxt) -> None:
        general.prepare(client)
        # CCXT knows Binance's errors by Binance's hosts, and here it is on another.
        dialect_of("binance").prepare(client)

    stack.enter_context(mock.patch.object(choosing, "dialect_of", return_value=replace(general, prepare=prepare)))
    return ccxt_world(venue, proxy, folder, stack)
