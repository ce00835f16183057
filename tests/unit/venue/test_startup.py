"""A venue that ends and starts again."""

import asyncio
import os
from pathlib import Path

import pytest
from pydantic import SecretStr

from venue.clearing.ledger import Ledger
from venue.config import AccountConfig, FeesConfig, MarketConfig, VenueConfig
from venue.digest import digest
from venue.errors import InvalidSetting, Stopped
from venue.matching.orders import Side, TimeInForce
from venue.service import Venue
from venue.startup import JOURNAL_NAME, open_venue

MARKET = MarketConfig(base="NDAU", quote="USDT", price_tick="0.01", quantity_step="0.01", minimum_quantity="0.01")
ISSUER = AccountConfig(id="issuer", access="aa", secret=SecretStr("a"), memo="", deposits={"NDAU": "100"})
BUYER = AccountConfig(id="buyer", access="bb", secret=SecretStr("b"), memo="", deposits={"USDT": "100", "NDAU": "0"})


@pytest.fixture
def config(tmp_path: Path) -> VenueConfig:
    return VenueConfig(name="north", port=0, state_directory=tmp_path, markets=(MARKET,), accounts=(ISSUER, BUYER))


async def trade(venue: Venue) -> None:
    async def place(account: str, side: Side, price: int) -> int:
        order = await venue.place_order(account, "NDAU_USDT", side, price, 50, time_in_force=TimeInForce.GTC)
        return order.order_id

    await place("issuer", Side.SELL, 10)
    resting = await place("issuer", Side.SELL, 20)
    await place("buyer", Side.BUY, 15)
    await venue.cancel_order("issuer", resting)
    await asyncio.gather(*(place("issuer", Side.SELL, 30 + n) for n in range(20)))


async def traded(config: VenueConfig) -> str:
    venue = open_venue(config)
    await trade(venue)
    before = digest(venue.exchange)
    await venue.close()
    return before


async def reopened(config: VenueConfig) -> str:
    venue = open_venue(config)
    await venue.close()
    return digest(venue.exchange)


def test_a_venue_started_again_is_where_it_was(config: VenueConfig) -> None:
    before = asyncio.run(traded(config))
    assert asyncio.run(reopened(config)) == before
    assert asyncio.run(reopened(config)) == before


def test_with_the_last_commit_torn_off_it_is_where_it_was_before_that_commit(config: VenueConfig) -> None:
    async def scenario() -> tuple[str, int]:
        venue = open_venue(config)
        await trade(venue)
        before = digest(venue.exchange)
        await venue.cancel_order("issuer", 4)
        await venue.close()
        return before, (config.state_directory / JOURNAL_NAME).stat().st_size

    before, size = asyncio.run(scenario())
    os.truncate(config.state_directory / JOURNAL_NAME, size - 1)
    assert asyncio.run(reopened(config)) == before


def test_deposits_are_credited_once_and_new_ones_when_they_appear(config: VenueConfig) -> None:
    asyncio.run(reopened(config))
    more = BUYER.model_copy(update={"deposits": {"USDT": "500", "NDAU": "7"}})
    changed = config.model_copy(update={"accounts": (ISSUER, more)})
    venue = open_venue(changed)
    asyncio.run(venue.close())
    assert venue.exchange.balance("buyer", "USDT").available == 100 * 10**12
    assert venue.exchange.balance("buyer", "NDAU").available == 7 * 10**12


def test_new_fees_are_written_down_so_that_older_fills_are_replayed_with_the_old_ones(config: VenueConfig) -> None:
    asyncio.run(traded(config))
    dearer = config.model_copy(update={"fees": FeesConfig(maker_millionths=1000)})
    first = asyncio.run(reopened(dearer))
    assert asyncio.run(reopened(dearer)) == first
    assert asyncio.run(reopened(config)) != first


def test_a_market_whose_rules_changed_stops_the_start(config: VenueConfig) -> None:
    asyncio.run(reopened(config))
    finer = config.model_copy(update={"markets": (MARKET.model_copy(update={"price_tick": "0.001"}),)})
    with pytest.raises(InvalidSetting, match="market NDAU_USDT: tick, step and minimum cannot change"):
        open_venue(finer)


def test_time_never_runs_backwards_whatever_the_clock_does(config: VenueConfig) -> None:
    async def scenario() -> None:
        times = iter([1000, 5000, 3000, 6000])
        venue = open_venue(config, lambda: next(times))
        orders = [
            await venue.place_order("issuer", "NDAU_USDT", Side.SELL, 9, 1, time_in_force=TimeInForce.GTC)
            for _ in range(3)
        ]
        assert [order.placed_at_ms for order in orders] == [5000, 5000, 6000]
        await venue.close()

    asyncio.run(scenario())


def test_when_the_journal_cannot_be_written_nothing_is_confirmed_and_the_venue_stops(
    config: VenueConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(_: int) -> None:
        raise OSError(28, "No space left on device")

    async def scenario() -> None:
        venue = open_venue(config)
        told: list[str] = []
        venue.on_failure = lambda: told.append("failed")
        monkeypatch.setattr(os, "fdatasync", no_space)
        for _ in range(2):
            with pytest.raises(Stopped):
                await venue.place_order("issuer", "NDAU_USDT", Side.SELL, 9, 1, time_in_force=TimeInForce.GTC)
        with pytest.raises(Stopped):
            await venue.committed()
        assert told == ["failed"]
        assert isinstance(venue.failure, OSError)
        await venue.close()

    asyncio.run(scenario())


def test_a_defect_stops_the_venue_before_it_can_write_anything(
    config: VenueConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        venue = open_venue(config)
        before = (config.state_directory / JOURNAL_NAME).read_bytes()
        monkeypatch.setattr(Ledger, "freeze", None)
        with pytest.raises(TypeError):
            await venue.place_order("issuer", "NDAU_USDT", Side.SELL, 9, 1, time_in_force=TimeInForce.GTC)
        monkeypatch.undo()
        with pytest.raises(Stopped):
            await venue.place_order("issuer", "NDAU_USDT", Side.SELL, 9, 1, time_in_force=TimeInForce.GTC)
        with pytest.raises(Stopped):
            await venue.committed()
        await venue.close()
        assert (config.state_directory / JOURNAL_NAME).read_bytes() == before

    asyncio.run(scenario())
