from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.exchanges.ccxt.documented import IDS, Documented, documented


@pytest.fixture(params=IDS)
def exchange(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Documented]:
    """Each of the documented exchanges."""
    with documented(request.param, tmp_path) as one:
        yield one


@pytest.fixture
def binance(tmp_path: Path) -> Iterator[Documented]:
    with documented("binance", tmp_path, timeout_seconds=0.5) as one:
        yield one
