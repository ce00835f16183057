from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.contracts.ots.bitmart_world import BitmartWorld, RunningVenue, running_venue
from tests.contracts.ots.fault_proxy import fault_proxy
from tests.contracts.ots.worlds import FakeWorld, World


@pytest.fixture(scope="session")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningVenue]:
    with running_venue(tmp_path_factory.mktemp("venue")) as running:
        yield running


@pytest.fixture
def bitmart_world(venue: RunningVenue, tmp_path: Path) -> Iterator[BitmartWorld]:
    with ExitStack() as stack, fault_proxy(venue.port) as proxy:
        yield BitmartWorld(venue, proxy, tmp_path, stack)


WORLDS: dict[str, Callable[[pytest.FixtureRequest], World]] = {
    "fake": lambda _: FakeWorld(keeps_client_order_ids=True),
    "fake-without-client-order-ids": lambda _: FakeWorld(keeps_client_order_ids=False),
    "bitmart": lambda request: request.getfixturevalue("bitmart_world"),
}


@pytest.fixture(params=WORLDS)
def world(request: pytest.FixtureRequest) -> World:
    return WORLDS[request.param](request)
