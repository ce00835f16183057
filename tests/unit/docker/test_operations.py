import re
from pathlib import Path

import pytest
import typer

from app.cli import cli


@pytest.fixture(scope="module")
def text(root: Path) -> str:
    return (root / "docs" / "operations.md").read_text(encoding="utf-8")


def command_names(commands: typer.Typer) -> set[str]:
    plain = {one.name or one.callback.__name__ for one in commands.registered_commands if one.callback}
    groups = {group.name: group.typer_instance for group in commands.registered_groups if group.typer_instance}
    alone = {name for name, group in groups.items() if name and group.info.invoke_without_command is True}
    nested = {f"{name} {command}" for name, group in groups.items() for command in command_names(group)}
    return plain | alone | nested


def test_every_command_it_tells_exists(text: str) -> None:
    told = re.findall(
        r"(?:^|`|; )meic ((?:(?:keys|db|sales|issuances|rates|audit|users|alerts) (?=[a-z]))?(?:tokens (?=[a-z]))?[a-z]+)",
        text,
        flags=re.MULTILINE,
    )
    assert len(told) > 20
    assert set(told) <= command_names(cli)


def test_every_file_it_names_in_docker_exists(root: Path, text: str) -> None:
    named = set(re.findall(r"\b(?:docker/)?([\w.]+\.(?:example\.toml|compose\.yaml|env|lock))\b", text))
    assert {"meic.example.toml", "signer.compose.yaml"} <= named
    assert not [name for name in named if not (root / "docker" / name).exists()]


def test_every_secret_of_the_compose_file_is_told(text: str, coordinator_host: dict[str, dict[str, object]]) -> None:
    assert {secret for secret in coordinator_host["secrets"] if secret not in text} == set()
