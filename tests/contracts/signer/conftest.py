import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.ndau.keys import PrivateKey
from app.signing.client import SigningClient
from app.signing.server_settings import SignerServerSettings
from tests.contracts.signer.worlds import KEYS, LIMITS, FakeWorld, ServiceWorld, World
from tests.integration.app.signing.conftest import running

SERVICE_KEY = PrivateKey.generate()
CLIENT_KEY = PrivateKey.generate()


def _client(url: str, timeout_seconds: float) -> SigningClient:
    return SigningClient(
        url, client_key=CLIENT_KEY, service_key=SERVICE_KEY.public_key(), timeout_seconds=timeout_seconds
    )


@pytest.fixture
def service_world(tmp_path: Path) -> Iterator[ServiceWorld]:
    settings = SignerServerSettings(
        host="127.0.0.1",
        port=0,
        home=tmp_path / "signer",
        service_key=SERVICE_KEY,
        ndau_keys=KEYS,
        client_keys=(CLIENT_KEY.public_key(),),
        max_per_transaction_napu=LIMITS.per_transaction_napu,
        max_per_day_napu=LIMITS.per_day_napu,
    )
    with socket.create_server(("127.0.0.1", 0)) as probe:
        closed_url = f"ws://127.0.0.1:{probe.getsockname()[1]}"
    with running(settings) as url, _client(url, 10.0) as signer, _client(closed_url, 0.2) as unreachable:
        yield ServiceWorld(signer, unreachable, settings.home)


WORLDS: dict[str, Callable[[pytest.FixtureRequest], World]] = {
    "fake": lambda _: FakeWorld(),
    "service": lambda request: request.getfixturevalue("service_world"),
}


@pytest.fixture(params=WORLDS)
def world(request: pytest.FixtureRequest) -> World:
    return WORLDS[request.param](request)
