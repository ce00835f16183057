import pytest
from celery.signals import before_task_publish, task_postrun, task_prerun, task_revoked

from app.domain.errors import ExchangeUnavailable
from app.telemetry.correlation import HEADER, correlated, correlation_id
from app.telemetry.messages import watch_messages
from app.telemetry.work import count_push, polling
from tests.unit.app.telemetry.figures import Growth


@pytest.fixture(autouse=True)
def watched() -> None:
    watch_messages()
    watch_messages()


class Task:
    """What the signals tell of a task."""

    name = "tasks.test"

    def __init__(self, **request: object) -> None:
        self.request = request


def test_a_bell_takes_the_id_along_and_one_that_has_an_id_keeps_it() -> None:
    new: dict[str, object] = {}
    old: dict[str, object] = {HEADER: "older"}
    with correlated("0123abcd"):
        before_task_publish.send("tasks.test", headers=new)
        before_task_publish.send("tasks.test", headers=old)
    assert (new, old) == ({HEADER: "0123abcd"}, {HEADER: "older"})


def test_a_bell_rung_outside_of_any_work_takes_none_along() -> None:
    headers: dict[str, object] = {}
    before_task_publish.send("tasks.test", headers=headers)
    assert headers == {}


def test_a_task_runs_under_its_messages_id_and_is_counted_once(grown: Growth) -> None:
    running = Task(**{HEADER: "0123abcd"})
    task_prerun.send(running, task_id="1", task=running)
    assert correlation_id() == "0123abcd"
    task_postrun.send(running, task_id="1", task=running, state="SUCCESS")
    assert correlation_id() == ""
    assert grown.of("meic_task_seconds_count", task="tasks.test", state="success") == 1


def test_a_bell_that_expired_is_counted_and_one_that_was_called_off_is_not(grown: Growth) -> None:
    for expired in (True, False):
        task_revoked.send(Task(), request=None, terminated=False, signum=None, expired=expired)
    assert grown.of("meic_bells_expired_total", task="tasks.test") == 1


def test_a_poll_is_counted_by_how_it_ended(grown: Growth) -> None:
    with polling("north"):
        pass
    with pytest.raises(ExchangeUnavailable), polling("north"):
        raise ExchangeUnavailable("gone")
    assert grown.of("meic_polls_total", exchange="north", outcome="ok") == 1
    assert grown.of("meic_polls_total", exchange="north", outcome="unavailable") == 1


def test_a_push_is_counted_by_how_it_ended(grown: Growth) -> None:
    count_push("north", "dry run")
    assert grown.of("meic_pushes_total", exchange="north", outcome="dry_run") == 1
