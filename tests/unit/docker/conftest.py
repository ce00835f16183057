"""The files of a deployment, parsed."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

_ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return _ROOT


@pytest.fixture(scope="session")
def project(root: Path) -> dict[str, Any]:
    """pyproject.toml."""
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def coordinator_host(root: Path) -> dict[str, Any]:
    """docker/compose.yaml."""
    return _yaml(root / "docker" / "compose.yaml")


@pytest.fixture(scope="session")
def signer_host(root: Path) -> dict[str, Any]:
    """docker/signer.compose.yaml."""
    return _yaml(root / "docker" / "signer.compose.yaml")


@pytest.fixture(scope="session", params=["compose.yaml", "signer.compose.yaml"])
def compose_file(root: Path, request: pytest.FixtureRequest) -> Path:
    """Each compose file in turn."""
    return root / "docker" / str(request.param)


@pytest.fixture(scope="session")
def compose(compose_file: Path) -> dict[str, Any]:
    """Each compose file in turn, parsed."""
    return _yaml(compose_file)


@pytest.fixture(scope="session")
def instructions(root: Path) -> list[tuple[str, str]]:
    """The Dockerfile's instructions in order, each with its arguments in one line."""
    lines = (root / "docker" / "Dockerfile").read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("#"))
    joined = re.sub(r"\\\n\s*", "", text)
    words = (line.partition(" ") for line in joined.splitlines() if line.strip())
    return [(instruction, arguments.strip()) for instruction, _, arguments in words]


def _yaml(path: Path) -> dict[str, Any]:
    parsed: dict[str, Any] = YAML(typ="safe").load(path)
    return parsed
