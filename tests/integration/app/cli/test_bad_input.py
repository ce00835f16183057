import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.app.cli.conftest import Meic

EXCHANGE = """
[exchanges.bitmart]
driver = "bitmart"
symbol = "NDAU_USDT"
"""


def one_sentence(text: str) -> str:
    assert text.startswith("meic: ")
    assert text.count("\n") == 1
    assert "Traceback" not in text
    return text


@pytest.mark.parametrize("command", ["status", "sales", "issuances", "offers"])
def test_a_ledger_without_tables_says_how_to_make_them(meic: Meic, command: str) -> None:
    said = meic(command)
    assert said.status == 2
    assert "run `meic db upgrade`" in one_sentence(said.err)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("[chain]\nurll = 'x'\n", "chain.url is missing; chain.urll is no setting of ours; check its spelling"),
        ("[chain", "cannot be read"),
        (EXCHANGE + "depth = 0\n", "exchanges.bitmart.depth is 0"),
        (EXCHANGE + "poll_seconds = 'often'\n", "exchanges.bitmart.poll_seconds is 'often'"),
        ("[policy]\nmaximum_per_issue_ndau = '1.5 ndau'\n", "policy.maximum_per_issue_ndau is '1.5 ndau'"),
        (EXCHANGE + "[policy]\nmaximum_per_issue_ndau = '10'\n", "expected at least 3000"),
        ("log_level = 'LOUD'\n", "log_level is 'LOUD'"),
        ("[ledger]\nurl = 'mysql://root:hunter2@db/x'\n", "ledger.url"),
    ],
)
def test_a_wrong_setting_is_named_and_nothing_secret_is_repeated(
    meic: Meic, home: Path, settings: str, words: str
) -> None:
    (home / "meic.toml").write_text(settings)
    said = meic("status")
    assert said.status == 2
    assert words in one_sentence(said.err)
    assert "hunter2" not in said.err


def test_settings_that_are_named_but_missing_are_not_replaced_by_defaults(
    meic: Meic, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEIC_SETTINGS", str(home / "nowhere.toml"))
    assert "which is no file" in one_sentence(meic("status").err)


def test_an_exchange_that_is_not_in_use_is_named_with_those_that_are(meic: Meic, home: Path) -> None:
    (home / "meic.toml").write_text(EXCHANGE)
    said = meic("poll", "bitmat")
    assert said.status == 2
    assert one_sentence(said.err) == "meic: 'bitmat' is no exchange in use; expected one of: bitmart\n"


def test_the_signer_without_its_section_says_which_is_missing(meic: Meic) -> None:
    said = meic("signer")
    assert said.status == 2
    assert "[signing_service] is missing" in one_sentence(said.err)


def test_issuing_is_not_halted_for_one_exchange(meic: Meic) -> None:
    said = meic("halt", "issuing", "--exchange", "bitmart", "--why", "x")
    assert said.status == 2
    assert "issuing is one for all exchanges" in one_sentence(said.err)


def test_a_home_that_describes_a_real_deployment_is_not_started_locally(meic: Meic, home: Path) -> None:
    (home / "meic.toml").write_text(EXCHANGE)
    said = meic("up", "--no-live")
    assert said.status == 2
    assert "describes a deployment of its own" in one_sentence(said.err)


def test_without_a_broker_a_bell_says_so(home: Path) -> None:
    environment = os.environ | {"MEIC_HOME": str(home), "MEIC_BROKER__URL": "redis://:hunter2@127.0.0.1:1/0"}
    meic = str(Path(sys.executable).with_name("meic"))
    said = subprocess.run([meic, "issue"], env=environment, capture_output=True, text=True, check=False)
    assert said.returncode == 1
    assert "broker.url cannot be reached" in one_sentence(said.stderr)
    assert "hunter2" not in said.stderr


def test_a_worker_with_a_wrong_setting_says_so_and_ends(home: Path) -> None:
    (home / "meic.toml").write_text("[chain]\n")
    celery = [str(Path(sys.executable).with_name("celery")), "-A", "app", "worker"]
    environment = os.environ | {"MEIC_HOME": str(home)}
    said = subprocess.run(celery, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert said.returncode == 2
    assert one_sentence(said.stderr).endswith("chain.url is missing\n")


def test_the_doctor_says_of_each_part_what_is_wrong(meic: Meic, home: Path) -> None:
    (home / "meic.toml").write_text(
        EXCHANGE + f"key_file = '{home / 'key.json'}'\n" + "[chain]\nurl = 'http://127.0.0.1:1'\n"
    )
    (home / "key.json").write_text(json.dumps({"access": "ab", "secret": "cd", "memo": "m"}))
    (home / "key.json").chmod(0o644)
    assert meic("db", "upgrade").status == 0
    said = meic("doctor")
    assert said.status == 1
    lines = {
        line.split(":")[0].removeprefix("WRONG").removeprefix("ok").strip(): line for line in said.out.splitlines()
    }
    assert lines["settings"].startswith("ok")
    assert lines["ledger"].startswith("ok")
    assert lines["broker"].startswith("WRONG")
    assert lines["chain"].startswith("WRONG")
    assert "[signer] is missing" in lines["signer"]
    assert "chmod 600" in lines["exchange bitmart"]
