"""A Valkey of a test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.local.home import free_ports
from tests.integration.exchanges.budgets.conftest import Valkey


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    folder = tmp_path / "valkey"
    folder.mkdir()
    server = Valkey(folder, free_ports({"valkey": 0})["valkey"])
    server.start()
    yield server
    server.kill()
