"""`meic flower` asks everybody for the password, or does not start."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests

from app.local.home import free_ports
from tests.functional.instance import MEIC, wait_until

PASSWORD = "correct horse battery staple"


def start(home: Path, **variables: str) -> "subprocess.Popen[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MEIC_", "FLOWER_"))}
    return subprocess.Popen(
        [MEIC, "flower"],
        env=environment | {"MEIC_HOME": str(home)} | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=home,
    )


def refused(home: Path, **variables: str) -> str:
    process = start(home, **variables)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 2, output
    return output


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    path = tmp_path / "flower-password"
    path.write_text(f"{PASSWORD}\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def port(tmp_path: Path, password_file: Path) -> int:
    ports = free_ports({"flower": 0, "broker": 0})
    (tmp_path / "meic.toml").write_text(
        f'[broker]\nurl = "redis://127.0.0.1:{ports["broker"]}/0"\n'
        f'[flower]\nport = {ports["flower"]}\nuser = "anna"\npassword_file = "{password_file.name}"\n'
    )
    return ports["flower"]


@pytest.fixture
def flower(tmp_path: Path, port: int) -> Iterator["subprocess.Popen[str]"]:
    process = start(tmp_path)
    try:
        wait_until(lambda: process.poll() is not None or status(port, "healthcheck") == 200, 60, "Flower answers")
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        sys.stdout.write(process.communicate(timeout=30)[0])


def status(port: int, page: str, auth: tuple[str, str] | None = None, **more: str) -> int:
    try:
        with requests.Session() as session:
            session.trust_env = False
            return session.get(f"http://127.0.0.1:{port}/{page}", auth=auth, timeout=30, **more).status_code  # type: ignore[arg-type]
    except requests.ConnectionError:
        return 0


def test_without_a_password_it_does_not_start_and_says_what_is_expected(tmp_path: Path) -> None:
    (tmp_path / "meic.toml").write_text("")
    said = refused(tmp_path, FLOWER_UNAUTHENTICATED_API="true")
    assert said.startswith("meic: Flower would let everybody in; expected [flower] password_file")


def test_a_password_that_others_can_read_is_none(tmp_path: Path, port: int, password_file: Path) -> None:
    password_file.chmod(0o640)
    said = refused(tmp_path)
    assert "flower.password_file: " in said
    assert "chmod 600" in said
    assert PASSWORD not in said
    assert port


def test_everybody_is_asked_and_nobody_can_read_the_password_meanwhile(
    flower: "subprocess.Popen[str]", port: int
) -> None:
    for page in ("", "tasks", "api/workers", "api/task/types"):
        assert status(port, page) == 401, page
        assert status(port, page, ("anna", "wrong")) == 401, page
        assert status(port, page, ("operator", PASSWORD)) == 401, page
    assert status(port, "api/task/types", ("anna", PASSWORD)) == 200
    running = psutil.Process(flower.pid)
    assert PASSWORD not in " ".join([*running.cmdline(), *running.environ().values()])
