import re
import shutil
import socket
import stat
import tomllib
from pathlib import Path

import pytest

from app.local.completing import complete_home
from app.local.home import LocalHome, ensure_home
from app.settings.settings import Settings


def settings_of(home: LocalHome, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("MEIC_HOME", str(home.folder))
    monkeypatch.delenv("MEIC_SETTINGS", raising=False)
    return Settings(home=home.folder)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> LocalHome:
    """A home, made once: its keys take a while."""
    return ensure_home(tmp_path_factory.mktemp("made"), block_seconds=1, buyer_seconds=1)


@pytest.fixture
def old(made: LocalHome, tmp_path: Path) -> LocalHome:
    """A home as an earlier release made it."""
    home = LocalHome(shutil.copytree(made.folder, tmp_path / "home"))
    text = home.settings.read_text()
    home.settings.write_text(text.replace("[local]\n", "[local]\nflower_port = 5999\n"))
    return home


def test_a_home_of_an_earlier_release_gets_what_it_has_not(old: LocalHome, monkeypatch: pytest.MonkeyPatch) -> None:
    before = old.settings.read_text()
    complete_home(old)
    assert old.settings.read_text().startswith(before)
    settings = settings_of(old, monkeypatch)
    ports = [settings.console.port, settings.flower.port, *(port for _, port in settings.telemetry.vitals_ports)]
    assert len(set(ports)) == len(ports)
    assert all(ports)
    assert settings.flower.password_file is not None
    assert settings.path(settings.flower.password_file) == old.flower_password


def test_flower_stays_where_it_was(old: LocalHome, monkeypatch: pytest.MonkeyPatch) -> None:
    complete_home(old)
    assert settings_of(old, monkeypatch).flower.port == 5999


def test_a_port_that_is_taken_is_replaced(old: LocalHome, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 5999))
        taken.listen()
        complete_home(old)
    assert settings_of(old, monkeypatch).flower.port != 5999


def test_passwords_are_made_once_differ_and_are_their_owners_alone(old: LocalHome) -> None:
    complete_home(old)
    paths = [old.console_password, old.flower_password]
    passwords = [path.read_text() for path in paths]
    assert passwords[0] != passwords[1]
    assert all(re.fullmatch(r"[\w-]{24}\n", password) for password in passwords)
    assert [path for path in paths if stat.S_IMODE(path.stat().st_mode) != 0o600] == []
    complete_home(old)
    assert [path.read_text() for path in paths] == passwords


def test_again_it_changes_nothing(old: LocalHome) -> None:
    complete_home(old)
    before = old.settings.read_bytes()
    complete_home(old)
    assert old.settings.read_bytes() == before


def test_what_somebody_has_set_himself_is_left_alone(old: LocalHome) -> None:
    text = old.settings.read_text() + "\n[console]\nport = 8123\n"
    old.settings.write_text(text)
    complete_home(old)
    settings = tomllib.loads(old.settings.read_text())
    assert settings["console"] == {"port": 8123}
    assert set(settings) >= {"flower", "telemetry"}
