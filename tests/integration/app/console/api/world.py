"""A coordinator with something of everything in its ledger, and the console over it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import event, insert
from starlette.types import ASGIApp

from app.bootstrap import Coordinator
from app.clock import SystemClock
from app.console.app import create_app
from app.domain.access import Role
from app.domain.errors import OutcomeUnknown
from app.domain.fills import Fill, FillPage, Side
from app.domain.halts import Scope
from app.domain.money import NAPU_PER_NDAU
from app.ndau.keys import PrivateKey
from app.services.claim_sales import claim_sales, dismiss_sales
from app.services.decide_offers import decide_offers
from app.services.issue_sales import issue_sales
from app.services.learn_issues import known_account
from app.services.publisher import PublishRules
from app.services.push_offers import push_offers
from app.services.record_fills import record_fills
from app.settings.console import ConsoleSettings
from app.settings.exchanges import ExchangeSettings, RateSettings
from app.settings.sections import LedgerSettings, PolicySettings
from app.settings.settings import Settings
from app.store import migrate
from app.store.alert_tables import alert
from app.store.database import Database
from app.store.ledger import SqlLedger
from tests.fakes.chain import FakeChain
from tests.fakes.ots import FakeOts
from tests.fakes.signer import FakeSigner
from tests.integration.app.console.browser import Browser

NDAU = NAPU_PER_NDAU
KEY = PrivateKey.generate()
RULES = PublishRules(depth=3, placing_grace_seconds=20, cancel_limit_seconds=10)
BY_HAND = ("hand/1", "hand-2 é", "hand-3", "hand-4")
NAMES = {Role.VIEWER: "vic", Role.OPERATOR: "ann", Role.ADMIN: "ada"}


@dataclass(slots=True)
class World:
    """Three exchanges: north sells, south is down and prices in euros, dry is in a dry run.

    Attributes:
        tokens: an API token of each role.
        bells: (task, arguments) of every bell that was rung.
    """

    parts: Coordinator
    chain: FakeChain
    exchanges: dict[str, FakeOts]
    app: ASGIApp
    tokens: dict[Role, str]
    bells: list[tuple[str, tuple[object, ...]]]

    @property
    def ledger(self) -> SqlLedger:
        return self.parts.ledger

    def by(self, role: Role | None) -> Browser:
        """Return a script with a token of this role, or with none."""
        says = {"authorization": f"Bearer {self.tokens[role]}"} if role else {}
        return Browser(self.app, says=says)

    def events(self, *kinds: str) -> list[tuple[str, str]]:
        """Return the (kind, subject) of the events of some kinds, oldest first."""
        found = self.ledger.events.of_kinds(kinds, datetime(2000, 1, 1, tzinfo=UTC))
        return [(each.kind, each.subject) for each in found]

    def trade(self, name: str, quantity_napu: int) -> None:
        """Have somebody buy from our offers, and read what that was."""
        self.exchanges[name].buy(quantity_napu, 2**62)
        record_fills(self.ledger, self.exchanges[name])

    def publish(self) -> None:
        """Decide, and push."""
        decision = decide_offers(self.ledger, self.chain, dict.fromkeys(self.exchanges, 3), why="test")
        for ots in self.exchanges.values():
            push_offers(self.ledger, ots, self.parts.clock, RULES, decision.generation)

    def issue(self) -> None:
        """Issue what waits."""
        issue_sales(self.ledger, self.chain, self.parts.signer, self.parts.clock, self.parts.issue_policy())


def settings_in(folder: Path, url: str = "") -> Settings:
    """Return the settings of a world."""
    return Settings(
        home=folder,
        ledger=LedgerSettings(url=SecretStr(url)),
        console=ConsoleSettings(allowed_hosts=("testserver",)),
        policy=PolicySettings(placing_grace_seconds=0.1, cancel_limit_seconds=0.2),
        exchanges={
            "north": ExchangeSettings(driver="bitmart", symbol="NDAU_USDT"),
            "south": ExchangeSettings(driver="bitmart", symbol="NDAU_EUR", currency="EUR"),
            "dry": ExchangeSettings(driver="bitmart", symbol="NDAU_USDT", dry_run=True),
        },
        rates={"EUR": RateSettings()},
    )


def add_people(settings: Settings) -> dict[Role, str]:
    """Make the ledger's tables and a person of each role; return their API tokens."""
    database = Database(settings.ledger_url)
    migrate.upgrade(database)
    database.close()
    parts = Coordinator(settings, SystemClock())
    tokens = {}
    for role, name in NAMES.items():
        parts.access.add_operator(name, role, f"a long passphrase of {role}", by="test")
        tokens[role] = parts.access.tokens.make(name, label="tests", role=role, days=None, by=name).secret
    parts.close()
    return tokens


@contextmanager
def made_world(settings: Settings, tokens: dict[Role, str]) -> Iterator[World]:
    """Make a world over a ledger that has people."""
    parts = Coordinator(settings, SystemClock())
    if parts.ledger.database.dialect == "sqlite":
        event.listen(parts.ledger.database.engine, "connect", _hurry)
        parts.ledger.database.engine.dispose()
    chain = FakeChain([KEY], sequence=40)
    exchanges = {name: FakeOts(name) for name in ("north", "south")}
    parts._parts |= {f"exchange {name}": ots for name, ots in exchanges.items()}
    parts._parts |= {"chain": chain, "signer": FakeSigner([KEY])}
    try:
        yield World(parts, chain, exchanges, create_app(parts), tokens, [])
    finally:
        del parts._parts["signer"]
        parts.close()


def _hurry(connection, _record):  # type: ignore[no-untyped-def]
    # Nothing waits for the disk: in these tests no machine dies.
    connection.execute("PRAGMA synchronous=OFF")


def live_through(world: World) -> None:
    """Let a day's events happen: sales, issuances, claims, a halt, an exchange that is down, an alert."""
    ledger = world.ledger
    known_account(ledger, world.chain, world.chain.issuer_account())
    world.publish()
    world.trade("north", 10 * NDAU)
    world.trade("south", 5 * NDAU)
    world.issue()
    world.publish()
    at = world.parts.clock.now()
    by_hand = tuple(Fill(each, "by hand", Side.SELL, 10**11, 150_000_000, "0.1 USDT", at, "{}") for each in BY_HAND)
    position = ledger.fills.position("north")
    ledger.fills.record("north", FillPage(by_hand, str(position)))
    claim_sales(ledger, "north", [BY_HAND[2]], who="ann", why="sold by phone")
    dismiss_sales(ledger, "north", [BY_HAND[3]], who="ann", why="a test of the exchange")
    world.chain.fail_next("submit_issue", OutcomeUnknown("timeout"))
    world.issue()
    ledger.halts.halt(Scope.PUBLISHING, "south", who="ann", why="<script>maintenance</script>")
    ledger.halts.halt(Scope.ISSUING, None, who="ann", why="to look")
    ledger.halts.lift(Scope.ISSUING, None, who="ann", why="looked")
    ledger.health.failed("south", "503 Service Unavailable", 1)
    raised: dict[str, Any] = {
        "rule": "exchange_down",
        "severity": "critical",
        "words": "south is down",
        "raised_at": at,
    }
    with ledger.database.write("alerts of a test") as connection:
        connection.execute(insert(alert).values(raised | {"subject": "south"}))
        connection.execute(insert(alert).values(raised | {"subject": "north", "resolved_at": at}))
