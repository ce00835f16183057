import json
from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.errors import InvalidInput
from app.ndau.keys import PrivateKey, address
from localnet.chain.genesis import Genesis, read_genesis, write_genesis


def test_a_file_reads_back_as_what_was_written(tmp_path: Path, genesis: Genesis) -> None:
    write_genesis(tmp_path / "genesis.json", replace(genesis, total_issued_napu=7, market_price_nanocents=5))
    assert read_genesis(tmp_path / "genesis.json") == replace(genesis, total_issued_napu=7, market_price_nanocents=5)


def test_the_issuer_is_the_endowment_account_of_the_first_key(key: PrivateKey, genesis: Genesis) -> None:
    assert genesis.issuer_address == address("e", key.public_key())
    assert genesis.validation_keys == (str(key.public_key()),)


def test_a_file_may_leave_out_what_has_a_default(genesis: Genesis) -> None:
    names = ("issuer_address", "validation_keys", "total_released_napu")
    shortest = {name: value for name, value in json.loads(genesis.to_json()).items() if name in names}
    assert Genesis.from_json(json.dumps(shortest)) == genesis


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"issuer_address": "nde"}, "address 'nde' has 3 characters"),
        ({"issuer_address": "NDAQNARD42TYEAB4DMURVVU38R5DI97IMEXBAIGBQJFDGXJC"}, "expected it in lower case"),
        ({"issuer_address": 5}, "issuer_address is no text"),
        ({"validation_keys": []}, "0 validation_keys; expected 1 to 16"),
        ({"validation_keys": ["npub"]}, "npub key is wrong"),
        ({"validation_keys": "npub"}, "no list of texts"),
        ({"total_released_napu": 1.5}, "total_released_napu is 1.5"),
        ({"total_released_napu": True}, "total_released_napu is True"),
        ({"total_issued_napu": 10_001}, "expected at most total_released_napu, 10000"),
        ({"balance_napu": -1}, "balance_napu is -1"),
        ({"market_price_nanocents": "1"}, "market_price_nanocents is '1'"),
        ({"colour": "red"}, "unknown names: colour"),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, genesis: Genesis, changes: dict[str, object], complaint: str) -> None:
    path = tmp_path / "genesis.json"
    path.write_text(json.dumps(json.loads(genesis.to_json()) | changes))
    with pytest.raises(InvalidInput, match=complaint) as raised:
        read_genesis(path)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize("text", ["", "[]", "{}", "{"])
def test_a_file_that_is_no_genesis_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "genesis.json").write_text(text)
    with pytest.raises(InvalidInput, match=r"no JSON|missing names: issuer_address"):
        read_genesis(tmp_path / "genesis.json")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_genesis(tmp_path / "genesis.json")


def test_an_account_without_a_key_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no key"):
        Genesis.for_keys([], total_released_napu=1)
