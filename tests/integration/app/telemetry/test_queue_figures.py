"""How many bells wait, asked of a real broker."""

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from celery import Celery
from pydantic import SecretStr

from app import instance_figures
from app.domain.errors import Unavailable
from tests.integration.app.watching.conftest import valkey
from tests.integration.exchanges.budgets.conftest import Valkey

if TYPE_CHECKING:
    from app.bootstrap import Coordinator

__all__ = ["valkey"]  # a fixture


def lengths(url: str) -> dict[str, float]:
    settings = SimpleNamespace(broker=SimpleNamespace(url=SecretStr(url)))
    parts = cast("Coordinator", SimpleNamespace(settings=settings))
    return {reading.labels[0]: reading.value for reading in instance_figures._queues(parts)}


def test_bells_that_nobody_answered_are_counted_by_queue(valkey: Valkey) -> None:
    app = Celery("test", broker=valkey.url, set_as_current=False)
    with app.connection_for_write() as connection:
        for queue in ("issue", "issue", "offers"):
            app.send_task("anything", queue=queue, connection=connection)
    assert lengths(valkey.url) == {"polling": 0, "issue": 2, "offers": 1, "upkeep": 0}


def test_a_broker_that_is_away_is_said_so_without_its_password() -> None:
    with pytest.raises(Unavailable) as raised:
        lengths("redis://:hidden-password@127.0.0.1:1/0")
    assert "hidden" not in str(raised.value)
    assert "how many bells wait" in str(raised.value)
