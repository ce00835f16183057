import re
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

Versions = dict[str, str]


def locked(path: Path) -> Versions:
    pins = re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==(\S+)", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {canonicalize_name(name): version for name, version in pins}


@pytest.fixture
def image(root: Path) -> Versions:
    return locked(root / "docker" / "requirements.lock")


@pytest.mark.parametrize("name", ["requirements.lock", "build.lock"])
def test_every_package_has_its_hashes(root: Path, name: str) -> None:
    text = (root / "docker" / name).read_text(encoding="utf-8")
    packages = re.split(r"^(?=[\w.-]+(?:\[[\w,-]+\])?==)", text, flags=re.MULTILINE)[1:]
    assert packages
    assert all("--hash=sha256:" in package for package in packages)


def test_the_image_has_all_that_the_project_needs(project: dict[str, Any], image: Versions) -> None:
    needed = project["project"]["dependencies"] + project["project"]["optional-dependencies"]["postgresql"]
    for requirement in map(Requirement, needed):
        version = image.get(canonicalize_name(requirement.name), "none")
        assert version in requirement.specifier, f"{requirement} is locked at {version}: run `make lock`"


def test_the_image_has_the_versions_that_were_tested(root: Path, image: Versions) -> None:
    tested = locked(root / "requirements.lock")
    assert image.items() <= tested.items(), "run `make lock`"


def test_the_image_has_none_of_the_developers_tools(project: dict[str, Any], image: Versions) -> None:
    tools = {canonicalize_name(Requirement(tool).name) for tool in project["dependency-groups"]["dev"]}
    assert not tools & set(image)


def test_the_build_uses_what_the_project_asks_for(root: Path, project: dict[str, Any]) -> None:
    build = locked(root / "docker" / "build.lock")
    for requirement in map(Requirement, project["build-system"]["requires"]):
        assert build[canonicalize_name(requirement.name)] in requirement.specifier
