import subprocess
import sys
from pathlib import Path

import pytest

import exchanges
from app.domain.errors import InvalidInput
from exchanges import registry
from exchanges.config import ExchangeConfig


def key_file(folder: Path) -> Path:
    path = folder / "key.json"
    path.write_text('{"access": "ab", "secret": "cd", "memo": "m"}')
    path.chmod(0o600)
    return path


def test_a_driver_is_found_by_its_folders_name(tmp_path: Path) -> None:
    ots = registry.build(ExchangeConfig("north", "bitmart", "NDAU_USDT", key_file(tmp_path)))
    assert (ots.name, ots.market.symbol) == ("north", "NDAU_USDT")


def test_one_driver_serves_several_accounts(tmp_path: Path) -> None:
    key = key_file(tmp_path)
    names = {registry.build(ExchangeConfig(name, "bitmart", "NDAU_USDT", key)).name for name in ("north", "south")}
    assert names == {"north", "south"}


@pytest.mark.parametrize("driver", ["", "nowhere", "config", "bitmart.ots", "../app"])
def test_an_unknown_driver_is_named_beside_the_known_ones(driver: str) -> None:
    with pytest.raises(InvalidInput, match=r"exchanges\.north\.driver is .*; expected one of: .*\bbitmart\b"):
        registry.build(ExchangeConfig("north", driver, "NDAU_USDT"))


def test_a_driver_whose_library_is_missing_says_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = tmp_path / "needy"
    driver.mkdir()
    (driver / "__init__.py").write_text("import a_library_nobody_has\n")
    monkeypatch.setattr(exchanges, "__path__", [str(tmp_path)])
    with pytest.raises(InvalidInput, match="library 'a_library_nobody_has' is not installed"):
        registry.build(ExchangeConfig("north", "needy", "NDAU_USDT"))


def test_only_the_driver_asked_for_is_imported() -> None:
    script = "import sys; from exchanges import registry; registry.known_drivers(); print('exchanges.bitmart' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"


def test_a_driver_without_streams_has_none(tmp_path: Path) -> None:
    assert not registry.may_stream("bitmart")
    assert registry.build_stream(ExchangeConfig("north", "bitmart", "NDAU_USDT", key_file(tmp_path))) is None


def test_a_driver_with_streams_is_known_without_importing_its_library() -> None:
    script = "import sys; from exchanges import registry; print(registry.may_stream('ccxt'), 'ccxt' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "True False"


@pytest.mark.parametrize("driver", ["", "nowhere", "config"])
def test_an_unknown_driver_has_no_stream_and_is_named_when_one_is_built(driver: str) -> None:
    assert not registry.may_stream(driver)
    with pytest.raises(InvalidInput, match="expected one of"):
        registry.build_stream(ExchangeConfig("north", driver, "NDAU_USDT"))


def test_a_driver_whose_library_is_missing_has_no_stream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = tmp_path / "needing"
    driver.mkdir()
    (driver / "__init__.py").write_text("import a_library_nobody_has\n")
    monkeypatch.setattr(exchanges, "__path__", [str(tmp_path)])
    assert not registry.may_stream("needing")
