"""Every exchange that CCXT declares enough of, as the settings make it, where nobody listens."""

import json
import socket
from pathlib import Path

import pytest

from app.domain.errors import ExchangeUnavailable, InvalidInput
from exchanges import ccxt
from exchanges.ccxt.general import general_dialect
from exchanges.ccxt.known import known_ids
from exchanges.ccxt.library import ccxt as library
from exchanges.config import ExchangeConfig

SECRETS = {"apiKey": "an-api-key-of-nobody", "secret": "YSBzZWNyZXQgb2Ygbm9ib2R5", "password": "a-passphrase-of-nobody"}


def accepted() -> list[str]:
    found = []
    for exchange_id in sorted(set(library().exchanges) - set(known_ids())):
        try:
            general_dialect(exchange_id)
        except InvalidInput:
            continue
        found.append(exchange_id)
    return found


@pytest.mark.parametrize("exchange_id", accepted())
def test_each_says_in_our_words_that_nobody_answers_and_names_no_secret(exchange_id: str, tmp_path: Path) -> None:
    key_file = tmp_path / "north.apikey.json"
    key_file.write_text(json.dumps(SECRETS))
    key_file.chmod(0o600)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        endpoint = f"http://127.0.0.1:{probe.getsockname()[1]}"
    ots = ccxt.build(
        ExchangeConfig("north", "ccxt", "NDAU/USDT", key_file, endpoint, id=exchange_id, accept_untested=True)
    )
    with pytest.raises(ExchangeUnavailable, match="no connection to 127") as refused:
        ots.open_orders()
    ots.close()
    assert not any(secret in str(refused.value) for secret in SECRETS.values())
