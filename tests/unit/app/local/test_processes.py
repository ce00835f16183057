from pathlib import Path

import pytest

from app.domain.errors import InvalidInput
from app.local.home import VENUES, LocalHome, ensure_home
from app.local.processes import PROCFILE, local_processes, read_procfile
from app.settings.settings import Settings


def test_the_procfile_starts_a_worker_for_every_queue_and_one_issuer_of_one_child() -> None:
    commands = read_procfile(PROCFILE)
    queues = [
        queue
        for command in commands.values()
        if "--queues" in command
        for queue in command[command.index("--queues") + 1].split(",")
    ]
    assert set(queues) == {"issue", "offers", "polling", "upkeep"}
    assert queues.count("issue") == 1
    issuer = " ".join(commands["issuer"])
    assert "--pool prefork --concurrency 1" in issuer
    assert {"beat", "console", "alerts", "flower", "signer"} < set(commands)


def test_a_line_that_is_no_process_is_named(tmp_path: Path) -> None:
    path = tmp_path / "Procfile"
    path.write_text("# a comment\n\nworker: celery worker\nnonsense\n")
    with pytest.raises(InvalidInput, match="'nonsense' is no process; expected 'name: command'"):
        read_procfile(path)


def test_a_missing_procfile_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_procfile(tmp_path / "Procfile")


@pytest.fixture
def home(tmp_path: Path) -> LocalHome:
    return ensure_home(tmp_path / "home", block_seconds=1, buyer_seconds=1)


def names_over(home: LocalHome, monkeypatch: pytest.MonkeyPatch, **variables: str) -> set[str]:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MEIC_HOME", str(home.folder))
    return {process.name for process in local_processes(home, Settings(home=home.folder), with_buyers=False)}


def test_the_broker_of_the_home_is_started(home: LocalHome, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "broker" in names_over(home, monkeypatch)


def test_with_another_broker_the_one_of_the_home_holds_the_results(
    home: LocalHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "broker" in names_over(home, monkeypatch, MEIC_BROKER__URL="amqp://127.0.0.1:1//")


def test_with_another_place_for_messages_and_results_the_broker_of_the_home_is_not_started(
    home: LocalHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = {"MEIC_BROKER__URL": "amqp://127.0.0.1:1//", "MEIC_BROKER__RESULT_URL": "redis://127.0.0.1:2/0"}
    assert "broker" not in names_over(home, monkeypatch, **urls)


def test_nobody_watches_where_no_exchange_can_ring(home: LocalHome, monkeypatch: pytest.MonkeyPatch) -> None:
    bitmart = {f"MEIC_EXCHANGES__{name.upper()}__DRIVER": "bitmart" for name in VENUES}
    assert "watch" not in names_over(home, monkeypatch, **bitmart)


@pytest.mark.parametrize(
    ("variables", "is_watched"),
    [
        ({"MEIC_EXCHANGES__NORTH__DRIVER": "ccxt"}, True),
        ({"MEIC_EXCHANGES__NORTH__DRIVER": "ccxt", "MEIC_EXCHANGES__NORTH__STREAM": "false"}, False),
        ({"MEIC_WEBHOOKS__PORT": "7360"}, True),
    ],
)
def test_somebody_watches_where_one_has_a_stream_or_may_ring_a_webhook(
    home: LocalHome, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], is_watched: bool
) -> None:
    bitmart = {f"MEIC_EXCHANGES__{name.upper()}__DRIVER": "bitmart" for name in VENUES}
    assert ("watch" in names_over(home, monkeypatch, **(bitmart | variables))) is is_watched


def test_the_signer_outlives_those_who_may_be_waiting_for_it(home: LocalHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEIC_HOME", str(home.folder))
    processes = local_processes(home, Settings(home=home.folder), with_buyers=True)
    assert {process.name for process in processes if process.is_world} == {"broker", "chain", "venues", "signer"}


def test_what_only_people_look_at_can_be_left_out(home: LocalHome, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = names_over(home, monkeypatch)
    settings = Settings(home=home.folder)
    fewer = {process.name for process in local_processes(home, settings, with_buyers=False, with_views=False)}
    assert everything - fewer == {"console", "alerts", "flower"}
