"""Exchanges that answer as their public documentation shows, from `tests/data/ccxt`; CCXT speaks to them unmodified."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from unittest import mock

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.domain.fills import Side
from exchanges import ccxt
from exchanges.ccxt.ots import CcxtOts
from exchanges.config import ExchangeConfig
from exchanges.server_clock import ServerClock
from tests.integration.exchanges.scripted_exchange import Answer, ScriptedExchange, scripted_exchange

DATA = Path(__file__).parents[3] / "data" / "ccxt"
IDS = tuple(sorted(folder.name for folder in DATA.iterdir() if folder.is_dir()))
NOW = datetime(2023, 11, 14, 22, 14, 20, tzinfo=UTC)
OUR_ID = "meic0123456789abcdef01234567"
SECRET = "c2VjcmV0LXNlY3JldA=="


@cache
def _pem() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    return key.private_bytes(*form).decode()


def read(exchange_id: str, name: str) -> dict[str, object]:
    content: dict[str, object] = json.loads((DATA / exchange_id / f"{name}.json").read_text())
    return content


def call_of(exchange_id: str, name: str) -> str:
    return str(read(exchange_id, name)["call"])


def key_of(exchange_id: str) -> dict[str, str]:
    if exchange_id == "coinbase":
        return {"apiKey": "organizations/one/apiKeys/two", "secret": _pem()}
    return {"apiKey": "the-api-key", "secret": SECRET, "password": "the-passphrase"}


class Documented:
    """One exchange, its server and our account there."""

    def __init__(self, exchange_id: str, server: ScriptedExchange, folder: Path, timeout_seconds: float) -> None:
        self.exchange_id = exchange_id
        self.server = server
        key_file = folder / "north.apikey.json"
        key_file.write_text(json.dumps(key_of(exchange_id)))
        key_file.chmod(0o600)
        self._config = ExchangeConfig(
            "north",
            "ccxt",
            "NDAU/USDT",
            key_file,
            server.endpoint,
            timeout_seconds=timeout_seconds,
            id=exchange_id,
        )
        for path in sorted((DATA / exchange_id).glob("*.json")):
            if path.stem != "errors":
                told = read(exchange_id, path.stem)
                server.script(str(told["call"]), answer(told["answer"], told["status"]))
        self.ots = self.build()

    def build(self) -> CcxtOts:
        with mock.patch.object(ccxt, "ServerClock", partial(ServerClock, now=lambda: NOW)):
            return ccxt.build(self._config)

    def call(self, name: str) -> str:
        return call_of(self.exchange_id, name)

    def order_id(self) -> str:
        """Return the id of our offer."""
        (ours,) = (order for order in self.ots.open_orders() if order.side is Side.SELL)
        return ours.exchange_order_id


def answer(value: object, status: object = 200, **headers: str) -> Answer:
    return Answer(json.dumps(value), int(str(status)), headers)


@contextmanager
def documented(exchange_id: str, folder: Path, timeout_seconds: float = 5.0) -> Iterator[Documented]:
    with scripted_exchange() as server:
        exchange = Documented(exchange_id, server, folder, timeout_seconds)
        try:
            yield exchange
        finally:
            exchange.ots.close()
