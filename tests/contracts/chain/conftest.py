import socket
from collections.abc import Callable, Iterator

import pytest

from app.ndau.keys import PrivateKey
from localnet.chain.genesis import Genesis
from localnet.chain.process import ChainProcess
from tests.contracts.chain.worlds import RELEASED_NAPU, FakeWorld, ForgetfulSession, NodeWorld, World

KEY = PrivateKey.generate()


def _started(
    tmp_path_factory: pytest.TempPathFactory, name: str, *, index_lag_seconds: float = 0.0
) -> Iterator[ChainProcess]:
    genesis = Genesis.for_keys([KEY.public_key()], total_released_napu=RELEASED_NAPU)
    with ChainProcess.start(tmp_path_factory.mktemp(name), genesis, index_lag_seconds=index_lag_seconds) as process:
        yield process


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChainProcess]:
    yield from _started(tmp_path_factory, "chain")


@pytest.fixture(scope="session")
def lagging_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChainProcess]:
    yield from _started(tmp_path_factory, "lagging-chain", index_lag_seconds=3600)


@pytest.fixture
def node_world(node: ChainProcess, lagging_node: ChainProcess) -> Iterator[NodeWorld]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        closed_url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    with ForgetfulSession() as session:
        yield NodeWorld(KEY, node.url, lagging_url=lagging_node.url, closed_url=closed_url, session=session)


WORLDS: dict[str, Callable[[pytest.FixtureRequest], World]] = {
    "fake": lambda _: FakeWorld(KEY),
    "node": lambda request: request.getfixturevalue("node_world"),
}


@pytest.fixture(params=WORLDS)
def world(request: pytest.FixtureRequest) -> World:
    return WORLDS[request.param](request)
