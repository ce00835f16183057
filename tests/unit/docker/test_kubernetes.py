"""The sample manifests of docker/k8s say the same as Procfile and compose.yaml, and leave no door open."""

import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from app.settings.vitals import VitalsPorts

ELSEWHERE = {"signer"}
"""On a host of its own."""

ONE_AT_A_TIME = {"issuer", "beat", "watch"}

NOT_WATCHED = {"operator", "migrate"}
"""Somebody waits for what these do."""

Manifest = dict[str, Any]


@pytest.fixture(scope="module")
def folder(root: Path) -> Path:
    return root / "docker" / "k8s"


@pytest.fixture(scope="module")
def manifests(folder: Path) -> list[Manifest]:
    yaml = YAML(typ="safe")
    return [each for path in sorted(folder.glob("*.yaml")) for each in yaml.load_all(path.read_text(encoding="utf-8"))]


@pytest.fixture(scope="module")
def workloads(manifests: list[Manifest]) -> dict[str, Manifest]:
    return {each["metadata"]["name"]: each for each in manifests if each["kind"] in ("Deployment", "Job")}


@pytest.fixture(scope="module")
def pods(workloads: dict[str, Manifest]) -> dict[str, Manifest]:
    return {name: each["spec"]["template"]["spec"] for name, each in workloads.items()}


def containers_of(pod: Manifest) -> list[Manifest]:
    return [*pod.get("initContainers", []), *pod["containers"]]


def secret_files_of(pod: Manifest) -> set[str]:
    """The keys of secrets that a pod is given."""
    sources = [source for volume in pod["volumes"] for source in volume.get("projected", {}).get("sources", [])]
    files = {item["key"] for source in sources for item in source["secret"]["items"]}
    whole = {volume["secret"]["secretName"] for volume in pod["volumes"] if "secret" in volume}
    return files | {{"meic-settings": "meic.toml", "meic-valkey": "valkey.conf"}[name] for name in whole}


def test_every_process_of_the_procfile_runs_as_it_says(root: Path, pods: dict[str, Manifest]) -> None:
    lines = (root / "Procfile").read_text(encoding="utf-8").splitlines()
    processes = {name: shlex.split(command) for name, _, command in (line.partition(":") for line in lines)}
    wanted = {name: command for name, command in processes.items() if name not in ELSEWHERE}
    assert {name: pods[name]["containers"][0]["command"] for name in wanted} == wanted


def test_nothing_runs_that_compose_does_not_know(
    coordinator_host: dict[str, Any], workloads: dict[str, Manifest]
) -> None:
    assert set(workloads) - {"operator"} <= set(coordinator_host["services"])


def test_each_is_given_the_secrets_that_compose_gives_it(
    coordinator_host: dict[str, Any], pods: dict[str, Manifest]
) -> None:
    for name, pod in pods.items():
        service = coordinator_host["services"]["meic" if name == "operator" else name]
        files = secret_files_of(pod)
        assert {file for file in files if not file.endswith(".apikey.json")} == set(service["secrets"]), name
        trades = any(
            isinstance(each, dict) and each["target"] == "/run/exchanges" for each in service.get("volumes", [])
        )
        assert trades == any(file.endswith(".apikey.json") for file in files), name


def test_a_key_file_is_its_owners_alone_where_it_is_read(pods: dict[str, Manifest]) -> None:
    for name, pod in pods.items():
        if secret_files_of(pod) <= {"meic.toml", "valkey.conf"}:
            continue
        mounted = {mount["name"] for mount in pod["containers"][0]["volumeMounts"]}
        assert "given" not in mounted, f"{name} would read what its group can read too"
        (copying,) = pod["initContainers"]
        assert "install -m 0600" in copying["command"][-1]


def test_no_secret_stands_in_a_manifest(manifests: list[Manifest]) -> None:
    assert not [each for each in manifests if each["kind"] == "Secret"]
    assert "CHANGE-ME" not in json.dumps(manifests)


@pytest.mark.parametrize("name", sorted(ONE_AT_A_TIME))
def test_of_those_of_which_one_is_enough_the_old_one_ends_first(workloads: dict[str, Manifest], name: str) -> None:
    spec = workloads[name]["spec"]
    assert (spec["replicas"], spec["strategy"]["type"]) == (1, "Recreate")


def test_the_issuer_has_as_long_to_end_as_compose_gives_it(
    coordinator_host: dict[str, Any], pods: dict[str, Manifest]
) -> None:
    for name in ("issuer", "polling", "offers"):
        grace = coordinator_host["services"][name]["stop_grace_period"]
        assert f"{pods[name]['terminationGracePeriodSeconds']}s" == grace


def test_every_process_is_asked_how_it_is_on_its_own_port(pods: dict[str, Manifest]) -> None:
    for kind, port in VitalsPorts():
        if kind in ELSEWHERE:
            continue
        container = pods[kind]["containers"][0]
        assert {"name": "vitals", "containerPort": port} in container["ports"]
        for probe, path in (("startupProbe", "/health"), ("livenessProbe", "/health"), ("readinessProbe", "/ready")):
            assert container[probe]["httpGet"] == {"path": path, "port": "vitals"}, kind


def test_whatever_runs_for_long_has_probes(pods: dict[str, Manifest]) -> None:
    for name in set(pods) - NOT_WATCHED:
        for container in pods[name]["containers"]:
            assert {"livenessProbe", "readinessProbe"} <= set(container), name


def test_prometheus_is_told_where_the_metrics_are(workloads: dict[str, Manifest]) -> None:
    for kind, port in VitalsPorts():
        if kind not in ELSEWHERE:
            annotations = workloads[kind]["spec"]["template"]["metadata"]["annotations"]
            assert annotations["prometheus.io/scrape"] == "true"
            assert (annotations["prometheus.io/port"], annotations["prometheus.io/path"]) == (str(port), "/metrics")


def test_no_pod_may_become_more_than_it_is(pods: dict[str, Manifest]) -> None:
    for pod in pods.values():
        assert pod["automountServiceAccountToken"] is False
        # A service called flower would set FLOWER_PORT, which Flower takes for a setting of its own.
        assert pod["enableServiceLinks"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in containers_of(pod):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }


def test_every_pod_runs_as_the_user_of_the_image(
    pods: dict[str, Manifest], instructions: list[tuple[str, str]]
) -> None:
    number, _, group = next(words for instruction, words in reversed(instructions) if instruction == "USER").partition(
        ":"
    )
    for pod in pods.values():
        context = pod["securityContext"]
        assert (context["runAsUser"], context["runAsGroup"], context["fsGroup"]) == (
            int(number),
            int(group),
            int(group),
        )


def test_no_pod_can_take_its_nodes_memory_or_disk(pods: dict[str, Manifest]) -> None:
    for pod in pods.values():
        for container in containers_of(pod):
            assert {"cpu", "memory"} <= set(container["resources"]["requests"])
            assert "memory" in container["resources"]["limits"]
        assert all("sizeLimit" in volume["emptyDir"] for volume in pod["volumes"] if "emptyDir" in volume)


def test_every_selector_finds_its_pods(manifests: list[Manifest], workloads: dict[str, Manifest]) -> None:
    labels = {name: each["spec"]["template"]["metadata"]["labels"] for name, each in workloads.items()}
    for each in manifests:
        if each["kind"] == "Deployment":
            assert each["spec"]["selector"]["matchLabels"] == labels[each["metadata"]["name"]]
        if each["kind"] == "Service":
            assert each["spec"]["selector"] == labels[each["metadata"]["name"]]
        if each["kind"] == "PodDisruptionBudget":
            name = each["metadata"]["name"]
            assert each["spec"]["selector"]["matchLabels"] == labels[name]
            assert workloads[name]["spec"]["replicas"] > each["spec"]["minAvailable"], "its node could never be drained"


def test_nobody_reaches_anybody_unless_a_policy_says_so(
    manifests: list[Manifest], workloads: dict[str, Manifest]
) -> None:
    policies = {each["metadata"]["name"]: each["spec"] for each in manifests if each["kind"] == "NetworkPolicy"}
    assert policies["nothing-else"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    for policy in policies.values():
        for rule in policy.get("ingress", []) + policy.get("egress", []):
            assert rule.get("from") or rule.get("to"), "a rule without a place lets everybody"
        for expression in policy["podSelector"].get("matchExpressions", []):
            assert set(expression["values"]) <= set(workloads)


def test_the_networks_are_those_of_compose(coordinator_host: dict[str, Any], manifests: list[Manifest]) -> None:
    policies = {each["metadata"]["name"]: each["spec"] for each in manifests if each["kind"] == "NetworkPolicy"}
    for policy, network in (("to-ledger", "ledger"), ("to-the-world", "outside")):
        (selected,) = policies[policy]["podSelector"]["matchExpressions"]
        on_it = {name for name, service in coordinator_host["services"].items() if network in service["networks"]}
        assert {"meic" if name == "operator" else name for name in selected["values"]} == on_it - {"postgres"}


def test_the_console_is_reached_by_tls_alone(manifests: list[Manifest], pods: dict[str, Manifest]) -> None:
    (ingress,) = [each for each in manifests if each["kind"] == "Ingress"]
    hosts = [rule["host"] for rule in ingress["spec"]["rules"]]
    assert [tls["hosts"] for tls in ingress["spec"]["tls"]] == [hosts]
    assert ingress["metadata"]["annotations"]["nginx.ingress.kubernetes.io/force-ssl-redirect"] == "true"
    variables = {each["name"]: each["value"] for each in pods["console"]["containers"][0]["env"]}
    assert json.loads(variables["MEIC_CONSOLE__ALLOWED_HOSTS"]) == hosts


def test_flower_has_its_password_and_no_door_to_the_outside(
    manifests: list[Manifest], pods: dict[str, Manifest]
) -> None:
    assert "flower-password" in secret_files_of(pods["flower"])
    assert not [each for each in pods["flower"]["containers"][0]["env"] if each["name"].startswith("FLOWER_")]
    doors = [each for each in manifests if each["kind"] in ("Service", "Ingress")]
    assert not [each for each in doors if each["metadata"]["name"] == "flower"]


def test_everything_is_applied_together(folder: Path) -> None:
    applied = YAML(typ="safe").load(folder / "kustomization.yaml")["resources"]
    assert set(applied) == {path.name for path in folder.glob("*.yaml")} - {"kustomization.yaml"}


def test_it_is_valid_by_kubernetes_own_schema(folder: Path) -> None:
    validate = shutil.which("kubernetes-validate", path=str(Path(sys.executable).parent))
    if validate is None:
        pytest.skip("kubernetes-validate is not installed")
    files = [str(path) for path in sorted(folder.glob("*.yaml")) if path.name != "kustomization.yaml"]
    result = subprocess.run([validate, "--strict", *files], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
