import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from venue.config import AccountConfig, Config, MarketConfig, VenueConfig, load, write
from venue.errors import InvalidSetting


def a_config(state_directory: Path) -> Config:
    market = MarketConfig(base="NDAU", quote="USDT", price_tick="0.01", quantity_step="0.01", minimum_quantity="0.01")
    account = AccountConfig(id="issuer", access="aa", secret=SecretStr("hush"), memo="m", deposits={"NDAU": "5.5"})
    venue = VenueConfig(name="north", port=0, state_directory=state_directory, markets=(market,), accounts=(account,))
    return Config(venues=(venue,))


def test_a_written_configuration_is_read_back_the_same(tmp_path: Path) -> None:
    config = a_config(tmp_path / "state")
    write(tmp_path / "venue.json", config)
    assert load(tmp_path / "venue.json") == config


def test_the_file_is_readable_by_its_owner_only_and_the_secret_is_in_no_repr(tmp_path: Path) -> None:
    config = a_config(tmp_path / "state")
    write(tmp_path / "venue.json", config)
    assert (tmp_path / "venue.json").stat().st_mode & 0o077 == 0
    assert "hush" not in repr(config)


def test_a_relative_state_directory_starts_from_the_file(tmp_path: Path) -> None:
    write(tmp_path / "venue.json", a_config(Path("state/north")))
    assert load(tmp_path / "venue.json").venues[0].state_directory == tmp_path / "state" / "north"


def test_a_venue_speaks_bitmart_and_its_accounts_may_read_and_trade_unless_told_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "venue.json"
    write(path, a_config(Path("state")))
    data = json.loads(path.read_text())
    del data["venues"][0]["gateway"]
    del data["venues"][0]["accounts"][0]["permissions"]
    path.write_text(json.dumps(data))
    (venue,) = load(path).venues
    assert venue.gateway == "bitmart"
    assert sorted(venue.accounts[0].permissions) == ["read", "trade"]


def _double_account(venue: dict[str, Any]) -> None:
    venue["accounts"].append(venue["accounts"][0])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda venue: venue.pop("port"), "venues.0.port: Field required"),
        (lambda venue: venue.update(port="8000"), "venues.0.port: Input should be a valid integer"),
        (lambda venue: venue.update(prot=1), "venues.0.prot: Extra inputs are not permitted"),
        (lambda venue: venue["markets"][0].update(price_tick=0.01), "venues.0.markets.0.price_tick: Input should be"),
        (lambda venue: venue["accounts"][0]["deposits"].update(NDAU="-1"), "deposits.NDAU: String should match"),
        (lambda venue: venue.update(gateway="kraken"), "venues.0.gateway: Input should be 'bitmart' or 'binance'"),
        (lambda venue: venue["accounts"][0].update(permissions=["fly"]), "accounts.0.permissions.0: Input should be"),
        (_double_account, "account ids must be distinct, 'issuer' is given twice"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, change: Callable[[dict[str, Any]], object], words: str) -> None:
    path = tmp_path / "venue.json"
    write(path, a_config(Path("state")))
    data = json.loads(path.read_text())
    change(data["venues"][0])
    path.write_text(json.dumps(data))
    with pytest.raises(InvalidSetting, match=words) as caught:
        load(path)
    assert "hush" not in str(caught.value)


def test_a_missing_file_and_one_that_is_no_json_are_named(tmp_path: Path) -> None:
    path = tmp_path / "venue.json"
    with pytest.raises(InvalidSetting, match=r"venue\.json: No such file"):
        load(path)
    path.write_text("{")
    with pytest.raises(InvalidSetting, match=r"venue\.json: the file: Invalid JSON"):
        load(path)
