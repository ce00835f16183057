import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from localnet.buyers.config import BuyersConfig, InvalidSetting, TraderConfig, load, write
from localnet.buyers.decisions import Habits

CONFIG = BuyersConfig(
    quantity=("0.5", "40"),
    traders=(
        TraderConfig(
            name="north-1",
            endpoint="http://127.0.0.1:1",
            symbol="NDAU_USDT",
            access="aa",
            secret=SecretStr("hush"),
            memo="m",
        ),
    ),
)


def test_a_written_configuration_is_read_back_and_its_secret_kept_from_others(tmp_path: Path) -> None:
    path = tmp_path / "buyers.json"
    write(path, CONFIG)
    assert load(path) == CONFIG
    assert path.stat().st_mode & 0o077 == 0
    assert "hush" not in repr(CONFIG)


def test_habits_follow_from_the_settings() -> None:
    assert CONFIG.habits(CONFIG.traders[0]) == Habits(Decimal("0.5"), Decimal(40), Decimal("0.01"), Decimal("0.01"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"quantity": ["2", "1"]}, "0 < smallest <= largest"),
        ({"quantity": [0.5, 1]}, r"quantity\.0: Input should be a valid string"),
        ({"mean_seconds": 0}, "mean_seconds: Input should be greater than 0"),
        ({"traders": []}, "traders: "),
        ({"colour": "red"}, "colour: Extra inputs are not permitted"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    path = tmp_path / "buyers.json"
    write(path, CONFIG)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(InvalidSetting, match=words):
        load(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match=r"buyers\.json: No such file"):
        load(tmp_path / "buyers.json")
