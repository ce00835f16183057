import re
import tomllib
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pydantic import BaseModel

from app.settings import alerts, console, exchanges, sections, telemetry, vitals
from app.settings.loading import load_settings
from app.settings.settings import Settings
from exchanges.registry import known_drivers

COORDINATOR, SIGNER = "meic.example.toml", "signer.example.toml"

SHOWN: list[tuple[str, tuple[str, ...], type[BaseModel]]] = [
    (COORDINATOR, (), Settings),
    (COORDINATOR, ("ledger",), sections.LedgerSettings),
    (COORDINATOR, ("broker",), sections.BrokerSettings),
    (COORDINATOR, ("chain",), sections.ChainSettings),
    (COORDINATOR, ("signer",), sections.SignerSettings),
    (COORDINATOR, ("policy",), sections.PolicySettings),
    (COORDINATOR, ("schedule",), sections.ScheduleSettings),
    (COORDINATOR, ("exchanges", "bitmart"), exchanges.ExchangeSettings),
    (COORDINATOR, ("webhooks",), exchanges.WebhookSettings),
    (COORDINATOR, ("console",), console.ConsoleSettings),
    (COORDINATOR, ("telemetry",), telemetry.TelemetrySettings),
    (COORDINATOR, ("telemetry", "vitals_ports"), vitals.VitalsPorts),
    (COORDINATOR, ("flower",), sections.FlowerSettings),
    (COORDINATOR, ("alerts",), alerts.AlertSettings),
    (COORDINATOR, ("alerts", "slack", "operators"), alerts.SlackSettings),
    (COORDINATOR, ("alerts", "email", "operators"), alerts.EmailSettings),
    (COORDINATOR, ("alerts", "pagerduty", "duty"), alerts.PagerDutySettings),
    (COORDINATOR, ("alerts", "apprise", "elsewhere"), alerts.AppriseSettings),
    (SIGNER, ("signing_service",), sections.SigningServiceSettings),
]

ELSEWHERE = {"home", "local", "signing_service"}
"""Not for meic.toml of a deployment: MEIC_HOME says it, `meic up` writes it, the signer's host has it."""


@pytest.fixture
def load(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Settings]]:
    def load(name: str) -> Settings:
        monkeypatch.setenv("MEIC_SETTINGS", str(root / "docker" / name))
        load_settings.cache_clear()
        return load_settings()

    yield load
    load_settings.cache_clear()


def with_defaults(root: Path, name: str) -> dict[str, Any]:
    """The file as it would be with every "# name = value" and every "# [section]" in force."""
    text = (root / "docker" / name).read_text(encoding="utf-8")
    return tomllib.loads(re.sub(r"^# (\w+ = |\[)", r"\1", text, flags=re.MULTILINE), parse_float=Decimal)


def test_the_coordinators_loads_and_has_an_exchange(load: Callable[[str], Settings]) -> None:
    assert load(COORDINATOR).enabled_exchanges()


def test_the_signers_loads_and_has_no_other_section(load: Callable[[str], Settings]) -> None:
    assert load(SIGNER).model_fields_set <= {"home", "log_level", "signing_service"}


@pytest.mark.parametrize(("name", "path", "model"), SHOWN)
def test_it_shows_every_setting_with_its_default(
    root: Path, name: str, path: tuple[str, ...], model: type[BaseModel]
) -> None:
    shown = with_defaults(root, name)
    for key in path:
        shown = shown[key]
    missing = set(model.model_fields) - set(shown) - (ELSEWHERE if model is Settings else set())
    assert not missing, f"docker/{name} does not show {', '.join(sorted(missing))}"
    in_force = tomllib.loads((root / "docker" / name).read_text(encoding="utf-8"))
    for key in path:
        in_force = in_force.get(key, {})
    for field, described in model.model_fields.items():
        only_a_comment = field in shown and field not in in_force
        if only_a_comment and isinstance(described.default, str | int | float) and described.default != "":
            assert shown[field] == described.default, f"{field}: the comment shows another default"


def test_its_hosts_are_services_of_the_compose_file(
    load: Callable[[str], Settings], coordinator_host: dict[str, Any]
) -> None:
    settings = load(COORDINATOR)
    assert urlsplit(settings.ledger_url).hostname in coordinator_host["services"]
    assert urlsplit(settings.broker.url.get_secret_value()).hostname in coordinator_host["services"]


def test_its_ledger_is_the_one_that_postgresql_makes(
    load: Callable[[str], Settings], coordinator_host: dict[str, Any]
) -> None:
    made = coordinator_host["services"]["postgres"]["environment"]
    url = urlsplit(load(COORDINATOR).ledger_url)
    assert (url.username, url.path) == (made["POSTGRES_USER"], "/" + made["POSTGRES_DB"])


def test_its_exchange_has_a_driver(load: Callable[[str], Settings]) -> None:
    assert {exchange.driver for exchange in load(COORDINATOR).exchanges.values()} <= set(known_drivers())


FLOWERS_OWN = "flower-password"


@pytest.mark.parametrize(("name", "services"), [(COORDINATOR, ["issuer", "meic"]), (SIGNER, ["signer"])])
def test_who_needs_its_secrets_is_given_them(
    root: Path, coordinator_host: dict[str, Any], signer_host: dict[str, Any], name: str, services: list[str]
) -> None:
    text = (root / "docker" / name).read_text(encoding="utf-8")
    named = set(re.findall(r'"/run/secrets/([\w.-]+)"', text)) - {FLOWERS_OWN}
    assert named
    for service in services:
        given = (coordinator_host["services"] | signer_host["services"])[service]["secrets"]
        assert named <= set(given)


def test_the_issuer_has_more_time_to_end_than_one_issuance_takes(
    load: Callable[[str], Settings], coordinator_host: dict[str, Any]
) -> None:
    settings = load(COORDINATOR)
    assert settings.chain is not None
    assert settings.signer is not None
    # Connect to the signer and ask it; then look up, submit and look up on the chain.
    longest = 2 * settings.signer.timeout_seconds + 3 * settings.chain.timeout_seconds
    grace = coordinator_host["services"]["issuer"]["stop_grace_period"]
    assert float(grace.removesuffix("s")) > longest


def test_the_signer_allows_what_the_coordinator_may_ask(load: Callable[[str], Settings]) -> None:
    service = load(SIGNER).signing_service
    assert service is not None
    asked = Decimal(load(COORDINATOR).policy.maximum_per_issue_ndau)
    assert asked <= Decimal(service.maximum_per_transaction_ndau) <= Decimal(service.maximum_per_day_ndau)


def test_the_signer_listens_with_tls_on_the_port_that_is_published(
    load: Callable[[str], Settings], signer_host: dict[str, Any]
) -> None:
    service = load(SIGNER).signing_service
    assert service is not None
    assert service.certificate_file is not None
    assert service.certificate_key_file is not None
    signer = signer_host["services"]["signer"]
    assert signer["ports"][0].endswith(f":{service.port}:{service.port}")
    assert urlsplit(load(COORDINATOR).signer.url).port == service.port  # type: ignore[union-attr]
