"""Celery's settings over each broker."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

PROGRAM = """
import json, celeryconfig
names = [name for name in vars(celeryconfig) if name.split('_')[0] in ('broker', 'task', 'worker', 'result')]
values = {name: getattr(celeryconfig, name) for name in names}
print(json.dumps({name: value for name, value in values.items() if isinstance(value, str | bool | dict)}, default=str))
"""


def settings_over(folder: Path, **variables: str) -> dict[str, Any]:
    environment = os.environ | {"MEIC_HOME": str(folder)} | variables
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    settings: dict[str, Any] = json.loads(done.stdout)
    return settings


def test_over_valkey_messages_and_results_share_it_and_nothing_speaks_of_queue_types(tmp_path: Path) -> None:
    settings = settings_over(tmp_path, MEIC_BROKER__URL="redis://127.0.0.1:1/0")
    assert settings["result_backend"] == settings["broker_url"] == "redis://127.0.0.1:1/0"
    assert settings["broker_transport_options"]["visibility_timeout"] == 3600
    assert "task_default_queue_type" not in settings


def test_over_rabbitmq_queues_are_quorums_and_nothing_of_redis_reaches_its_connection(tmp_path: Path) -> None:
    urls = {"MEIC_BROKER__URL": "amqp://127.0.0.1:1//", "MEIC_BROKER__RESULT_URL": "redis://127.0.0.1:2/0"}
    settings = settings_over(tmp_path, **urls)
    assert settings["result_backend"] == "redis://127.0.0.1:2/0"
    assert settings["task_default_queue_type"] == settings["task_create_missing_queue_type"] == "quorum"
    assert "broker_transport_options" not in settings
