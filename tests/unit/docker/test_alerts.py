"""docs/alerts.md tells what there is: every rule, every limit with its default, and only commands that exist."""

import re
from pathlib import Path

import pytest

from app.cli import cli
from app.domain.alerts import Rule
from app.settings.alerts import AlertSettings
from tests.unit.docker.test_operations import command_names


@pytest.fixture(scope="module")
def text(root: Path) -> str:
    return (root / "docs" / "alerts.md").read_text(encoding="utf-8")


def test_every_rule_has_its_line(text: str) -> None:
    assert re.findall(r"^\| `(\w+)`", text, flags=re.MULTILINE) == [rule.value for rule in Rule]


def test_every_limit_is_told_with_its_default(text: str) -> None:
    told = dict(re.findall(r"`(\w+_(?:seconds|days|ndau|hour))` \((\d+)\)", text))
    limits = {
        name: f"{field.default:g}" if isinstance(field.default, float) else str(field.default)
        for name, field in AlertSettings.model_fields.items()
        if name.endswith(("_seconds", "_days", "_ndau", "_hour")) and name != "check_seconds"
    }
    assert told == limits


def test_every_command_it_tells_exists(text: str) -> None:
    groups = "alerts|sales|issuances"
    told = re.findall(rf"(?:^|`)meic ((?:(?:{groups}) (?=[a-z]))?[a-z]+)", text, flags=re.MULTILINE)
    assert len(told) > 15
    assert set(told) <= command_names(cli)
