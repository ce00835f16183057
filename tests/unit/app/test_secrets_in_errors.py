"""What an operator gets wrong about a secret is told without repeating the secret, not even in the error's chain."""

import json
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from app.bootstrap import Coordinator
from app.domain.errors import InvalidInput
from app.ndau.keys import PrivateKey
from app.settings.loading import load_settings
from app.signing import keyfile

SECRET = "hunter2hunter2"
# A password with a slash, as base64 has it, splits a URL where nobody meant it to.
SLASHED = f"{SECRET}/{SECRET}"
PASSPHRASE = "correct horse battery"


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings that are right but for what a test changes."""
    keyfile.create(tmp_path / "client.key.json", key := PrivateKey.generate(), PASSPHRASE)
    (tmp_path / "passphrase").write_text(PASSPHRASE)
    (tmp_path / "passphrase").chmod(0o600)
    (tmp_path / "api.json").write_text(json.dumps({"access": "ab", "secret": "cd", "memo": "m"}))
    (tmp_path / "api.json").chmod(0o600)
    (tmp_path / "meic.toml").write_text(f"""
[chain]
url = "https://node.example"
[signer]
url = "wss://signer.example"
service_key = "{key.public_key()}"
client_key_file = "client.key.json"
passphrase_file = "passphrase"
[exchanges.north]
driver = "bitmart"
symbol = "NDAU_USDT"
key_file = "api.json"
""")
    monkeypatch.setenv("MEIC_HOME", str(tmp_path))
    monkeypatch.delenv("MEIC_SETTINGS", raising=False)
    monkeypatch.setattr("app.bootstrap.load_settings", load_settings.__wrapped__)


def ledger(parts: Coordinator) -> object:
    return parts.ledger


def chain(parts: Coordinator) -> object:
    return parts.chain


def signer(parts: Coordinator) -> object:
    return parts.signer


def exchange(parts: Coordinator) -> object:
    return parts.ots("north")


Part = Callable[[Coordinator], object]


@pytest.mark.parametrize("part", [chain, signer, exchange])
def test_right_settings_build_each_part(part: Part) -> None:
    parts = Coordinator(load_settings.__wrapped__())
    assert part(parts) is not None
    parts.close()


@pytest.mark.parametrize(
    ("part", "variable", "value", "words"),
    [
        (ledger, "LEDGER__URL", f"mysql://root:{SECRET}@db/x", "ledger.url starts with 'mysql'"),
        (ledger, "LEDGER__URL", f"postgresql://meic:{SECRET}@db:port/x", "ledger.url is no database URL"),
        (ledger, "LEDGER__URL", f"postgresql://meic:{SECRET}@127.0.0.1:1/x", "cannot be reached"),
        (ledger, "LEDGER__URL", SECRET, "ledger.url is no database URL"),
        (ledger, "BROKER__URL", f"redis://:{SLASHED}@127.0.0.1:1/0", "broker.url: it is no URL of a broker"),
        (ledger, "BROKER__URL", f"radish://:{SECRET}@127.0.0.1:1/0", "broker.url: it is no URL of a broker"),
        (ledger, "BROKER__URL", f"redis://:{SECRET}@127.0.0.1:port/0", "broker.url: it is no URL of a broker"),
        (ledger, "BROKER__RESULT_URL", f"redis://:{SLASHED}@127.0.0.1/0", "broker.result_url: it is no URL"),
        (ledger, "BROKER__PASSWORD", SECRET, "broker.password is no setting of ours"),
        (ledger, "BROKER", f'{{"url": "{SECRET}', "cannot be read"),
        (chain, "CHAIN__URL", f"https://meic:{SECRET}@node.example", "the chain's url"),
        (chain, "CHAIN__URL", f"https://meic:{SLASHED}@node.example", "the chain's url"),
        (signer, "SIGNER__URL", f"wss://meic:{SECRET}@signer.example", "the signing service's URL"),
        (signer, "SIGNER__URL", f"wss://meic:{SLASHED}@signer.example", "the signing service's URL"),
        (signer, "SIGNER__PASSPHRASE_FILE", SECRET, "the passphrase file cannot be read"),
        (exchange, "EXCHANGES__NORTH__ENDPOINT", f"https://meic:{SECRET}@api.example.com", "endpoint"),
        (exchange, "EXCHANGES__NORTH__ENDPOINT", f"https://meic:{SLASHED}@api.example.com", "endpoint"),
        (exchange, "EXCHANGES__NORTH__SECRET", SECRET, "exchanges.north.secret is no setting of ours"),
    ],
)
def test_a_wrong_setting_that_holds_a_secret_is_named_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, part: Part, variable: str, value: str, words: str
) -> None:
    monkeypatch.setenv(f"MEIC_{variable}", value)
    with pytest.raises(InvalidInput) as refused:
        part(Coordinator(load_settings.__wrapped__()))
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
    assert SECRET not in "".join(traceback.format_exception(refused.value))


def test_a_private_key_where_a_public_one_belongs_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = str(PrivateKey.generate())
    monkeypatch.setenv("MEIC_SIGNER__SERVICE_KEY", secret)
    with pytest.raises(InvalidInput) as refused:
        signer(Coordinator(load_settings.__wrapped__()))
    assert secret[12:28] not in "".join(traceback.format_exception(refused.value))


@pytest.mark.parametrize(
    "content",
    [
        SECRET,
        f'{{"access": "ab", "secret": "{SECRET}", "memo": "m"}}',
        f'{{"access": "ab", "secret": "cd", "memo": "m", "{SECRET}": "x"}}',
        f'{{"access": "ab", "secret": ["{SECRET}"], "memo": "m"}}',
        f'{{"access": "ab", "secret": "{SECRET}", ',
    ],
)
def test_a_wrong_key_file_of_an_exchange_is_not_repeated(tmp_path: Path, content: str) -> None:
    (tmp_path / "api.json").write_text(content)
    with pytest.raises(InvalidInput, match="key file") as refused:
        exchange(Coordinator(load_settings.__wrapped__()))
    assert SECRET not in "".join(traceback.format_exception(refused.value))


def test_a_wrong_passphrase_is_not_repeated(tmp_path: Path) -> None:
    (tmp_path / "passphrase").write_text(SECRET)
    with pytest.raises(InvalidInput, match="the passphrase is wrong") as refused:
        signer(Coordinator(load_settings.__wrapped__()))
    assert SECRET not in "".join(traceback.format_exception(refused.value))
