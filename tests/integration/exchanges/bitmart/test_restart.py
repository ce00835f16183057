from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.domain.errors import ExchangeUnavailable, OutcomeUnknown
from app.domain.offers import Level
from tests.contracts.ots.bitmart_world import bitmart_world
from tests.contracts.ots.fault_proxy import fault_proxy
from tests.contracts.ots.running_venue import running_venue

ONE_AT_ONE = Level(10**11, 10**8)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def test_reading_goes_on_where_it_was_when_the_exchange_restarts_and_forgets_our_token(tmp_path: Path) -> None:
    with ExitStack() as stack:
        with running_venue(tmp_path, "bitmart") as venue:
            # Stays while the venue restarts on another port: to us the exchange keeps its address.
            proxy = stack.enter_context(fault_proxy(venue.port))
            world = bitmart_world(venue, proxy, tmp_path, stack)
            ots = world.ots
            order_ids = [ots.place_offer(f"ours-{number}", ONE_AT_ONE) for number in range(2)]
            world.buy(10**8, 10**11)
            (page,) = ots.read_fills(None, LONG_AGO)
        with pytest.raises(OutcomeUnknown):
            ots.place_offer("while it is down", ONE_AT_ONE)
        with pytest.raises(ExchangeUnavailable):
            ots.open_orders()
        with running_venue(tmp_path, "bitmart") as venue:
            proxy.upstream_port = venue.port
            assert list(ots.read_fills(page.position, LONG_AGO)) == []
            assert [order.exchange_order_id for order in ots.open_orders()] == order_ids[1:]
            assert [fill.exchange_order_id for fill in page.fills] == order_ids[:1]
