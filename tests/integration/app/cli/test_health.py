"""What an operator sees of an exchange that does not answer."""

import json
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from app import bootstrap
from app.domain.ledger import NewGeneration
from app.domain.offers import desired_stack
from app.store.ledger import SqlLedger
from tests.fakes.ots import FakeOts
from tests.integration.app.cli.conftest import Meic

EXCHANGE = """
[exchanges.{name}]
driver = "bitmart"
symbol = "NDAU_USDT"
"""
WORDS = "it failed 2 times in a row (no answer from https://example.com within 10 s); the next probe is at "


@pytest.fixture
def ledger(meic: Meic, home: Path) -> SqlLedger:
    broker = '[broker]\nurl = "redis://127.0.0.1:1/0"\n'
    (home / "meic.toml").write_text(broker + EXCHANGE.format(name="north") + EXCHANGE.format(name="south"))
    assert meic("db", "upgrade").status == 0
    ledger = bootstrap.coordinator().ledger
    for _ in range(2):
        ledger.health.failed("north", "no answer from https://example.com within 10 s", 2)
    ledger.health.failed("south", "no connection", 2)
    return ledger


def test_the_status_names_the_exchange_that_is_down_since_when_why_and_when_it_is_asked_next(
    meic: Meic, ledger: SqlLedger
) -> None:
    assert ledger.health.ailing()
    said = " ".join(meic("status").out.split())
    assert "DOWN north is not asked since " in said
    assert WORDS in said
    assert "south" not in said, "one that failed once is asked as before"


def test_the_status_for_programs_has_it_too_until_it_answers(meic: Meic, ledger: SqlLedger) -> None:
    (down,) = json.loads(meic("status", "--json").out)["down"]
    assert (down["exchange"], down["failures"], down["probes"]) == ("north", 2, 0)
    assert down["next_probe_at"] > down["down_since"]
    ledger.health.answered("north")
    assert json.loads(meic("status", "--json").out)["down"] == []


def test_the_doctor_calls_it_wrong_without_asking_it(meic: Meic, ledger: SqlLedger) -> None:
    assert ledger.health.ailing()
    asked = FakeOts("north")
    asked.fail_next("server_time", AssertionError("nobody may ask"))  # type: ignore[arg-type]
    bootstrap.coordinator()._parts["exchange north"] = asked
    said = meic("doctor")
    assert said.status == 1
    (line,) = [line for line in said.out.splitlines() if "exchange north" in line]
    assert line.startswith("WRONG  exchange north: north is not asked since ")
    assert line.endswith("; when it answers, its fills are read and its offers follow by themselves")


@pytest.mark.parametrize(("seconds", "is_late"), [(0, False), (29, False), (31, True)])
def test_the_doctor_gives_an_exchange_half_a_minute_to_show_what_was_decided(
    meic: Meic, ledger: SqlLedger, monkeypatch: pytest.MonkeyPatch, seconds: int, is_late: bool
) -> None:
    wanted = NewGeneration(0, 0, 0, 0, desired_stack(0, 1), "test", ("north", "south"))
    first, second = ledger.offers.decide(wanted), ledger.offers.decide(wanted)
    ledger.offers.published("south", second.number, "")
    later = SimpleNamespace(now=lambda: first.decided_at + timedelta(seconds=seconds))
    monkeypatch.setattr(bootstrap.coordinator(), "clock", later)
    (line,) = [line for line in meic("doctor").out.splitlines() if line.split(":")[0].split()[-1] == "work"]
    told = "WRONG  work: what was decided 30 s ago is not shown yet on north; `meic offers` says why"
    assert line == told if is_late else line.startswith("ok ")
