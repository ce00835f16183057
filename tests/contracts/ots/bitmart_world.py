"""The Bitmart adapter against a real venue's gateway."""

import json
from contextlib import ExitStack
from pathlib import Path

from exchanges import bitmart
from exchanges.bitmart.ots import BitmartOts
from exchanges.config import ExchangeConfig
from tests.contracts.ots.fault_proxy import FaultProxy
from tests.contracts.ots.running_venue import ISSUER, TRADER, RunningVenue
from tests.contracts.ots.venue_world import VenueWorld
from venue.client import TraderClient

CALLS = {"place_offer": "POST /v2/orders", "cancel_order": "DELETE /v2/orders/"}


def bitmart_world(venue: RunningVenue, proxy: FaultProxy, folder: Path, stack: ExitStack) -> VenueWorld:
    symbol = f"{venue.next_base()}_USDT"

    def build(key: dict[str, str], endpoint: str) -> BitmartOts:
        path = folder / f"{key['secret']}.apikey.json"
        path.write_text(json.dumps(key | {"endpoint": endpoint}))
        path.chmod(0o600)
        ots = bitmart.build(ExchangeConfig("contract", "bitmart", symbol, path))
        stack.callback(ots.close)
        return ots

    us, them = (stack.enter_context(TraderClient(venue.endpoint, symbol=symbol, **key)) for key in (ISSUER, TRADER))
    return VenueWorld(proxy, build, us=us, them=them, calls=CALLS)
