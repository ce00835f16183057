"""Every check against a real ledger: what it reads, and of what it keeps silent because another rule tells it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.alerting.checks import all_checks
from app.alerting.rules_of_parts import StreamTrouble
from app.alerting.surroundings import Surroundings
from app.domain.alerts import Rule
from app.domain.errors import ChainUnavailable, InvalidInput, Unavailable
from app.domain.fills import Fill, FillPage, Side
from app.domain.halts import Scope
from app.domain.issuances import IssuanceState
from app.domain.ledger import NewGeneration
from app.domain.offers import Level
from app.ports.chain import ChainSupply
from app.settings.settings import Settings
from app.store.ledger import SqlLedger
from tests.integration.app.store.conftest import StoppedClock
from tests.unit.app.services.ledgers import NDAU, Ledgers, sell

NAMES = ("north", "south")


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledgers]:
    with closing(Ledgers(tmp_path_factory.mktemp("ledger") / "ledger.sqlite3")) as ledgers:
        yield ledgers


@dataclass
class Chain:
    """A chain that says how much is released and issued, or nothing."""

    totals: ChainSupply = field(default_factory=lambda: ChainSupply(0, 1_000_000 * NDAU))
    is_away: bool = False

    def supply(self) -> ChainSupply:
        if self.is_away:
            raise ChainUnavailable("refused")
        return self.totals


@dataclass
class World:
    ledger: SqlLedger
    clock: StoppedClock
    home: Path
    chain: Chain = field(default_factory=Chain)
    workers: str = ""
    broker: str = ""
    streams: list[StreamTrouble] = field(default_factory=list)
    around: Surroundings | None = None

    def found(self, **changes: Any) -> dict[str, list[str]]:
        """What all checks find, by rule: the subjects. What a check cannot say is told under "unknown"."""
        found: dict[str, list[str]] = {}
        for check in all_checks(self.around or self.surroundings(**changes)):
            try:
                findings = check.look()
            except (Unavailable, InvalidInput) as error:
                if check.away is None:
                    found.setdefault("unknown", []).append(check.name)
                    continue
                findings = (check.away(str(error)),)
            assert {each.rule for each in findings} <= check.rules
            for each in findings:
                found.setdefault(each.rule, []).append(each.subject)
        return found

    def surroundings(self, **changes: Any) -> Surroundings:
        exchanges = {name: {"driver": "bitmart", "symbol": "NDAU_USDT"} for name in NAMES}
        for name, fields in changes.pop("exchanges", {}).items():
            exchanges[name] = exchanges[name] | fields
        given = {"home": self.home, "exchanges": exchanges, "chain": {"url": "http://127.0.0.1:1"}} | changes
        return Surroundings(
            Settings.model_validate(given),
            self.clock,
            ledger=lambda: self.ledger,
            chain=lambda: self.chain,  # type: ignore[arg-type,return-value]
            broker=lambda: _say(self.broker, Unavailable),
            workers=lambda: _say(self.workers, InvalidInput),
            streams=lambda: self.streams,
        )

    def decide(self, number: int = 1) -> None:
        level = Level(10**11, 1000 * NDAU)
        self.ledger.offers.decide(NewGeneration(0, 0, 0, 0, (level,), f"test {number}", NAMES))

    def reconciled(self) -> None:
        self.ledger.events.append("Reconciled", "all", {})


def _say(problem: str, error: Callable[[str], Exception]) -> None:
    if problem:
        raise error(problem)


@pytest.fixture
def world(ledgers: Ledgers, tmp_path: Path) -> Iterator[World]:
    clock = StoppedClock()
    with ledgers.fresh(clock) as ledger:
        yield World(ledger, clock, tmp_path)


def only(found: Mapping[str, list[str]], *rules: Rule) -> dict[str, list[str]]:
    return {rule: subjects for rule, subjects in found.items() if rule in rules}


def test_where_all_is_well_and_nothing_was_done_yet_nothing_is_found(world: World) -> None:
    assert world.found() == {}


def test_a_sale_that_waits_is_found_but_not_one_that_waits_on_purpose(world: World) -> None:
    sell(world.ledger, 5 * NDAU)
    world.clock.wait(121)
    world.reconciled()
    assert only(world.found(), Rule.UNISSUED_SALE) == {"unissued_sale": ["sales"]}
    assert Rule.UNISSUED_SALE not in world.found(exchanges={"south": {"dry_run": True}})
    assert Rule.UNISSUED_SALE not in world.found(policy={"dry_run": True})


def test_an_issuance_that_hangs_and_one_that_is_parked_are_found(world: World) -> None:
    sell(world.ledger, 5 * NDAU)
    with world.ledger.leases.hold("issuer", 10_000) as lease:
        assert lease is not None
        sales = world.ledger.fills.unissued_sales(9)
        issuances = world.ledger.issuances
        issuance = issuances.prepare(lease, issuer_address="nda", sequence=1, tx_hash="h", sales=sales)
        world.clock.wait(121)
        hanging = only(world.found(), Rule.UNISSUED_SALE, Rule.UNSETTLED_ISSUANCE, Rule.PARKED_ISSUANCE)
        assert hanging == {"unsettled_issuance": [f"issuance {issuance.id}"]}
        issuances.advance(lease, issuance, IssuanceState.REFUSED, message="no")
    parked = only(world.found(), Rule.UNISSUED_SALE, Rule.UNSETTLED_ISSUANCE, Rule.PARKED_ISSUANCE)
    assert parked == {"parked_issuance": [f"issuance {issuance.id}"]}


def test_offers_that_are_late_are_found_by_the_oldest_decision_that_is_not_shown(world: World) -> None:
    world.decide(1)
    for name in NAMES:
        world.ledger.offers.published(name, 1, "")
    world.clock.wait(3600)
    world.decide(2)
    assert Rule.LATE_OFFERS not in world.found()
    world.clock.wait(59)
    world.decide(3)
    world.ledger.offers.published("north", 2, "")
    world.clock.wait(1)
    assert only(world.found(), Rule.LATE_OFFERS) == {"late_offers": ["south"]}
    world.ledger.offers.published("south", 3, "")
    world.ledger.offers.published("north", 3, "")
    assert Rule.LATE_OFFERS not in world.found()


def test_late_offers_are_not_told_where_the_exchange_is_down_halted_unused_or_in_a_dry_run(world: World) -> None:
    world.decide()
    world.clock.wait(61)
    assert only(world.found(), Rule.LATE_OFFERS) == {"late_offers": ["north", "south"]}
    in_use = {"exchanges": {"north": {"dry_run": True}, "south": {"enabled": False}}}
    assert Rule.LATE_OFFERS not in world.found(**in_use)
    world.ledger.health.failed("north", "timed out", 1)
    world.ledger.halts.halt(Scope.PUBLISHING, "south", who="ada", why="a test")
    found = world.found()
    assert Rule.LATE_OFFERS not in found
    assert found[Rule.HALT] == ["publishing on south 1"]


def test_an_exchange_that_is_down_is_found_and_not_as_unread_too(world: World) -> None:
    for name in NAMES:
        world.ledger.fills.record(name, FillPage((), "1"))
    world.ledger.health.failed("north", "timed out", 1)
    world.clock.wait(121)
    found = world.found()
    assert only(found, Rule.EXCHANGE_DOWN, Rule.UNREAD_EXCHANGE) == {
        "exchange_down": ["north"],
        "unread_exchange": ["south"],
    }
    assert Rule.EXCHANGE_DOWN not in world.found(exchanges={"north": {"enabled": False}})


def test_an_unclaimed_sell_is_found_until_it_is_dismissed(world: World) -> None:
    fill = Fill("f", "by hand", Side.SELL, 10**11, NDAU, "0", world.clock.now(), "{}")
    world.ledger.fills.record("north", FillPage((fill,), "1"))
    world.clock.wait(61)
    assert only(world.found(), Rule.UNCLAIMED_SELL) == {"unclaimed_sell": ["north"]}
    world.ledger.claims.dismiss("north", ["f"], who="ada", why="a test")
    assert Rule.UNCLAIMED_SELL not in world.found()


def test_differences_are_found_until_all_was_compared_and_nothing_differs(world: World) -> None:
    world.around = world.surroundings()
    world.decide()
    world.ledger.events.append("DifferencesFound", "all", {"differences": ["chain: 5 / 6"], "count": 1})
    assert world.found()[Rule.DIFFERENCE] == ["all"]
    world.clock.wait(timedelta(days=3).total_seconds())
    found = world.found()
    assert (found[Rule.DIFFERENCE], found[Rule.NOT_COMPARED]) == (["all"], ["all"])
    world.reconciled()
    assert only(world.found(), Rule.DIFFERENCE, Rule.NOT_COMPARED) == {}


def test_leases_that_were_lost_are_counted_for_an_hour(world: World) -> None:
    for _ in range(2):
        world.ledger.events.append("LeaseLost", "issuer", {"epoch": 1})
    assert world.found()[Rule.LOST_LEASE] == ["issuer"]
    world.clock.wait(3601)
    assert Rule.LOST_LEASE not in world.found()


def test_room_on_the_chain_is_what_is_neither_issued_nor_sold(world: World) -> None:
    world.chain.totals = ChainSupply(0, 10_004 * NDAU)
    assert Rule.LOW_ROOM not in world.found()
    sell(world.ledger, 5 * NDAU)
    assert only(world.found(), Rule.LOW_ROOM, Rule.NO_ROOM) == {"low_room": ["chain"]}
    world.chain.totals = ChainSupply(0, 5 * NDAU)
    assert only(world.found(), Rule.LOW_ROOM, Rule.NO_ROOM) == {"low_room": ["chain"], "no_room": ["chain"]}


def test_a_chain_that_is_away_is_found_and_its_room_is_unknown(world: World) -> None:
    world.chain.is_away = True
    assert world.found() == {"chain_away": ["chain"], "unknown": ["the room on the chain"]}


def test_broker_workers_and_streams_are_found_to_be_missing(world: World) -> None:
    world.broker, world.workers = "refused", "no worker serves the queues issue"
    world.streams = [StreamTrouble("north", None, "nobody watches north")]
    assert world.found() == {"broker_away": ["broker"], "workers_missing": ["workers"], "stream_down": ["north"]}


def test_workers_that_cannot_be_asked_are_unknown(world: World) -> None:
    def fail() -> None:
        raise Unavailable("no answer")

    around = world.surroundings()
    world.around = Surroundings(
        around.settings, around.clock, around.ledger, around.chain, around.broker, fail, around.streams
    )
    assert world.found() == {"unknown": ["the workers"]}


def test_keys_that_end_are_found(world: World) -> None:
    day = datetime(2026, 1, 2, tzinfo=UTC).date()
    assert world.found(exchanges={"north": {"key_expires": day}}) == {"key_expiry": ["north"], "key_due": ["north"]}
    assert world.found(exchanges={"north": {"key_expires": date(2027, 1, 1)}}) == {}
    assert world.found(exchanges={"north": {"key_expires": day, "enabled": False}}) == {}


def test_what_is_switched_off_is_not_even_looked_at(world: World) -> None:
    def checked(off: list[Rule]) -> set[Rule]:
        return {rule for check in all_checks(world.surroundings(alerts={"off": off})) for rule in check.rules}

    every = checked([])
    assert checked([Rule.STREAM_DOWN]) == every - {Rule.STREAM_DOWN}
    assert Rule.LOW_ROOM in checked([Rule.NO_ROOM])  # one check finds both


def test_every_rule_has_a_check_or_is_one_about_checks_and_targets(world: World) -> None:
    checked = {rule for check in all_checks(world.surroundings()) for rule in check.rules}
    of_certificates = {Rule.CERTIFICATE_EXPIRY, Rule.CERTIFICATE_DUE}
    assert checked | of_certificates | {Rule.BLIND, Rule.TARGET_AWAY} == set(Rule)
