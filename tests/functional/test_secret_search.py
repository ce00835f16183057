"""The search for secrets finds what it should: otherwise the test that uses it could not fail."""

import base64
import json
import logging
from pathlib import Path

import pytest

from app.local.home import LocalHome, ensure_home
from app.ndau.encoding import decode
from app.settings.loading import load_settings
from app.signing import keyfile
from tests.functional.secret_search import Secrets, from_texts, secrets_of

SECRET = "correct horse battery staple/+&"


@pytest.fixture
def secrets() -> Secrets:
    return from_texts({"it": [SECRET]})


@pytest.mark.parametrize("around", ["", "x", "xy", "xyz"])
def test_a_secret_is_found_plain_and_encoded_wherever_it_stands(secrets: Secrets, around: str) -> None:
    text = f"{around}{SECRET}{around}"
    assert secrets.found_in(text.encode()) == {"it"}
    assert secrets.found_in(base64.b64encode(text.encode())) == {"it"}
    assert secrets.found_in(json.dumps({"body": base64.b64encode(text.encode()).decode()}).encode()) == {"it"}


def test_a_part_of_a_secret_is_found(secrets: Secrets) -> None:
    assert secrets.found_in(b"password: correct horse ba***") == {"it"}
    assert secrets.found_in(b"...attery staple/+&") == {"it"}


def test_a_secret_is_found_in_a_url(secrets: Secrets) -> None:
    assert secrets.found_in(b"redis://:correct%20horse%20battery%20staple%2F%2B%26@127.0.0.1/0") == {"it"}


def test_a_text_without_it_holds_none(secrets: Secrets) -> None:
    assert secrets.found_in(b"the correct passphrase is secret" * 1000) == set()


def test_a_secret_that_is_planted_in_a_log_line_is_found(
    secrets: Secrets, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    logging.getLogger("app").warning("cannot open the file with %r", {"passphrase": SECRET})
    (tmp_path / "issuer.log").write_text(caplog.text)
    assert secrets.found_in((tmp_path / "issuer.log").read_bytes()) == {"it"}


def test_every_secret_of_an_instance_is_searched_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEIC_HOME", str(tmp_path))
    home: LocalHome = ensure_home(tmp_path, block_seconds=1, buyer_seconds=1)
    load_settings.cache_clear()
    secrets = secrets_of(home, load_settings(), {"the ledger's password": SECRET})
    load_settings.cache_clear()

    assert "the broker's password" in secrets.found_in(home.settings.read_bytes())
    assert "the broker's password" in secrets.found_in((home.broker / "valkey.conf").read_bytes())
    assert {"north.apikey.json: access", "north.apikey.json: secret"} <= secrets.found_in(
        home.api_key("north").read_bytes()
    )
    assert "south-buyer-0: secret" in secrets.found_in(home.buyers.read_bytes())
    passphrase = (home.keys / "passphrase").read_bytes()
    assert secrets.found_in(passphrase) == {"the passphrase"}
    key = keyfile.load(home.keys / "issuer.key.json", passphrase.decode().strip())
    seed = decode(str(key).removeprefix("npvt")).data[1:33]
    for text in (str(key), str(key)[:40], seed.hex(), base64.b64encode(seed).decode()):
        assert secrets.found_in(text.encode()) == {"the key of issuer.key.json"}
    assert secrets.found_in(f"Bearer m261{'0a' * 30}".encode()) == {"an access token"}
    assert secrets.found_in((home.keys / "issuer.key.json").read_bytes()) == set()
    assert secrets.found_in(str(key.public_key()).encode()) == set()
