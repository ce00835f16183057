from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from rich.console import Console
from sqlalchemy.exc import OperationalError

from app.clock import SystemClock
from app.domain.fills import Fill, FillPage, Side
from app.domain.halts import Scope
from app.domain.issuances import IssuanceState
from app.domain.ledger import NewGeneration, OfferOutcome, OfferState
from app.domain.money import NAPU_PER_NDAU
from app.domain.offers import desired_stack
from app.domain.showing import ShownLevel
from app.local.instance import Instance
from app.local.live import live_view, new_lines
from app.local.supervisor import ProcessStatus
from app.store import migrate
from app.store.database import Database
from app.store.ledger import SqlLedger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqlLedger]:
    database = Database(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")
    migrate.upgrade(database)
    yield SqlLedger(database, SystemClock())
    database.close()


@pytest.fixture
def instance(ledger: SqlLedger, tmp_path: Path) -> Instance:
    statuses = [ProcessStatus("broker", 7, 12 * 2**20), ProcessStatus("signer", None, 0)]
    parts: Any = SimpleNamespace(
        parts=SimpleNamespace(ledger=ledger),
        supervisor=SimpleNamespace(statuses=lambda: statuses),
        doors=("console: http://127.0.0.1:7370  user operator, password [x]y",),
        home=SimpleNamespace(logs=tmp_path / "logs"),
    )
    return cast("Instance", parts)


def seen(instance: Instance) -> str:
    console = Console(width=140, force_terminal=False)
    with console.capture() as capture:
        console.print(live_view(instance))
    return capture.get()


def sell_and_issue(ledger: SqlLedger) -> None:
    stack = desired_stack(0, 1)
    generation = ledger.offers.decide(NewGeneration(0, 0, 0, 0, stack, "test", ("north",)))
    with ledger.leases.hold("test", 60) as lease:
        assert lease is not None
        (offer,) = ledger.offers.intend(
            lease, "north", generation=generation.number, levels=[ShownLevel.at_target(each) for each in stack]
        )
        ledger.offers.settle(lease, "north", [OfferOutcome(offer.client_order_id, OfferState.OPEN, "77")])
        fill = Fill("fill-9", "77", Side.SELL, 10**11, 5 * NAPU_PER_NDAU, "0", SystemClock().now(), "{}")
        ledger.fills.record("north", FillPage((fill,), "p"))
        issuance = ledger.issuances.prepare(
            lease, issuer_address="nde", sequence=31, tx_hash="hash", sales=ledger.fills.unissued_sales(1)
        )
        ledger.issuances.advance(lease, issuance, IssuanceState.ISSUED, block_height=44)


def test_before_the_first_decision_the_view_says_so(instance: Instance) -> None:
    assert "no offers were decided yet" in seen(instance)


def test_price_offers_sales_issuances_and_processes_are_in_sight(instance: Instance, ledger: SqlLedger) -> None:
    sell_and_issue(ledger)
    text = seen(instance)
    for words in (
        "target price $1",
        "995 @ 1",
        "fill-9",
        "31",
        "44",
        "broker 12 MiB",
        "signer (starting)",
        "7370",
        "[x]y",
    ):
        assert words in text, words
    assert len(text.splitlines()) <= 30, "it must fit a terminal of ordinary height"


def test_a_halt_and_what_an_exchange_said_are_shown_as_they_are(instance: Instance, ledger: SqlLedger) -> None:
    sell_and_issue(ledger)
    ledger.halts.halt(Scope.PUBLISHING, "north", who="ann", why="prices [bold]odd[/bold]")
    ledger.offers.published("north", None, "refused: [insufficient funds]")
    text = seen(instance)
    assert "HALTED publishing on north by ann: prices [bold]odd[/bold]" in text
    assert "[insufficient funds]" in text


def test_without_a_terminal_each_issuance_is_a_line_once(instance: Instance, ledger: SqlLedger) -> None:
    known: set[str] = set()
    assert new_lines(instance, known) == []
    sell_and_issue(ledger)
    assert new_lines(instance, known) == ["issued 5 ndau, sequence 31, block 44"]
    assert new_lines(instance, known) == []


def test_while_the_ledger_does_not_answer_both_views_say_so_and_go_on(
    instance: Instance, ledger: SqlLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down() -> None:
        raise OperationalError("SELECT", {}, ConnectionError("connection refused"))

    monkeypatch.setattr(ledger.database, "read", down)
    assert new_lines(instance, set()) == ["the ledger does not answer: connection refused"]
    text = seen(instance)
    assert "the ledger does not answer: connection refused" in text
    assert "broker 12 MiB" in text
