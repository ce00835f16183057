import json
import os
import re
from pathlib import Path

import pytest

from app.domain.errors import InvalidInput
from exchanges.bitmart.key_file import ApiKey, load_key
from exchanges.config import ExchangeConfig
from exchanges.key_files import find_key_file

SECRET = "8C08d9d5c3d15b105dbddaf96e427ac6"
GOOD = {"access": "6591F7c2", "secret": SECRET, "memo": "mymemo"}


def load(path: Path) -> ApiKey:
    return load_key(ExchangeConfig("north", "bitmart", "NDAU_USDT", path))


def written(path: Path, content: object, mode: int = 0o600) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    path.chmod(mode)
    return path


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_private_key_file_is_read_in_lower_case(tmp_path: Path, mode: int) -> None:
    key = load(written(tmp_path / "a.apikey.json", GOOD, mode))
    assert (key.access, key.secret, key.memo, key.endpoint) == ("6591f7c2", SECRET.lower(), "mymemo", None)


def test_a_key_file_may_name_an_endpoint(tmp_path: Path) -> None:
    path = written(tmp_path / "a.apikey.json", GOOD | {"endpoint": "http://127.0.0.1:8401"})
    assert load(path).endpoint == "http://127.0.0.1:8401"


def test_a_key_shows_none_of_its_secrets(tmp_path: Path) -> None:
    shown = repr(load(written(tmp_path / "a.apikey.json", GOOD)))
    assert not any(text in shown for text in ("6591f7c2", SECRET.lower(), "mymemo"))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601, 0o644, 0o666])
def test_a_file_that_others_can_use_is_refused_with_what_mends_it(tmp_path: Path, mode: int) -> None:
    path = written(tmp_path / "my key.apikey.json", GOOD, mode)
    mend = re.escape(f"chmod 600 '{path}'")
    with pytest.raises(InvalidInput, match=rf"mode {mode:03o}\); run: {mend}"):
        load(path)


def test_a_symlink_is_judged_by_its_target(tmp_path: Path) -> None:
    target = written(tmp_path / "target", GOOD, 0o644)
    link = tmp_path / "a.apikey.json"
    link.symlink_to(target)
    with pytest.raises(InvalidInput, match="mode 644"):
        load(link)
    target.chmod(0o600)
    assert load(link).memo == "mymemo"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "is not JSON"),
        (f'{{"secret": "{SECRET}"', "is not JSON"),
        ("[" * 60_000, "is not JSON"),
        ([SECRET], "holds no JSON object"),
        ({"access": "ab", "secret": SECRET}, "lacks memo"),
        ({"memo": "m"}, "lacks access, secret"),
        (GOOD | {SECRET: "x"}, r"has 1 unknown field\(s\)"),
        (GOOD | {"memo": ""}, "memo must be text that is not empty"),
        (GOOD | {"access": 17}, "access must be text"),
        (GOOD | {"endpoint": None}, "endpoint must be text"),
        (GOOD | {"secret": SECRET + "g"}, "secret is not hexadecimal"),
        (GOOD | {"access": SECRET + "\n"}, "access is not hexadecimal"),
    ],
)
def test_a_wrong_key_file_is_named_without_its_secret(tmp_path: Path, content: object, sentence: str) -> None:
    path = written(tmp_path / "a.apikey.json", content)
    with pytest.raises(InvalidInput, match=sentence) as raised:
        load(path)
    assert str(path) in str(raised.value)
    assert SECRET.lower() not in str(raised.value).lower()


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read: No such file"):
        load(tmp_path / "missing")
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(InvalidInput, match="is not a regular file"):
        load(tmp_path / "pipe")
    with pytest.raises(InvalidInput, match=r"cannot be read|is not a regular file"):
        load(tmp_path)


def test_the_key_file_given_is_taken(tmp_path: Path) -> None:
    assert find_key_file("north", tmp_path / "any", folder=tmp_path) == tmp_path / "any"


def test_the_file_of_the_exchanges_name_comes_before_others(tmp_path: Path) -> None:
    (tmp_path / "south.apikey.json").touch()
    (tmp_path / "north.apikey.json").touch()
    assert find_key_file("north", None, folder=tmp_path) == tmp_path / "north.apikey.json"


def test_the_only_key_file_serves_any_exchange(tmp_path: Path) -> None:
    (tmp_path / "south.apikey.json").touch()
    assert find_key_file("north", None, folder=tmp_path) == tmp_path / "south.apikey.json"


def test_without_a_choice_the_expected_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"holds no \*\.apikey\.json; expected north\.apikey\.json"):
        find_key_file("north", None, folder=tmp_path)
    (tmp_path / "a.apikey.json").touch()
    (tmp_path / "b.apikey.json").touch()
    with pytest.raises(InvalidInput, match=r"holds a\.apikey\.json, b\.apikey\.json; expected north\.apikey\.json"):
        find_key_file("north", None, folder=tmp_path)
