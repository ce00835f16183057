import json
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

Instructions = list[tuple[str, str]]


def arguments_of(instructions: Instructions, name: str) -> list[str]:
    return [arguments for instruction, arguments in instructions if instruction == name]


def reaches_the_build(root: Path, path: str) -> bool:
    """Apply .dockerignore as the engine does: the last pattern that matches the path or a folder above it decides."""
    reaches = True
    for line in (root / ".dockerignore").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        pattern = line.removeprefix("!")
        above = ["/".join(path.split("/")[: n + 1]) for n in range(path.count("/") + 1)]
        if any(_matches(pattern, candidate) for candidate in above):
            reaches = line.startswith("!")
    return reaches


def _matches(pattern: str, path: str) -> bool:
    if pattern.startswith("**/"):
        return fnmatch(path.rpartition("/")[2], pattern.removeprefix("**/"))
    return path.count("/") == pattern.count("/") and fnmatch(path, pattern)


def test_hadolint_finds_nothing_to_say(root: Path) -> None:
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or shutil.which("hadolint")
    if hadolint is None:
        pytest.skip("hadolint is not installed")
    result = subprocess.run(
        [hadolint, "--no-color", str(root / "docker" / "Dockerfile")], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_its_bases_are_slim_and_of_one_version(instructions: Instructions) -> None:
    bases = {arguments.split()[0] for arguments in arguments_of(instructions, "FROM")}
    (base,) = bases
    assert re.fullmatch(r"python:3\.11[\w.]*-slim-\w+", base)


def test_it_runs_as_a_user_who_is_not_root(instructions: Instructions) -> None:
    *_, last = arguments_of(instructions, "USER")
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", last)


def test_every_file_speaks_of_the_same_user(
    root: Path, instructions: Instructions, coordinator_host: dict[str, Any]
) -> None:
    *_, last = arguments_of(instructions, "USER")
    number, _, group = last.partition(":")
    (setup,) = [run for run in arguments_of(instructions, "RUN") if "useradd" in run]
    assert f"--gid {group} meic" in setup
    assert f"--uid {number} " in setup
    assert coordinator_host["services"]["valkey"]["user"] == last
    assert f"uid={number},gid={group}" in str(coordinator_host["x-coordinator"]["tmpfs"])
    assert f"user {number}" in (root / "docker" / "example.env").read_text(encoding="utf-8")


def test_nothing_is_installed_that_is_not_locked(instructions: Instructions) -> None:
    commands = re.split(r"&&", " && ".join(arguments_of(instructions, "RUN")))
    fetching = [command for command in commands if re.search(r"\bpip (install|wheel|download)\b", command)]
    assert len(fetching) >= 4
    assert all("--require-hashes" in command or "--no-index" in command for command in fetching)


def test_every_file_it_copies_exists_and_is_let_in(root: Path, instructions: Instructions) -> None:
    for arguments in arguments_of(instructions, "COPY"):
        if not arguments.startswith("--from="):
            for source in arguments.split()[:-1]:
                assert (root / source).exists()
                assert source == "." or reaches_the_build(root, source)


def test_every_package_is_let_into_the_build(root: Path, project: dict[str, Any]) -> None:
    setuptools = project["tool"]["setuptools"]
    packages = [pattern.rstrip("*") for pattern in setuptools["packages"]["find"]["include"]]
    modules = [f"{module}.py" for module in setuptools["py-modules"]]
    for path in [f"{package}/module.py" for package in packages] + modules + ["pyproject.toml", "README.md"]:
        assert reaches_the_build(root, path), f"{path} is missing in .dockerignore"


@pytest.mark.parametrize(
    "path",
    [
        "exchanges/bitmart/mine.apikey.json",
        "docker/secrets/issuer.key.json",
        "docker/meic.toml",
        "docker/.env",
        "var/keys/passphrase",
        ".git/config",
        "app/__pycache__/settings.cpython-311.pyc",
        "tests/conftest.py",
    ],
)
def test_no_key_state_or_history_is_let_into_the_build(root: Path, path: str) -> None:
    assert not reaches_the_build(root, path)


def test_signals_reach_the_process_itself(instructions: Instructions) -> None:
    assert arguments_of(instructions, "STOPSIGNAL") == ["SIGTERM"]
    for command in arguments_of(instructions, "CMD") + arguments_of(instructions, "ENTRYPOINT"):
        assert isinstance(json.loads(command), list), "only the exec form has no shell between"


def test_its_home_is_where_the_compose_files_put_it(
    instructions: Instructions, coordinator_host: dict[str, Any], signer_host: dict[str, Any]
) -> None:
    (home,) = re.findall(r"MEIC_HOME=(\S+)", " ".join(arguments_of(instructions, "ENV")))
    assert coordinator_host["x-coordinator"]["tmpfs"][0].startswith(f"{home}:")
    assert signer_host["services"]["signer"]["volumes"] == [f"journal:{home}"]


def test_what_it_prints_is_not_held_back(instructions: Instructions) -> None:
    assert "PYTHONUNBUFFERED=1" in " ".join(arguments_of(instructions, "ENV"))
