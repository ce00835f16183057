from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.contracts.ots.bitmart_world import bitmart_world
from tests.contracts.ots.ccxt_world import ccxt_general_world, ccxt_world
from tests.contracts.ots.fault_proxy import fault_proxy
from tests.contracts.ots.little.world import little_world
from tests.contracts.ots.running_venue import RunningVenue, running_venue
from tests.contracts.ots.worlds import FakeWorld, World


@pytest.fixture(scope="session")
def bitmart_venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningVenue]:
    with running_venue(tmp_path_factory.mktemp("bitmart"), "bitmart") as running:
        yield running


@pytest.fixture(scope="session")
def binance_venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningVenue]:
    with running_venue(tmp_path_factory.mktemp("binance"), "binance") as running:
        yield running


@pytest.fixture
def bitmart(bitmart_venue: RunningVenue, tmp_path: Path) -> Iterator[World]:
    with ExitStack() as stack, fault_proxy(bitmart_venue.port) as proxy:
        yield bitmart_world(bitmart_venue, proxy, tmp_path, stack)


@pytest.fixture
def ccxt(binance_venue: RunningVenue, tmp_path: Path) -> Iterator[World]:
    with ExitStack() as stack, fault_proxy(binance_venue.port) as proxy:
        yield ccxt_world(binance_venue, proxy, tmp_path, stack)


@pytest.fixture
def ccxt_general(binance_venue: RunningVenue, tmp_path: Path) -> Iterator[World]:
    with ExitStack() as stack, fault_proxy(binance_venue.port) as proxy:
        yield ccxt_general_world(binance_venue, proxy, tmp_path, stack)


@pytest.fixture
def little(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with little_world(tmp_path, monkeypatch) as world:
        yield world


WORLDS: dict[str, Callable[[pytest.FixtureRequest], World]] = {
    "fake": lambda _: FakeWorld(keeps_client_order_ids=True),
    "fake-without-client-order-ids": lambda _: FakeWorld(keeps_client_order_ids=False),
    "bitmart": lambda request: request.getfixturevalue("bitmart"),
    "ccxt": lambda request: request.getfixturevalue("ccxt"),
    "ccxt-general": lambda request: request.getfixturevalue("ccxt_general"),
    "little": lambda request: request.getfixturevalue("little"),
}


@pytest.fixture(params=WORLDS)
def world(request: pytest.FixtureRequest) -> World:
    return WORLDS[request.param](request)
