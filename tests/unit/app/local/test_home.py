import json
import socket
import stat
from pathlib import Path

import pytest

from app.domain.errors import InvalidInput
from app.local import home as homes
from app.local.home import change_taken_ports, ensure_home, free_ports
from app.settings.settings import Settings
from localnet.buyers import config as buyers
from localnet.chain.genesis import read_genesis
from venue import config as venues


def settings_of(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("MEIC_HOME", str(folder))
    monkeypatch.delenv("MEIC_SETTINGS", raising=False)
    return Settings(home=folder)


def test_a_home_is_complete_and_its_parts_fit_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = ensure_home(tmp_path / "home", block_seconds=0.5, buyer_seconds=3)
    settings = settings_of(home.folder, monkeypatch)
    assert set(settings.exchanges) == set(homes.VENUES)
    assert settings.local is not None
    assert settings.local.block_seconds == 0.5
    served = {venue.name: venue.port for venue in venues.load(home.venues).venues}
    assert served == settings.local.venue_ports
    assert buyers.load(home.buyers).mean_seconds == 3
    assert read_genesis(home.chain / "genesis.json").total_issued_napu > 0
    for name in homes.VENUES:
        assert settings.exchanges[name].endpoint == f"http://127.0.0.1:{served[name]}"
        fields = {"bitmart": {"access", "secret", "memo"}, "binance": {"apiKey", "secret"}}[homes.GATEWAYS[name]]
        assert set(json.loads(home.api_key(name).read_text())) == fields


def test_what_is_secret_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    home = ensure_home(tmp_path / "home", block_seconds=1, buyer_seconds=1)
    secret = [home.settings, home.venues, home.buyers, *home.keys.iterdir(), *home.api_key("x").parent.iterdir()]
    assert len(secret) >= 10
    assert [path for path in secret if stat.S_IMODE(path.stat().st_mode) & 0o077] == []


def test_the_broker_lets_in_its_own_instance_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = ensure_home(tmp_path / "home", block_seconds=1, buyer_seconds=1)
    password = (home.broker / "valkey.conf").read_text().removeprefix("requirepass ").strip()
    assert len(password) >= 24
    assert f":{password}@" in settings_of(home.folder, monkeypatch).broker.url.get_secret_value()


def test_a_home_that_exists_is_left_as_it_is(tmp_path: Path) -> None:
    home = ensure_home(tmp_path / "home", block_seconds=1, buyer_seconds=1)
    before = {path: path.read_bytes() for path in home.folder.rglob("*") if path.is_file()}
    ensure_home(tmp_path / "home", block_seconds=9, buyer_seconds=9)
    assert {path: path.read_bytes() for path in home.folder.rglob("*") if path.is_file()} == before


def test_a_making_that_was_interrupted_is_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = ensure_home(tmp_path / "home", block_seconds=1, buyer_seconds=1)
    home.settings.unlink()
    ensure_home(tmp_path / "home", block_seconds=1, buyer_seconds=1)
    assert settings_of(home.folder, monkeypatch).signer is not None


def test_a_real_deployment_is_not_ours_to_start(tmp_path: Path) -> None:
    (tmp_path / "meic.toml").write_text("[chain]\nurl = 'https://node'\n")
    with pytest.raises(InvalidInput, match="describes a deployment of its own"):
        ensure_home(tmp_path, block_seconds=1, buyer_seconds=1)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput, match="cannot hold a local instance"):
        ensure_home(tmp_path / "file" / "home", block_seconds=1, buyer_seconds=1)


def test_a_port_in_use_is_replaced_and_one_that_is_free_is_kept() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ports = free_ports({"a": port, "b": 0, "c": 0})
        assert ports["a"] != port
        assert len(set(ports.values())) == 3
    assert free_ports({"a": port})["a"] == port


def test_a_port_that_somebody_took_since_is_changed_in_every_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = ensure_home(tmp_path / "home", block_seconds=1, buyer_seconds=1)
    local = settings_of(home.folder, monkeypatch).local
    assert local is not None
    ports = local.venue_ports | {"chain": local.chain_port}
    assert not change_taken_ports(home, ports)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", ports["north"]))
        taken.listen()
        assert change_taken_ports(home, ports)
    settings = settings_of(home.folder, monkeypatch)
    assert settings.local is not None
    moved = settings.local.venue_ports["north"]
    assert moved != ports["north"]
    assert settings.local.venue_ports["south"] == ports["south"]
    assert settings.exchanges["north"].endpoint == f"http://127.0.0.1:{moved}"
    assert next(venue.port for venue in venues.load(home.venues).venues if venue.name == "north") == moved
    endpoints = {trader.endpoint for trader in buyers.load(home.buyers).traders if trader.name.startswith("north")}
    assert endpoints == {f"http://127.0.0.1:{moved}"}


def test_a_venue_and_its_buyers_speak_one_api_and_a_home_remembers_which(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = ensure_home(tmp_path / "home", block_seconds=0, buyer_seconds=3)
    monkeypatch.setattr(homes, "GATEWAYS", dict.fromkeys(homes.VENUES, "bitmart"))
    assert [home.gateway(name) for name in homes.VENUES] == ["bitmart", "binance", "binance"]
    for trader in buyers.load(home.buyers).traders:
        assert trader.gateway == home.gateway(trader.name.partition("-")[0])
