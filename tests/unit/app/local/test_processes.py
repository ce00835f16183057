from pathlib import Path

import pytest

from app.domain.errors import InvalidInput
from app.local.processes import PROCFILE, read_procfile


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
    assert {"beat", "flower", "signer"} < set(commands)


def test_a_line_that_is_no_process_is_named(tmp_path: Path) -> None:
    path = tmp_path / "Procfile"
    path.write_text("# a comment\n\nworker: celery worker\nnonsense\n")
    with pytest.raises(InvalidInput, match="'nonsense' is no process; expected 'name: command'"):
        read_procfile(path)


def test_a_missing_procfile_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_procfile(tmp_path / "Procfile")
