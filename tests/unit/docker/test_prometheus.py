"""What is shipped for Prometheus and Grafana names only figures that there are, and their own tools accept it."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from app.settings.vitals import VitalsPorts
from app.telemetry import gauges, metrics
from app.telemetry.gauges import Gauge

NAME = re.compile(r"\bmeic_[a-z_0-9]+")
PROMTOOL = shutil.which("promtool", path="/usr/bin:/usr/local/bin") or shutil.which("promtool")
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}


def known() -> set[str]:
    """The names of all figures as Prometheus sees them."""
    told = {each.name for each in vars(gauges).values() if isinstance(each, Gauge)}
    for metric in metrics.ALL:
        (family,) = metric.collect()
        told |= {family.name + suffix for suffix in SUFFIXES[family.type]}
    return told


def families() -> set[str]:
    """The names of all figures as the docs list them."""
    counted = {
        family.name + ("_total" if family.type == "counter" else "") for m in metrics.ALL for family in m.collect()
    }
    return counted | {each.name for each in vars(gauges).values() if isinstance(each, Gauge)}


def read(path: Path) -> Any:
    return YAML(typ="safe").load(path)


@pytest.fixture
def rules(root: Path) -> list[dict[str, Any]]:
    files = sorted((root / "docker" / "prometheus" / "rules").glob("*.yml"))
    return [rule for path in files for group in read(path)["groups"] for rule in group["rules"]]


@pytest.fixture
def dashboard(root: Path) -> dict[str, Any]:
    text = (root / "docker" / "grafana" / "dashboards" / "meic.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def panels(dashboard: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (panel for panel in dashboard["panels"] if panel["type"] != "row")


def expressions(dashboard: dict[str, Any]) -> list[str]:
    return [target["expr"] for panel in panels(dashboard) for target in panel["targets"]]


def test_rules_and_dashboard_name_only_figures_that_there_are(
    rules: list[dict[str, Any]], dashboard: dict[str, Any]
) -> None:
    asked = [rule["expr"] for rule in rules] + expressions(dashboard)
    named = {name for each in asked for name in NAME.findall(each)}
    assert len(named) > 20
    assert named <= known()


def test_recorded_figures_that_are_asked_for_are_recorded(
    rules: list[dict[str, Any]], dashboard: dict[str, Any]
) -> None:
    recorded = {rule["record"] for rule in rules if "record" in rule}
    asked = [rule["expr"] for rule in rules] + expressions(dashboard)
    assert {name for each in asked for name in re.findall(r"\bmeic:[\w:]+", each)} <= recorded


def test_every_alert_says_what_and_what_to_do_and_is_tested(root: Path, rules: list[dict[str, Any]]) -> None:
    alerts = {rule["alert"]: rule for rule in rules if "alert" in rule}
    for rule in alerts.values():
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["description"].endswith((".", "`"))
    tests = read(root / "docker" / "prometheus" / "tests" / "rules_test.yml")["tests"]
    seen = {case["alertname"] for test in tests for case in test.get("alert_rule_test", []) if case["exp_alerts"]}
    assert seen == set(alerts)


def test_every_process_is_asked_at_its_own_port(root: Path) -> None:
    text = (root / "docker" / "prometheus" / "prometheus.yml").read_text(encoding="utf-8")
    ports = dict(re.findall(r'targets: \["([\w.-]+):(73\d+)"\]', text))
    ports["signer"] = ports.pop("signer.example")
    assert ports == {name: str(port) for name, port in VitalsPorts().model_dump().items()}


def test_every_panel_has_a_unit_a_description_and_the_chosen_source(dashboard: dict[str, Any]) -> None:
    for panel in panels(dashboard):
        assert panel["title"]
        assert panel["description"].endswith(".")
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert {each["datasource"]["uid"] for each in (panel, *panel["targets"])} == {"${datasource}"}
    (source,) = [each for each in dashboard["templating"]["list"] if each["type"] == "datasource"]
    assert source["name"] == "datasource"


def test_no_panel_lies_on_another(dashboard: dict[str, Any]) -> None:
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids)
    for one, other in combinations((panel["gridPos"] for panel in dashboard["panels"]), 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or below, (one, other)


def test_the_docs_list_every_figure(root: Path) -> None:
    text = (root / "docs" / "telemetry.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"`(meic_[a-z_]+)`", text))
    assert listed == families()


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed; `apt-get install prometheus` brings it")
@pytest.mark.parametrize(
    "arguments", [("check", "config", "prometheus.yml"), ("test", "rules", "tests/rules_test.yml")]
)
def test_prometheus_own_tool_accepts_what_is_shipped(root: Path, arguments: tuple[str, ...]) -> None:
    folder = root / "docker" / "prometheus"
    done = subprocess.run([str(PROMTOOL), *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SUCCESS" in done.stdout
