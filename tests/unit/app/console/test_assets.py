import hashlib
import re
import tomllib
from pathlib import Path

import pytest

from app.console.assets import FOLDER, asset_url

TEMPLATES = FOLDER.parent / "templates"
VENDOR = FOLDER / "vendor"
OWN = [path for path in FOLDER.iterdir() if path.suffix in (".js", ".css", ".svg")]


def test_every_foreign_file_is_what_its_package_holds_and_has_its_licence_beside_it() -> None:
    listed = tomllib.loads((VENDOR / "vendor.toml").read_text(encoding="utf-8"))["file"]
    assert {entry["name"] for entry in listed} == {
        path.name for path in VENDOR.iterdir() if path.suffix not in (".LICENSE", ".toml")
    }
    for entry in listed:
        assert hashlib.sha256((VENDOR / entry["name"]).read_bytes()).hexdigest() == entry["sha256"], entry["name"]
        assert "permission" in (VENDOR / entry["licence"]).read_text(encoding="utf-8").lower()


def test_an_assets_address_changes_with_its_content() -> None:
    digest = hashlib.sha256((FOLDER / "console.css").read_bytes()).hexdigest()
    assert asset_url("console.css") == f"/static/console.css?v={digest[:16]}"


@pytest.mark.parametrize("path", [*TEMPLATES.rglob("*.html"), *OWN], ids=lambda path: str(path.name))
def test_nothing_is_loaded_from_elsewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|\burl\(|@import", text)


def test_every_asset_that_a_template_names_is_there() -> None:
    names = {name for path in TEMPLATES.rglob("*.html") for name in re.findall(r'asset\("([^"]+)"\)', path.read_text())}
    assert len(names) > 5
    assert all((FOLDER / name).is_file() for name in names)
