"""The `meic` command in this process, on a home of its own."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app import bootstrap, cli
from app.settings.loading import load_settings
from app.settings.settings import home_folder


@dataclass(frozen=True)
class Said:
    status: int
    out: str
    err: str


Meic = Callable[..., Said]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("MEIC_HOME", str(tmp_path))
    monkeypatch.delenv("MEIC_SETTINGS", raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    _forget()
    yield tmp_path
    bootstrap.coordinator().close() if (tmp_path / "ledger.sqlite3").exists() else None
    _forget()


@pytest.fixture
def meic(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Meic:
    def run(*arguments: str) -> Said:
        assert load_settings.cache_info().currsize == 0 or home_folder() == home
        monkeypatch.setattr(sys, "argv", ["meic", *arguments])
        capsys.readouterr()
        status = 0
        try:
            cli.main()
        except SystemExit as ended:
            status = int(ended.code or 0)
        said = capsys.readouterr()
        return Said(status, said.out, said.err)

    return run


def _forget() -> None:
    load_settings.cache_clear()
    bootstrap._coordinator_of.cache_clear()
