"""Make the home of a coordinator that runs, with everything around it, on this machine."""

import json
import os
import re
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from app.domain.errors import InvalidInput
from app.domain.money import NAPU_PER_NDAU
from app.ndau.keys import PrivateKey
from app.signing import keyfile
from localnet.buyers import config as buyers
from localnet.chain.genesis import Genesis, write_genesis
from venue import config as venues
from venue.config import Gateway

SYMBOL = "NDAU_USDT"
VENUES = ("bitmart", "north", "south")
GATEWAYS: dict[str, Gateway] = {"bitmart": "bitmart", "north": "binance", "south": "binance"}
"""Whose API each venue of a new home speaks; the exchange's driver in the settings must speak the same."""
BUYERS_PER_VENUE = 2

_DRIVER_LINES: dict[Gateway, str] = {
    "bitmart": f'driver = "bitmart"\nsymbol = "{SYMBOL}"\npoll_seconds = 1.0',
    "binance": (
        'driver = "ccxt"\nid = "binance"\nsymbol = "NDAU/USDT"\npoll_seconds = 10.0\npoll_seconds_without_stream = 1.0'
    ),
}
"""How an exchange's section names who speaks with such a venue, and how often it is polled: a stream spares polls."""

_ISSUED_NDAU, _RELEASED_NDAU = 3_499_700, 10_000_000
"""Where the local chain starts: 300 ndau before the price's next step, so that one sees it rise soon."""

_PORTS = {"broker": 0, "chain": 0, "signer": 0} | dict.fromkeys(VENUES, 0)
"""Any free ports, so that instances that start at the same time do not choose the same."""


@dataclass(frozen=True, slots=True)
class LocalHome:
    """Where the parts of a local instance keep their state."""

    folder: Path

    @property
    def settings(self) -> Path:
        """The settings file; it is written last, so it says that the home is complete."""
        return self.folder / "meic.toml"

    @property
    def keys(self) -> Path:
        """Key files, and the passphrase that opens them."""
        return self.folder / "keys"

    @property
    def console_password(self) -> Path:
        """The password of the first who may log in at the console."""
        return self.keys / "console-password"

    @property
    def flower_password(self) -> Path:
        """Flower's password."""
        return self.keys / "flower-password"

    @property
    def chain(self) -> Path:
        """The chain's genesis and state."""
        return self.folder / "chain"

    @property
    def broker(self) -> Path:
        """The broker's configuration; it keeps no state."""
        return self.folder / "broker"

    @property
    def venues(self) -> Path:
        """The venues' configuration."""
        return self.folder / "venues.json"

    @property
    def buyers(self) -> Path:
        """The buyers' configuration."""
        return self.folder / "buyers.json"

    @property
    def logs(self) -> Path:
        """One log a process."""
        return self.folder / "logs"

    def api_key(self, exchange: str) -> Path:
        """The issuer's key at an exchange."""
        return self.folder / "exchanges" / f"{exchange}.apikey.json"

    def issuer_keys(self, exchange: str) -> dict[str, str]:
        """Return the issuer's key at an exchange as a venue's client takes it."""
        fields: dict[str, str] = json.loads(self.api_key(exchange).read_text(encoding="utf-8"))
        if "apiKey" in fields:
            return {"access": fields["apiKey"], "secret": fields["secret"]}
        return fields

    def gateway(self, venue: str) -> Gateway:
        """Whose API a venue of this home speaks: a home keeps what it was made with."""
        return next(each.gateway for each in venues.load(self.venues).venues if each.name == venue)


def ensure_home(folder: Path, *, block_seconds: float, buyer_seconds: float) -> LocalHome:
    """Return a complete local home, made now if the folder has none; an interrupted making is done again.

    Raises:
        InvalidInput: the folder holds a deployment that is not ours to start, or cannot be written.
    """
    home = LocalHome(folder.resolve())
    if home.settings.exists():
        if "[local]" not in home.settings.read_text(encoding="utf-8"):
            raise InvalidInput(
                f"{home.settings} describes a deployment of its own: start it from the Procfile, or give `meic up` another MEIC_HOME"
            )
        return home
    try:
        _make(home, block_seconds, buyer_seconds)
    except OSError as error:
        raise InvalidInput(f"{home.folder} cannot hold a local instance: {error}") from error
    return home


def _make(home: LocalHome, block_seconds: float, buyer_seconds: float) -> None:
    for folder in (home.folder, home.keys, home.chain, home.broker, home.logs, home.api_key("any").parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    ports = free_ports(_PORTS)
    passphrase = home.keys / "passphrase"
    write_secret(passphrase, secrets.token_urlsafe(24) + "\n")
    keys = {name: _new_key(home, name) for name in ("issuer", "service", "client")}
    issuer = keys["issuer"].public_key()
    genesis = Genesis.for_keys(
        [issuer],
        total_released_napu=_RELEASED_NDAU * NAPU_PER_NDAU,
        total_issued_napu=_ISSUED_NDAU * NAPU_PER_NDAU,
    )
    write_genesis(home.chain / "genesis.json", genesis)
    _make_venues(home, ports, buyer_seconds)
    broker_password = secrets.token_urlsafe(24)
    # With a password nobody rings the bells of an instance that took the port a moment before us.
    write_secret(home.broker / "valkey.conf", f"requirepass {broker_password}\n")
    text = _settings_text(ports, keys, block_seconds, broker_password)
    write_secret(home.settings, text)


def free_ports(wanted: dict[str, int]) -> dict[str, int]:
    """Return a free port of this machine for each name: the wanted one, or any when that is taken."""
    held, ports = [], {}
    for name, port in wanted.items():
        listener = _listen(port)
        held.append(listener)
        ports[name] = listener.getsockname()[1]
    for listener in held:
        listener.close()
    return ports


def change_taken_ports(home: LocalHome, ports: dict[str, int]) -> bool:
    """Give every part whose port another program took a free one, in all files of the home; return whether any was."""
    free = free_ports(ports)
    taken = {str(ports[name]): str(free[name]) for name in ports if free[name] != ports[name]}
    if not taken:
        return False
    number = re.compile(r"(?<![\w.])(" + "|".join(taken) + r")(?![\w.])")
    for path in (home.venues, home.buyers, home.settings):
        write_secret(path, number.sub(lambda found: taken[found[1]], path.read_text(encoding="utf-8")))
    return True


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    # Connections of the run before may still be waiting to be forgotten; they take no port from us.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError:
        listener.bind(("127.0.0.1", 0))
    return listener


def _new_key(home: LocalHome, name: str) -> PrivateKey:
    key = PrivateKey.generate()
    path = home.keys / f"{name}.key.json"
    path.unlink(missing_ok=True)  # of a making that was interrupted; nothing uses it yet
    keyfile.create(path, key, (home.keys / "passphrase").read_text(encoding="utf-8").strip())
    return key


def _make_venues(home: LocalHome, ports: dict[str, int], buyer_seconds: float) -> None:
    configs: list[venues.VenueConfig] = []
    traders: list[buyers.TraderConfig] = []
    for name in VENUES:
        issuer = _account("issuer", {"NDAU": "2000000"})
        accounts = [_account(f"buyer-{n}", {"USDT": "1000000000", "NDAU": "1000"}) for n in range(BUYERS_PER_VENUE)]
        configs.append(_venue(name, ports[name], home.folder / "venues" / name, [issuer, *accounts]))
        traders += [_trader(name, ports[name], account) for account in accounts]
        write_secret(home.api_key(name), json.dumps(_credentials(issuer, GATEWAYS[name]), indent=2) + "\n")
    venues.write(home.venues, venues.Config(venues=tuple(configs)))
    buyers.write(
        home.buyers,
        buyers.BuyersConfig(
            traders=tuple(traders),
            quantity=("0.5", "40"),
            seed=secrets.randbelow(2**32),
            mean_seconds=buyer_seconds,
        ),
    )


def _trader(venue: str, port: int, account: venues.AccountConfig) -> buyers.TraderConfig:
    return buyers.TraderConfig(
        name=f"{venue}-{account.id}",
        endpoint=f"http://127.0.0.1:{port}",
        symbol=SYMBOL,
        access=account.access,
        secret=account.secret,
        memo=account.memo,
        gateway=GATEWAYS[venue],
    )


def _account(name: str, deposits: dict[str, str]) -> venues.AccountConfig:
    return venues.AccountConfig(
        id=name,
        access=secrets.token_hex(16),
        secret=SecretStr(secrets.token_hex(16)),
        memo=f"meic-{name}",
        deposits=deposits,
    )


def _credentials(account: venues.AccountConfig, gateway: Gateway) -> dict[str, str]:
    """Return a key as the driver that speaks with such a gateway wants its file."""
    secret = account.secret.get_secret_value()
    if gateway == "binance":
        return {"apiKey": account.access, "secret": secret}
    return {"access": account.access, "secret": secret, "memo": account.memo}


def _venue(name: str, port: int, state: Path, accounts: list[venues.AccountConfig]) -> venues.VenueConfig:
    market = venues.MarketConfig(
        base="NDAU", quote="USDT", price_tick="0.01", quantity_step="0.01", minimum_quantity="0.01"
    )
    return venues.VenueConfig(
        name=name,
        port=port,
        state_directory=state,
        markets=(market,),
        accounts=tuple(accounts),
        gateway=GATEWAYS[name],
        # Every process that starts asks for a token of its own, and here they are started, and killed, often. Weight is as at
        # Binance, but by key: issuer and buyers have one address here.
        limits=venues.LimitsConfig(authentications_per_minute=1000, weight_per_minute=6000, is_weight_by_key=True),
    )


def _settings_text(
    ports: dict[str, int], keys: dict[str, PrivateKey], block_seconds: float, broker_password: str
) -> str:
    exchanges = "".join(
        f"""
[exchanges.{name}]
{_DRIVER_LINES[GATEWAYS[name]]}
endpoint = "http://127.0.0.1:{ports[name]}"
key_file = "exchanges/{name}.apikey.json"
minimum_quantity = "0.01"
"""
        for name in VENUES
    )
    venue_ports = ", ".join(f"{name} = {ports[name]}" for name in VENUES)
    return f"""# Written by `meic up` for an instance that runs on this machine alone. docs/operations.md shows a real one.

[broker]
url = "redis://:{broker_password}@127.0.0.1:{ports["broker"]}/0"
result_url = "redis://:{broker_password}@127.0.0.1:{ports["broker"]}/0"

[chain]
url = "http://127.0.0.1:{ports["chain"]}"

[signer]
url = "ws://127.0.0.1:{ports["signer"]}"
service_key = "{keys["service"].public_key()}"
client_key_file = "keys/client.key.json"
passphrase_file = "keys/passphrase"

[signing_service]
port = {ports["signer"]}
identity_key_file = "keys/service.key.json"
key_files = ["keys/issuer.key.json"]
passphrase_file = "keys/passphrase"
client_keys = ["{keys["client"].public_key()}"]
{exchanges}
[local]
broker_port = {ports["broker"]}
chain_port = {ports["chain"]}
venue_ports = {{ {venue_ports} }}
block_seconds = {block_seconds}
"""


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner reads, complete or not at all."""
    draft = path.with_name(f".{path.name}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
