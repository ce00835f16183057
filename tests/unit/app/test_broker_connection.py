import pytest
from kombu.exceptions import OperationalError

from app.broker_connection import PromptConnection
from app.celery import app


def test_celery_connects_with_it() -> None:
    assert isinstance(app.connection_for_read(), PromptConnection)
    assert isinstance(app.connection_for_write(), PromptConnection)


def test_a_broker_that_is_away_for_long_is_tried_again_every_two_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("kombu.utils.functional.sleep", lambda _seconds: None)

    def note(_error: Exception, interval: float) -> None:
        waits.append(interval)

    with PromptConnection("redis://127.0.0.1:1/0") as connection, pytest.raises(OperationalError):
        connection.ensure_connection(note, max_retries=6)
    assert len(waits) >= 5
    assert max(waits) <= 2.0
