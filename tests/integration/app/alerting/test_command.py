"""`meic alerts` as its user sees it; `watch` as a process, with no broker to be found."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.clock import SystemClock
from app.domain.alerts import Alert, Rule, Severity
from app.local.home import free_ports
from app.store.alerts import SqlAlerts
from app.store.database import Database
from app.store.ledger import SqlLedger
from tests.functional.instance import MEIC, wait_until
from tests.integration.app.alerting.listening import Hook
from tests.integration.app.cli.conftest import Meic, home, meic

__all__ = ["home", "meic"]  # fixtures

pytestmark = pytest.mark.timeout(180)

SETTINGS = """
log_level = "DEBUG"

[broker]
url = "redis://:BROKERSECRET@127.0.0.1:{nobody}/0"

[telemetry]
vitals_ports = {{ alerts = {vitals} }}

[alerts]
check_seconds = 0.3
broker_away_seconds = 0.5
heartbeat_url = "{url}/heart/SECRET"

[alerts.slack.ops]
url = "{url}/slack/SECRET"

[alerts.pagerduty.duty]
routing_key = "ROUTINGSECRET"
url = "{url}/pagerduty"

[alerts.apprise.phone]
url = "json://{place}/apprise/SECRET"
"""


def write_settings(folder: Path, url: str) -> None:
    ports = free_ports({"nobody": 0, "vitals": 0})
    (folder / "meic.toml").write_text(SETTINGS.format(url=url, place=url.removeprefix("http://"), **ports))


@contextmanager
def watching(folder: Path) -> Iterator[subprocess.Popen[str]]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MEIC_")}
    environment |= {"MEIC_HOME": str(folder), "PYTHONUNBUFFERED": "1"}
    with (folder / "out").open("w") as out:
        process = subprocess.Popen([MEIC, "alerts", "watch"], env=environment, stdout=out, stderr=out, text=True)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def test_a_process_tells_of_a_broker_that_is_away_and_ends_when_it_is_told_to(
    home: Path, meic: Meic, host: Hook
) -> None:
    write_settings(home, host.url)
    assert meic("db", "upgrade").status == 0
    with watching(home) as process:
        wait_until(
            lambda: {"/slack/SECRET", "/pagerduty", "/apprise/SECRET"} <= set(dict(host.posted)), 60, "all were told"
        )
        wait_until(lambda: json.loads(meic("alerts", "list", "--json").out)[0]["told_at"], 60, "it is stored")
        assert host.fetched == ["/heart/SECRET"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    said = (home / "out").read_text()
    assert "alerts are judged; told are: ops, duty, phone\n" in said
    assert "alert raised: broker_away broker" in said
    assert "SECRET" not in said
    assert "exception" not in said.lower()
    (alert,) = json.loads(meic("alerts", "list", "--json").out)
    assert (alert["rule"], alert["told"].keys()) == ("broker_away", {"ops", "duty", "phone"})
    assert [body["event_action"] for body in host.bodies("/pagerduty")] == ["trigger"]


def test_a_test_tells_every_target_and_says_who_could_not_be_told(home: Path, meic: Meic, host: Hook) -> None:
    write_settings(home, host.url)
    said = meic("alerts", "test")
    assert (said.status, said.out.splitlines()) == (
        0,
        ["ops: ok", "duty: ok; an incident is open now: resolve it there", "phone: ok"],
    )
    assert "this is a test" in host.bodies("/slack")[0]["text"]
    host.answers = [(404, "no_service")]
    said = meic("alerts", "test")
    assert said.status == 1
    assert said.out.splitlines()[0] == "ops: NOT TOLD: 127.0.0.1 refused it with 404: no_service"
    assert "SECRET" not in said.out + said.err


def test_without_targets_a_test_says_how_to_have_one(home: Path, meic: Meic) -> None:
    (home / "meic.toml").write_text("")
    said = meic("alerts", "test")
    assert (said.status, said.out) == (2, "")
    assert "the settings name no target" in said.err


def test_a_target_whose_url_means_nothing_stops_the_start(home: Path, meic: Meic) -> None:
    (home / "meic.toml").write_text('[alerts.apprise.phone]\nurl = "nonsense://SECRET"')
    for command in ("test", "watch"):
        said = meic("alerts", command)
        assert said.status == 2
        assert "alerts.apprise.phone.url is none that Apprise knows" in said.err
        assert "SECRET" not in said.err


def test_the_list_shows_what_lasts_and_with_all_what_is_over(home: Path, meic: Meic) -> None:
    assert meic("db", "upgrade").status == 0
    assert meic("alerts", "list").out == "there is no alert\n"
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    down = Alert(Rule.EXCHANGE_DOWN, "north", Severity.CRITICAL, "it [is] down\nlook at it", at, told_at=at)
    over = Alert(Rule.HALT, "all", Severity.WARNING, "halted\nresume", at, resolved_at=at + timedelta(minutes=5))
    database = Database(f"sqlite:///{home / 'ledger.sqlite3'}")
    with SqlLedger(database, SystemClock()).leases.hold("alerts", 60) as lease:
        assert lease is not None
        SqlAlerts(database, SystemClock()).keep(lease, [down, over])
    database.close()
    lasting = "CRITICAL exchange_down north, since 2026-01-02 03:04:05 UTC, told 2026-01-02 03:04:05 UTC\n    it [is] down\n    look at it\n"
    ended = "WARNING halt all, since 2026-01-02 03:04:05 UTC, over 2026-01-02 03:09:05 UTC after 5 min\n    halted\n    resume\n"
    assert meic("alerts", "list").out == lasting
    assert meic("alerts", "list", "--all").out == ended + lasting
    assert [each["rule"] for each in json.loads(meic("alerts", "list", "--all", "--json").out)] == [
        Rule.HALT,
        Rule.EXCHANGE_DOWN,
    ]
