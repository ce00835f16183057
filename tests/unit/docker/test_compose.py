import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from app.settings.vitals import VitalsPorts
from app.signing.loopback import is_loopback
from app.vitals.asking import KINDS

SHELL_VARIABLES = {"USER"}
"""Variables of the operator's own shell; the others must be explained in example.env."""


def test_it_is_valid_by_the_compose_specification(compose_file: Path) -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(compose_file)]
    result = subprocess.run(check, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_docker_compose_accepts_it(compose_file: Path, root: Path, tmp_path: Path) -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("no `docker compose` on this machine")
    environment = root / "docker" / "example.env"
    command = [docker, "compose", "--env-file", str(environment), "--file", str(compose_file), "config", "--quiet"]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert result.returncode == 0, result.stderr


def test_the_services_run_what_the_procfile_says(
    root: Path, coordinator_host: dict[str, Any], signer_host: dict[str, Any]
) -> None:
    services = coordinator_host["services"] | signer_host["services"]
    lines = (root / "Procfile").read_text(encoding="utf-8").splitlines()
    processes = {name: shlex.split(command) for name, _, command in (line.partition(":") for line in lines)}
    assert {name: services[name]["command"] for name in processes} == processes


def test_every_secret_is_declared_and_every_declared_one_is_used(compose: dict[str, Any]) -> None:
    used = {secret for service in compose["services"].values() for secret in service.get("secrets", [])}
    assert used == set(compose["secrets"])


def test_a_service_is_given_every_secret_that_its_definition_names(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        named = set(re.findall(r"/run/secrets/([\w.-]+)", str(service)))
        assert named <= set(service.get("secrets", [])), f"{name} names secrets that it is not given"


def test_every_network_and_volume_used_is_declared(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert set(service["networks"]) <= set(compose["networks"])
        named = {volume.split(":")[0] for volume in service.get("volumes", []) if isinstance(volume, str)}
        assert named <= set(compose["volumes"])


def test_every_variable_is_explained_in_example_env(compose_file: Path, root: Path) -> None:
    used = set(re.findall(r"(?<!\$)\$\{(\w+)", compose_file.read_text(encoding="utf-8")))
    example = (root / "docker" / "example.env").read_text(encoding="utf-8")
    explained = set(re.findall(r"^(\w+)=", example, flags=re.MULTILINE))
    assert used - SHELL_VARIABLES <= explained


def test_every_image_has_a_tag_that_stays(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        _, _, tag = service["image"].partition(":")
        assert tag, f"{name} has no tag"
        assert "latest" not in tag


def test_no_service_may_become_more_than_it_is(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]
        assert not service.get("privileged")


def test_what_runs_our_code_cannot_write_to_its_image(compose: dict[str, Any]) -> None:
    ours = [service for service in compose["services"].values() if service["image"].startswith("meic:")]
    assert ours
    assert all(service["read_only"] is True for service in ours)


def test_no_service_can_take_the_hosts_memory_or_disk(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert {"cpus", "memory", "pids"} <= set(service["deploy"]["resources"]["limits"])
        assert {"max-size", "max-file"} <= set(service["logging"]["options"])


def test_what_runs_always_is_restarted_and_watched(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        if service["restart"] != "no":
            assert service["restart"] == "unless-stopped", name
            assert service["healthcheck"]["test"], name


def test_whoever_is_waited_for_to_be_healthy_has_a_health_check(coordinator_host: dict[str, Any]) -> None:
    services = coordinator_host["services"]
    for service in services.values():
        for other, condition in service.get("depends_on", {}).items():
            if condition["condition"] == "service_healthy":
                assert "healthcheck" in services[other]


def test_a_port_is_published_on_a_chosen_address_only(compose: dict[str, Any]) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith(("127.0.0.1:", "${SIGNER_ADDRESS:?")) for port in ports)


def test_whatever_runs_our_code_for_long_is_asked_how_it_is_under_its_own_name(
    coordinator_host: dict[str, Any], signer_host: dict[str, Any]
) -> None:
    services = coordinator_host["services"] | signer_host["services"]
    ours = {
        name: service
        for name, service in services.items()
        if service["image"].startswith("meic:") and service["restart"] != "no"
    }
    assert set(ours) == set(KINDS)
    for name, service in ours.items():
        assert service["healthcheck"]["test"] == ["CMD", "meic", "health", name]


def test_a_worker_has_the_name_by_which_it_finds_its_port(coordinator_host: dict[str, Any]) -> None:
    for name in ("polling", "issuer", "offers"):
        command = coordinator_host["services"][name]["command"]
        assert command[command.index("--hostname") + 1] == f"{name}@%h"


def test_metrics_can_be_reached_by_prometheus_and_not_from_outside(coordinator_host: dict[str, Any]) -> None:
    for kind, port in VitalsPorts():
        if kind == "signer":
            continue
        service = coordinator_host["services"][kind]
        assert "metrics" in service["networks"]
        assert not is_loopback(service["environment"]["MEIC_TELEMETRY__VITALS_HOST"])
        assert not [published for published in service.get("ports", []) if published.endswith(f":{port}")]
    assert coordinator_host["networks"]["metrics"]["internal"] is True


def test_there_can_be_one_issuer_one_beat_and_one_signer_only(
    coordinator_host: dict[str, Any], signer_host: dict[str, Any]
) -> None:
    services = coordinator_host["services"] | signer_host["services"]
    fixed = {name for name, service in services.items() if "container_name" in service}
    assert fixed == {"issuer", "beat", "signer"}


def test_ledger_and_broker_reach_nobody_outside(coordinator_host: dict[str, Any]) -> None:
    for service in ("postgres", "valkey"):
        networks = coordinator_host["services"][service]["networks"]
        assert all(coordinator_host["networks"][network]["internal"] for network in networks)


def test_the_signer_knows_no_broker_ledger_or_exchange(
    coordinator_host: dict[str, Any], signer_host: dict[str, Any]
) -> None:
    assert set(signer_host["services"]) == {"signer"}
    shared = set(signer_host["secrets"]) & set(coordinator_host["secrets"])
    assert not shared
    assert coordinator_host["name"] != signer_host["name"]


def test_only_who_signs_is_given_the_key_to_the_signer(coordinator_host: dict[str, Any]) -> None:
    services = coordinator_host["services"]
    holders = {name for name, service in services.items() if "client.key.json" in service.get("secrets", [])}
    assert holders == {"issuer", "meic"}


def test_only_who_trades_is_given_the_exchanges_keys(coordinator_host: dict[str, Any]) -> None:
    holders = {
        name
        for name, service in coordinator_host["services"].items()
        if any(
            isinstance(volume, dict) and volume["target"] == "/run/exchanges" for volume in service.get("volumes", [])
        )
    }
    assert holders == {"polling", "offers", "watch", "meic"}


def test_figures_are_shown_to_who_has_a_password(coordinator_host: dict[str, Any]) -> None:
    services = coordinator_host["services"]
    assert services["prometheus"]["networks"] == ["metrics"]
    assert "ports" not in services["prometheus"]
    grafana = services["grafana"]["environment"]
    assert grafana["GF_SECURITY_ADMIN_PASSWORD__FILE"] == "/run/secrets/grafana-password"
    assert grafana["GF_AUTH_ANONYMOUS_ENABLED"] == "false"


def test_what_is_mounted_from_here_exists(root: Path, coordinator_host: dict[str, Any]) -> None:
    for service in coordinator_host["services"].values():
        for volume in service.get("volumes", []):
            if isinstance(volume, dict) and volume["source"].startswith("./"):
                assert (root / "docker" / volume["source"]).is_dir()


def test_flower_is_given_its_password_as_a_file_and_has_no_way_to_do_without(
    coordinator_host: dict[str, Any], root: Path
) -> None:
    flower = coordinator_host["services"]["flower"]
    assert flower["command"] == ["meic", "flower"]
    assert "flower-password" in flower["secrets"]
    assert not [name for name in flower["environment"] if name.startswith("FLOWER_")]
    example = tomllib.loads((root / "docker" / "meic.example.toml").read_text(encoding="utf-8"))
    assert example["flower"]["password_file"] == "/run/secrets/flower-password"


def test_nothing_that_we_ship_starts_flower_without_asking_for_a_password(root: Path) -> None:
    shipped = [root / "Procfile", root / "Makefile", root / "README.md", *(root / "docs").rglob("*.md")]
    shipped += [path for path in (root / "docker").rglob("*") if path.is_file()]
    shipped += [path for folder in ("app", "tasks", "benchmarks") for path in (root / folder).rglob("*.py")]
    ours = re.compile(r"celery .*(-A|--app)[ =]\S+ flower\b|UNAUTHENTICATED_API", re.IGNORECASE)
    found = {
        str(path.relative_to(root))
        for path in shipped
        if ours.search(path.read_text(encoding="utf-8", errors="ignore"))
    }
    assert found == set()
    assert "flower: meic flower" in (root / "Procfile").read_text(encoding="utf-8").splitlines()


def test_what_people_see_holds_no_key(coordinator_host: dict[str, Any]) -> None:
    for name in ("console", "flower"):
        service = coordinator_host["services"][name]
        assert set(service["secrets"]) <= {"meic.toml", "flower-password"}
        assert not service.get("volumes")
        assert "outside" not in service["networks"]
