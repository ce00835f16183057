"""What an operator decides: claims, dismissals, halts, pulled offers, issuances that hang."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from celery import Task
from kombu.exceptions import OperationalError

from app import bootstrap
from app.celery import app
from app.clock import SystemClock
from app.domain.errors import OutcomeUnknown
from app.domain.fills import Fill, FillPage, Side
from app.domain.halts import Scope
from app.domain.ledger import Lease
from app.domain.money import NAPU_PER_NDAU
from app.ndau.keys import PrivateKey
from app.services.decide_offers import decide_offers
from app.services.learn_issues import known_account
from app.services.publisher import PublishRules
from app.services.push_offers import PushOutcome, push_offers
from app.settings.loading import load_settings
from app.store.ledger import SqlLedger
from tasks import guarding
from tests.fakes.chain import FakeChain
from tests.fakes.ots import FakeOts
from tests.fakes.signer import FakeSigner
from tests.integration.app.cli.conftest import Meic
from tests.integration.app.cli.test_bad_input import one_sentence

SETTINGS = """
[policy]
placing_grace_seconds = 0.1
cancel_limit_seconds = 0.2
"""
EXCHANGE = """
[exchanges.{name}]
driver = "bitmart"
symbol = "NDAU_USDT"
"""
KEY = PrivateKey.generate()
RULES = PublishRules(depth=3, placing_grace_seconds=20, cancel_limit_seconds=10)


@pytest.fixture
def ledger(meic: Meic, home: Path) -> SqlLedger:
    (home / "meic.toml").write_text(SETTINGS + EXCHANGE.format(name="north") + EXCHANGE.format(name="south"))
    assert meic("db", "upgrade").status == 0
    return bootstrap.coordinator().ledger


@pytest.fixture
def chain(ledger: SqlLedger) -> Iterator[FakeChain]:
    """A chain and a signer in memory, which this process takes for its own."""
    chain = FakeChain([KEY], sequence=40)
    parts = bootstrap.coordinator()._parts
    parts["chain"], parts["signer"] = chain, FakeSigner([KEY])
    known_account(ledger, chain, chain.issuer_account())
    yield chain
    del parts["signer"]


@pytest.fixture
def exchanges(ledger: SqlLedger, chain: FakeChain) -> dict[str, FakeOts]:
    """Two exchanges in memory, published to."""
    exchanges = {name: FakeOts(name) for name in ("north", "south")}
    decision = decide_offers(ledger, chain, dict.fromkeys(exchanges, 3), why="test")
    for name, ots in exchanges.items():
        bootstrap.coordinator()._parts[f"exchange {name}"] = ots
        report = push_offers(ledger, ots, SystemClock(), RULES, decision.generation)
        assert report.outcome is PushOutcome.PUBLISHED
    return exchanges


@pytest.fixture
def bells(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    rung: list[str] = []
    monkeypatch.setattr(app, "send_task", lambda task, *_, **__: rung.append(task))
    return rung


@pytest.fixture
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_: object, **__: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(app, "send_task", down)


def sell_by_hand(ledger: SqlLedger, *fill_ids: str, exchange: str = "north") -> None:
    at = datetime(2026, 1, 2, tzinfo=UTC)
    fills = tuple(Fill(each, "by hand", Side.SELL, 10**11, 150_000_000, "0", at, "{}") for each in fill_ids)
    ledger.fills.record(exchange, FillPage(fills, "p"))


def hold(ledger: SqlLedger, act: Callable[[Lease], None]) -> None:
    with ledger.leases.hold("issuer", 60) as lease:
        assert lease is not None
        act(lease)


def test_what_is_unclaimed_is_shown_and_sales_without_a_word_are_the_list(meic: Meic, ledger: SqlLedger) -> None:
    assert meic("sales", "unclaimed").out == "nothing is unclaimed\n"
    sell_by_hand(ledger, "f1", "f2")
    table = meic("sales", "unclaimed").out
    assert "by hand" in table
    assert "1.5" in table
    (first, _) = json.loads(meic("sales", "unclaimed", "--json").out)
    assert (first["exchange"], first["fill_id"], first["quantity_napu"]) == ("north", "f1", 150_000_000)
    assert len(json.loads(meic("sales", "--json", "--limit", "1").out)) == 1
    assert "unclaimed" in meic("sales").out


def test_what_is_claimed_is_a_sale_and_rings_issuing_and_publishing(
    meic: Meic, ledger: SqlLedger, bells: list[str]
) -> None:
    sell_by_hand(ledger, "f1", "f2")
    assert meic("sales", "claim", "north", "f1", "f2", "--why", "by hand").out == "claimed 2 fills of north, 3 ndau\n"
    assert bells == ["tasks.issuing.issue_sales", "tasks.offering.publish_offers"]
    again = meic("sales", "claim", "north", "f1", "--why", "again")
    assert (again.status, again.out) == (0, "nothing changed: these fills of north were claimed before\n")
    assert meic("sales", "dismiss", "north", "f1", "--why", "x").out == "dismissed 1 fill of north, 1.5 ndau\n"
    assert bells[2:] == ["tasks.offering.publish_offers"]
    kinds = {row["fill_id"]: row["kind"] for row in json.loads(meic("sales", "--json").out)}
    assert kinds == {"f1": "dismissed", "f2": "sale"}


@pytest.mark.usefixtures("_no_broker")
def test_a_claim_holds_without_a_broker_and_says_who_rings_later(meic: Meic, ledger: SqlLedger) -> None:
    sell_by_hand(ledger, "f1")
    said = meic("sales", "claim", "north", "f1", "--why", "by hand")
    assert said.status == 0
    assert "no worker could be told (the broker cannot be reached: connection refused); beat follows" in said.out
    assert ledger.fills.totals().sold_napu == 150_000_000


@pytest.mark.parametrize("command", ["claim", "dismiss"])
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("north", "f9", "--why", "x"), "north has no fill f9 in the ledger"),
        (("nort", "f1", "--why", "x"), "nort has no fill f1 in the ledger"),
        (("n" * 100, "f1", "--why", "x"), "has no fill f1 in the ledger"),
        (("north", "f1", "--why", ""), "why is ''; expected a reason"),
        (("north", "\udcff", "--why", "x"), "a fill id is no text"),
    ],
)
def test_a_wrong_claim_is_one_sentence(
    meic: Meic, ledger: SqlLedger, command: str, arguments: tuple[str, ...], words: str
) -> None:
    sell_by_hand(ledger, "f1")
    said = meic("sales", command, *arguments)
    assert said.status == 2
    assert words in one_sentence(said.err)
    assert len(ledger.claims.unclaimed(10)) == 1


def test_all_is_halted_and_resumed_together_and_the_history_remembers(meic: Meic, ledger: SqlLedger) -> None:
    assert meic("halts").out == "nothing is halted\n"
    halted = meic("halt", "all", "--why", "odd [figures]")
    assert [line.split(" is halted")[0] for line in halted.out.splitlines()] == ["publishing", "issuing"]
    assert {halt.scope for halt in ledger.halts.active()} == set(Scope)
    assert "odd [figures]" in meic("halts").out
    assert meic("resume", "all", "--why", "mended").out == "publishing is resumed\nissuing is resumed\n"
    assert meic("halts").out == "nothing is halted\n"
    assert "mended" in meic("halts", "--all").out
    newest, _ = json.loads(meic("halts", "--all", "--json").out)
    assert (newest["scope"], newest["why"], newest["lifted_why"]) == ("issuing", "odd [figures]", "mended")


def test_resuming_everywhere_tells_what_is_halted_still(meic: Meic, ledger: SqlLedger) -> None:
    ledger.halts.halt(Scope.PUBLISHING, "north", who="clock", why="late")
    said = meic("resume", "publishing", "--why", "x").out
    assert said.splitlines() == [
        "publishing was not halted",
        "still halted by clock: late; `meic resume publishing --exchange north` lifts it",
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("issuing", "--why", "x", "--pull-offers"), "--pull-offers goes with publishing or all"),
        (("all", "--why", "x", "--exchange", "north"), "issuing is one for all exchanges"),
        (("publishing", "--why", "x", "--exchange", "nort"), "'nort' is no exchange in use"),
        (("publishing", "--why", " "), "why is ' '; expected a reason"),
    ],
)
def test_a_wrong_halt_is_one_sentence_and_halts_nothing(
    meic: Meic, ledger: SqlLedger, arguments: tuple[str, ...], words: str
) -> None:
    said = meic("halt", *arguments)
    assert said.status == 2
    assert words in one_sentence(said.err)
    assert ledger.halts.active() == []


def test_offers_are_pulled_off_all_exchanges(meic: Meic, exchanges: dict[str, FakeOts]) -> None:
    said = meic("halt", "all", "--why", "stop", "--pull-offers")
    assert said.status == 0
    assert [line.split()[:4] for line in said.out.splitlines() if line.split()[:1] in (["north"], ["south"])] == [
        ["north", "2", "0", "0"],
        ["south", "2", "0", "0"],
    ]
    assert [ots.open_orders() for ots in exchanges.values()] == [(), ()]


def test_offers_are_pulled_off_one_exchange(
    meic: Meic, ledger: SqlLedger, exchanges: dict[str, FakeOts], bells: list[str]
) -> None:
    exchanges["north"].buy(5 * NAPU_PER_NDAU, 10**20)
    assert meic("halt", "publishing", "--exchange", "north", "--why", "stop", "--pull-offers").status == 0
    assert [len(ots.open_orders()) for ots in exchanges.values()] == [0, 2]
    assert ledger.fills.totals().sold_napu == 5 * NAPU_PER_NDAU
    assert bells == ["tasks.issuing.issue_sales"]


def test_what_may_still_be_open_is_told_and_pulling_again_ends_it(
    meic: Meic, exchanges: dict[str, FakeOts], monkeypatch: pytest.MonkeyPatch
) -> None:
    pull = ("halt", "publishing", "--why", "stop", "--pull-offers")

    def away(_: str) -> None:
        raise OutcomeUnknown("south does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(exchanges["south"], "cancel_order", away)
        said = meic(*pull)
    assert said.status == 1
    assert "is still open" in said.out
    assert [len(ots.open_orders()) for ots in exchanges.values()] == [0, 2]
    assert meic(*pull).status == 0
    assert exchanges["south"].open_orders() == ()


def test_an_exchange_that_is_out_of_use_and_may_have_offers_is_told(
    meic: Meic, home: Path, ledger: SqlLedger, exchanges: dict[str, FakeOts]
) -> None:
    del exchanges["south"], ledger
    (home / "meic.toml").write_text(SETTINGS + EXCHANGE.format(name="north"))
    load_settings.cache_clear()
    bootstrap.coordinator().settings = load_settings()
    said = meic("halt", "publishing", "--why", "stop", "--pull-offers")
    assert said.status == 1
    assert "'south' is no exchange in use" in said.out
    assert exchanges["north"].open_orders() == ()


def hanging(ledger: SqlLedger, chain: FakeChain) -> None:
    """Prepare an issuance of a claimed sale, as an issuer that then died."""
    sell_by_hand(ledger, "f1")
    ledger.claims.claim("north", ["f1"], who="ann", why="x")

    def prepare(lease: Lease) -> None:
        sales, address = ledger.fills.unissued_sales(1), chain.issuer_account().address
        tx_hash = chain.issue_hash(150_000_000, 41)
        ledger.issuances.prepare(lease, issuer_address=address, sequence=41, tx_hash=tx_hash, sales=sales)

    hold(ledger, prepare)


def test_an_issuance_that_is_not_proven_stays_and_one_that_is_proven_is_settled(
    meic: Meic, ledger: SqlLedger, chain: FakeChain, bells: list[str]
) -> None:
    hanging(ledger, chain)
    said = meic("issuances", "resolve", "1", "--why", "it hangs")
    assert said.status == 1
    assert "NOT PROVEN" in said.out
    assert "its sequence 41 is free" in said.out
    assert bells == []
    chain.issue_elsewhere(NAPU_PER_NDAU, sequence=41)
    said = meic("issuances", "resolve", "1", "--why", "it hangs")
    assert said.status == 0
    assert "sequence 41 was used by" in said.out
    assert bells == ["tasks.issuing.issue_sales", "tasks.offering.publish_offers"]
    again = meic("issuances", "resolve", "1", "--why", "it hangs")
    assert (again.status, "it is void already" in again.out) == (0, True)
    (row,) = json.loads(meic("issuances", "--json").out)
    assert (row["id"], row["state"]) == (1, "void")


def test_a_wrong_resolve_is_one_sentence(meic: Meic, ledger: SqlLedger, chain: FakeChain) -> None:
    said = meic("issuances", "resolve", "7", "--why", "x")
    assert (said.status, "there is no issuance 7" in one_sentence(said.err)) == (2, True)
    hanging(ledger, chain)
    chain.is_unavailable = True
    said = meic("issuances", "resolve", "1", "--why", "x")
    assert (said.status, one_sentence(said.err)) == (1, "meic: the node does not answer\n")
    assert meic("issuances", "resolve", str(2**70), "--why", "x").status == 2


def test_the_time_of_a_halt_is_utc(meic: Meic, ledger: SqlLedger) -> None:
    meic("halt", "issuing", "--why", "x")
    (halt,) = ledger.halts.active()
    assert abs(halt.since - datetime.now(UTC)) < timedelta(minutes=1)
    assert f"{halt.since:%m-%d %H:%M:%S}" in meic("halts").out


def test_the_tasks_do_the_same_as_the_commands(ledger: SqlLedger, exchanges: dict[str, FakeOts]) -> None:
    ledger.halts.halt(Scope.PUBLISHING, "north", who="clock", why="late")
    report = guarding.pull_offers("north")
    assert (report["exchange"], report["pulled"], report["still_open"]) == ("north", 2, 0)
    assert [len(ots.open_orders()) for ots in exchanges.values()] == [0, 2]
    assert set(guarding.check_clocks()) == {"north", "south"}


@pytest.mark.parametrize(
    ("task", "queue"), [(guarding.pull_offers, "offers"), (guarding.check_clocks, "upkeep")], ids=["pull", "clocks"]
)
def test_every_guard_rings_a_queue_that_a_worker_serves(task: Task[..., object], queue: str) -> None:
    procfile = Path(__file__).parents[4] / "Procfile"
    served = re.findall(r"--queues (\S+)", procfile.read_text(encoding="utf-8"))
    assert queue in ",".join(served).split(",")
    assert app.amqp.router.route({}, task.name)["queue"].name == queue
