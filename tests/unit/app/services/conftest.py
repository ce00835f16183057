from collections.abc import Iterator

import pytest

from tests.unit.app.services.issuing import Issuing, fresh_issuing
from tests.unit.app.services.ledgers import Ledgers
from tests.unit.app.services.publishing import Publishing, fresh_publishing


@pytest.fixture(scope="session")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledgers]:
    ledgers = Ledgers(tmp_path_factory.mktemp("ledger") / "ledger.sqlite3")
    yield ledgers
    ledgers.close()


@pytest.fixture
def issuing(ledgers: Ledgers) -> Iterator[Issuing]:
    with fresh_issuing(ledgers) as world:
        yield world


@pytest.fixture
def publishing(ledgers: Ledgers) -> Iterator[Publishing]:
    with fresh_publishing(ledgers) as world:
        yield world
