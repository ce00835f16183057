import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.domain.errors import InvalidInput
from exchanges import ccxt, registry
from exchanges.ccxt import library
from exchanges.ccxt.key_file import load_key
from exchanges.config import ExchangeConfig, RateConfig
from exchanges.registry import known_drivers

KEY = {"apiKey": "the-key", "secret": "the-secret", "password": "the-passphrase"}
Write = Callable[[dict[str, str]], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(key: dict[str, str]) -> Path:
        path = tmp_path / "north.apikey.json"
        path.write_text(json.dumps(key))
        path.chmod(0o600)
        return path

    return write


@pytest.fixture
def config(write: Write) -> ExchangeConfig:
    return ExchangeConfig("north", "ccxt", "NDAU/USDT", write(KEY), id="okx")


def test_the_registry_knows_the_driver() -> None:
    assert "ccxt" in known_drivers()


def test_an_exchange_is_built_without_a_connection(config: ExchangeConfig) -> None:
    assert ccxt.build(config).name == "north"


@pytest.mark.parametrize("exchange_id", ["", "bitmart", "Binance", "../okx"])
def test_an_id_that_is_not_proven_is_refused_with_those_that_are(config: ExchangeConfig, exchange_id: str) -> None:
    with pytest.raises(InvalidInput, match=r"exchanges\.north\.id is .*expected one of: binance, bitget, .*okx"):
        ccxt.build(replace(config, id=exchange_id))


@pytest.mark.parametrize("exchange_id", ["htx", "upbit"])
def test_an_id_that_nobody_has_tried_is_refused_with_the_setting_that_accepts_it(
    config: ExchangeConfig, exchange_id: str
) -> None:
    words = (
        rf"exchanges\.north\.id is '{exchange_id}', of which only what CCXT declares is known; expected one of: binance, "
        r".*okx, or exchanges\.north\.accept_untested = true"
    )
    with pytest.raises(InvalidInput, match=words):
        ccxt.build(replace(config, id=exchange_id))


def test_an_accepted_one_is_built_and_always_spoken_of_with_caution(config: ExchangeConfig) -> None:
    accepted = replace(config, id="htx", accept_untested=True)
    assert ccxt.build(accepted).name == "north"
    assert registry.caution(accepted).startswith("htx is untested: only CCXT's declarations say how it lists trades; ")
    assert registry.caution(replace(config, accept_untested=True)) == ""
    assert registry.caution(replace(config, driver="bitmart")) == ""


def test_that_its_clock_is_not_known_is_told(config: ExchangeConfig) -> None:
    assert "its clock is taken to be ours" in ccxt.caution(replace(config, id="cryptocom", accept_untested=True))


def test_one_that_ccxt_does_not_know_enough_of_is_refused_all_the_same(config: ExchangeConfig) -> None:
    with pytest.raises(InvalidInput, match="upbit cannot be used through CCXT alone: CCXT lacks fetchMyTrades there"):
        ccxt.build(replace(config, id="upbit", accept_untested=True))


@pytest.mark.parametrize("exchange_id", ["", "bitmart", "Binance", "__init__"])
def test_what_ccxt_does_not_know_is_refused_even_so(config: ExchangeConfig, exchange_id: str) -> None:
    for ask in (ccxt.build, ccxt.caution):
        with pytest.raises(InvalidInput, match=r"exchanges\.north\.id is .*expected one of: binance, [a-z, ]*okx$"):
            ask(replace(config, id=exchange_id, accept_untested=True))


def test_a_rate_comes_from_a_proven_one_only() -> None:
    with pytest.raises(InvalidInput, match=r"rates\.EUR\.id is 'htx'; expected one of: binance, [a-z, ]*okx$"):
        ccxt.build_rate_source(RateConfig("EUR", "ccxt", "htx", "EUR/USD"))


def test_one_without_a_stream_has_none(config: ExchangeConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    accepted = replace(config, id="htx", accept_untested=True)
    assert registry.build_stream(accepted) is not None
    monkeypatch.delattr("ccxt.pro.htx")
    assert registry.build_stream(accepted) is None


def test_a_missing_library_is_told_with_what_installs_it(
    config: ExchangeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "find_spec", lambda _: None)
    for told in (config, replace(config, id="htx", accept_untested=True)):
        with pytest.raises(InvalidInput, match="pip install"):
            ccxt.build(told)


def test_an_endpoint_that_others_could_listen_to_is_refused(config: ExchangeConfig) -> None:
    with pytest.raises(InvalidInput, match=r"exchanges\.north\.endpoint"):
        ccxt.build(replace(config, endpoint="http://exchange.example"))


def test_a_key_without_its_passphrase_is_refused_where_one_is_needed(config: ExchangeConfig, write: Write) -> None:
    write({"apiKey": "the-key", "secret": "the-secret"})
    with pytest.raises(InvalidInput, match="lacks password"):
        ccxt.build(config)
    assert ccxt.build(replace(config, id="gate")).name == "north"


@pytest.mark.parametrize("wrong", [{"secret": "the-secret"}, KEY | {"memo": "m"}, KEY | {"secret": ""}])
def test_a_key_file_of_another_form_is_refused_without_its_secrets(write: Write, wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidInput, match="apiKey") as raised:
        load_key(ExchangeConfig("north", "ccxt", "A/B", write(wrong)), needs_password=False)
    assert "the-" not in str(raised.value)


def test_a_key_shows_none_of_its_secrets(write: Write) -> None:
    key = load_key(ExchangeConfig("north", "ccxt", "A/B", write(KEY)), needs_password=True)
    assert not any(secret in repr(key) for secret in KEY.values())
    assert set(key.secrets()) == set(KEY.values())


def test_a_key_file_is_found_by_the_exchanges_name(write: Write) -> None:
    folder = write(KEY).parent
    assert load_key(ExchangeConfig("north", "ccxt", "A/B"), needs_password=False, folder=folder).api_key == "the-key"


def test_a_key_may_stand_in_the_settings_instead(config: ExchangeConfig) -> None:
    settled = replace(config, key_file=None, credentials=KEY)
    assert not any(secret in repr(settled) for secret in KEY.values())
    key = load_key(settled, needs_password=True)
    assert (key.api_key, key.secret, key.password) == (KEY["apiKey"], KEY["secret"], KEY["password"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"credentials": {"secret": "the-secret"}}, r"exchanges\.north\.credentials lacks apiKey; expected"),
        ({"credentials": KEY | {"memo": "the-memo"}}, r"exchanges\.north\.credentials has 1 unknown field"),
        (
            {"credentials": KEY | {"secret": ""}},
            r"exchanges\.north\.credentials: secret must be text that is not empty",
        ),
        ({"credentials": KEY, "key_file": Path("x.apikey.json")}, r"north\.credentials and key_file are both given"),
    ],
)
def test_credentials_of_another_form_are_refused_without_repeating_them(
    config: ExchangeConfig, change: dict[str, Any], words: str
) -> None:
    with pytest.raises(InvalidInput, match=words) as raised:
        ccxt.build(replace(config, **{"key_file": None} | change))
    assert "the-" not in str(raised.value)
