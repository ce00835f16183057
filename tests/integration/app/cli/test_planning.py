"""What publishing would do, in which currency, and what that is worth."""

import json
from pathlib import Path

import pytest
from rich.text import Text

from app import bootstrap
from app.celery import app
from app.ndau.keys import PrivateKey
from app.services.learn_issues import known_account
from app.store.ledger import SqlLedger
from tests.fakes.chain import FakeChain
from tests.fakes.ots import FakeOts
from tests.integration.app.cli.conftest import Meic

SETTINGS = """
[exchanges.north]
driver = "bitmart"
symbol = "NDAU_USDT"
depth = 1

[exchanges.south]
driver = "bitmart"
symbol = "NDAU_EUR"
currency = "EUR"
depth = 1
share_percent = "50"
spread_percent = "1"
dry_run = true

[rates.EUR]
margin_percent = "1"
"""
KEY = PrivateKey.generate()


@pytest.fixture
def ledger(meic: Meic, home: Path, monkeypatch: pytest.MonkeyPatch) -> SqlLedger:
    (home / "meic.toml").write_text(SETTINGS)
    monkeypatch.setattr(app, "send_task", lambda *_, **__: None)
    assert meic("db", "upgrade").status == 0
    parts = bootstrap.coordinator()
    chain = FakeChain([KEY], sequence=40)
    parts._parts["chain"] = chain
    known_account(parts.ledger, chain, chain.issuer_account())
    for name in ("north", "south"):
        parts._parts[f"exchange {name}"] = FakeOts(name)
    return parts.ledger


def words(text: str) -> str:
    return " ".join(Text(text).plain.split())


@pytest.mark.usefixtures("ledger")
def test_a_plan_is_shown_exchange_by_exchange_in_its_currency(meic: Meic) -> None:
    assert meic("rates", "set", "EUR", "1.25", "--why", "test").out == (
        "1 EUR is worth $1.25; offers count it as $1.2375\n"
    )
    said = words(meic("publish", "--dry-run").out)
    assert "north place 1000 1 due and not there" in said
    # $1 and 1 % on top, at $1.2375 a euro, up to the cent.
    assert "south place 500 0.82 EUR due and not there" in said
    north, south = json.loads(meic("publish", "--dry-run", "--json").out)
    assert [step["level"] for step in north["steps"]] == [{"price_nanocents": 10**11, "quantity_napu": 10**11}]
    assert (south["exchange"], south["obstacle"], len(south["steps"])) == ("south", "", 1)


@pytest.mark.usefixtures("ledger")
def test_a_plan_names_what_stands_in_the_way(meic: Meic) -> None:
    assert "south nothing no rate of EUR is known yet; `meic rates` shows" in words(meic("publish", "--dry-run").out)


def test_planning_changes_nothing(meic: Meic, ledger: SqlLedger) -> None:
    before = len(ledger.events.recent(100))
    meic("publish", "--dry-run")
    assert len(ledger.events.recent(100)) == before
    assert ledger.offers.generation() is None


@pytest.mark.usefixtures("ledger")
def test_rates_are_shown_with_who_said_so(meic: Meic) -> None:
    assert "EUR no, nobody has ever said" in words(meic("rates").out)
    meic("rates", "set", "EUR", "1.25", "--why", "test")
    shown = words(meic("rates").out)
    assert "EUR 1.25 1.2375" in shown
    assert "by hand" in shown
    (rate,) = json.loads(meic("rates", "--json").out)
    assert rate["unit_nanocents"] == 123_750_000_000


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("CHF", "1.1"), "meic: there is no [rates.CHF] in the settings; expected one of: EUR\n"),
        (("EUR", "much"), "meic: the worth is 'much'; expected decimal dollars with at most 11 fraction digits\n"),
        (("EUR", "0"), "meic: the rate of EUR is 0 nanocents; expected above 0\n"),
    ],
)
def test_a_rate_that_is_none_is_refused(meic: Meic, arguments: tuple[str, ...], sentence: str) -> None:
    said = meic("rates", "set", *arguments, "--why", "test")
    assert (said.status, said.err) == (2, sentence)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('currency = "EUR"', "exchanges.north.currency is EUR, and there is no [rates.EUR]; expected one that says"),
        ('share_percent = "0"', "share_percent is 0; expected above 0, at most 100"),
        ('share_percent = "101"', "share_percent is 101; expected above 0, at most 100"),
        ('spread_percent = "-1"', "exchanges.north.spread_percent is '-1'"),
        ("weight = 0", "exchanges.north.weight is 0"),
        ("dry_run = 7", "exchanges.north.dry_run is 7"),
    ],
)
def test_a_setting_that_would_offer_too_much_or_too_cheap_is_refused(
    meic: Meic, home: Path, line: str, words: str
) -> None:
    (home / "meic.toml").write_text(f'[exchanges.north]\ndriver = "bitmart"\nsymbol = "X"\n{line}\n')
    said = meic("status")
    assert said.status == 2
    assert words in said.err
    assert said.err.count("\n") == 1
