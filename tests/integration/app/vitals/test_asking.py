"""`meic health` against a process of its own."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.errors import Unavailable
from app.local.home import free_ports
from app.settings.loading import load_settings
from app.vitals.asking import ask
from app.vitals.server import VitalsServer
from app.vitals.start import start_vitals


def well() -> str:
    return "its loop turned 0.3 s ago"


def ill() -> str:
    raise Unavailable("the ledger cannot be reached")


@pytest.fixture
def watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[VitalsServer]:
    monkeypatch.setenv("MEIC_HOME", str(tmp_path))
    monkeypatch.delenv("MEIC_SETTINGS", raising=False)
    vitals = next(filter(None, (_started(tmp_path) for _ in range(10))))
    yield vitals
    vitals.close()
    load_settings.cache_clear()


def _started(home: Path) -> VitalsServer | None:
    port = free_ports({"vitals": 0})["vitals"]  # another test's connection may take it in the meantime
    (home / "meic.toml").write_text(
        f'[telemetry]\nvitals_host = "0.0.0.0"\nvitals_ports = {{ watch = {port}, beat = 0 }}\n'
    )
    load_settings.cache_clear()
    return start_vitals("watch", load_settings(), health={"loop": well}, ready={"ledger": ill})


@pytest.mark.usefixtures("watch")
def test_a_process_that_is_well_is_0_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask("watch") == 0
    assert capsys.readouterr().out == "watch: loop: its loop turned 0.3 s ago\n"


@pytest.mark.usefixtures("watch")
def test_one_that_is_not_ready_is_1_and_says_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask("watch", is_ready=True) == 1
    assert capsys.readouterr().err == "watch: ledger: the ledger cannot be reached\n"


def test_one_that_is_gone_is_1(watch: VitalsServer, capsys: pytest.CaptureFixture[str]) -> None:
    watch.close()
    assert ask("watch") == 1
    assert f"it does not answer on port {watch.port}" in capsys.readouterr().err


@pytest.mark.usefixtures("watch")
@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("beat", "it tells nobody how it is; telemetry.vitals_ports.beat gives it a port"),
        ("everything", "there is no such process; expected one of: polling, issuer, "),
    ],
)
def test_one_that_cannot_be_asked_is_1_and_says_why(kind: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(kind) == 1
    assert words in capsys.readouterr().err


def test_wrong_settings_are_1_as_docker_keeps_2_for_itself(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MEIC_HOME", str(tmp_path))
    monkeypatch.setenv("MEIC_TELEMETRY__VITALS_PORTS__WATCH", "70000")
    load_settings.cache_clear()
    assert ask("watch") == 1
    load_settings.cache_clear()
    assert "telemetry.vitals_ports.watch is '70000'" in capsys.readouterr().err


@pytest.mark.usefixtures("watch")
def test_the_command_needs_neither_celery_nor_a_database_to_ask() -> None:
    script = (
        "import sys; sys.argv = ['meic', 'health', 'watch']\n"
        "from app.entry import main\n"
        "try: main()\n"
        "finally: print({'celery', 'kombu', 'sqlalchemy', 'typer', 'requests'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "watch: loop: its loop turned 0.3 s ago\nset()\n"
