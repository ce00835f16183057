"""What leads to each rare crash point, over a real ledger; chain, signer and exchange are in memory.

What a process that dies does to those is lost with it, so a case does nothing to them before its point.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from app.clock import SystemClock
from app.domain.errors import ChainRejected, OutcomeUnknown
from app.domain.fills import Fill, FillPage, Side
from app.domain.halts import Scope
from app.ports.clock import Clock
from app.services.read_rates import set_rate
from app.services.settle_issuance import note_blocks
from app.store import migrate
from app.store.backup import back_up
from app.store.database import Database
from app.store.ledger import SqlLedger
from app.store.restore import restore
from app.store.version import EXPECTED_VERSION, current_version
from tests.functional.faults import access_cases, alert_cases
from tests.unit.app.services.issuing import Issuing, fresh_issuing
from tests.unit.app.services.ledgers import NDAU, Ledgers
from tests.unit.app.services.restoring import fresh_restoring

_WHO = {"who": "operator", "why": "tested"}


@dataclass(frozen=True, slots=True)
class Case:
    """One way to a point.

    Attributes:
        do: comes by the point; after a death there it is done again, by another process.
        check: fails unless it was done once.
    """

    do: Callable[[], None]
    check: Callable[[], None]


Cases = Callable[[Path], AbstractContextManager[Case]]


@contextmanager
def _issuing(folder: Path) -> Iterator[Issuing]:
    with closing(Ledgers(folder / "ledger.sqlite3")) as ledgers, fresh_issuing(ledgers) as issuing:
        yield issuing


def _forked(ledger: SqlLedger) -> None:
    # No connection survives a fork.
    ledger.database.engine.dispose(close=False)


def _wait_for_leases(clock: Clock, folder: Path) -> None:
    """Go on a minute later for each process that died so far: what it held has expired."""
    clock.wait(60 * len(list(folder.parent.glob("* by *"))))


def _count(ledger: SqlLedger, kind: str) -> int:
    return [event.kind for event in ledger.events.recent(1000)].count(kind)


@contextmanager
def refused(folder: Path) -> Iterator[Case]:
    """The chain refuses an Issue, which halts issuing until an operator resumes it."""
    with _issuing(folder) as issuing:
        issuing.sell(NDAU)
        issuing.chain.fail_next("submit_issue", ChainRejected("not now"))

        def do() -> None:
            _forked(issuing.ledger)
            _wait_for_leases(issuing.clock, folder)
            issuing.run()

        def check() -> None:
            assert issuing.states == ["refused"]
            assert len(issuing.ledger.halts.active()) == _count(issuing.ledger, "Halted") == 1
            for _ in range(2):  # where it was refused before the death only, it will be once more
                issuing.ledger.halts.lift(Scope.ISSUING, None, **_WHO)
                issuing.run()
            issuing.check()

        yield Case(do, check)


@contextmanager
def resumed(folder: Path) -> Iterator[Case]:
    """An operator lifts a halt."""
    with _issuing(folder) as issuing:
        issuing.sell(NDAU)
        issuing.ledger.halts.halt(Scope.ISSUING, None, **_WHO)

        def do() -> None:
            _forked(issuing.ledger)
            issuing.ledger.halts.lift(Scope.ISSUING, None, **_WHO)

        def check() -> None:
            assert _count(issuing.ledger, "Resumed") == 1
            issuing.run_until_done()
            issuing.check()

        yield Case(do, check)


@contextmanager
def void(folder: Path) -> Iterator[Case]:
    """Somebody else used the sequence of an Issue whose outcome is not known."""
    with _issuing(folder) as issuing:
        issuing.sell(NDAU)
        issuing.chain.fail_next("submit_issue", OutcomeUnknown("timeout"))
        issuing.run()
        issuing.chain.issue_elsewhere(5 * NDAU)

        def do() -> None:
            _forked(issuing.ledger)
            _wait_for_leases(issuing.clock, folder)
            issuing.run()

        def check() -> None:
            assert issuing.states[0] == "void"
            for halt in issuing.ledger.halts.active():
                issuing.ledger.halts.lift(halt.scope, halt.exchange, **_WHO)
            issuing.run_until_done()
            assert issuing.states == ["void", "issued"]
            assert issuing.ledger.fills.count_issued() == 1

        yield Case(do, check)


@contextmanager
def block_learnt(folder: Path) -> Iterator[Case]:
    """The chain's index shows a block after its Issue was known to be issued."""
    with _issuing(folder) as issuing:
        issuing.sell(NDAU)
        issuing.chain.index_lags = True
        issuing.run()
        issuing.chain.catch_up()

        def do() -> None:
            _forked(issuing.ledger)
            note_blocks(issuing.ledger, issuing.chain)

        def check() -> None:
            assert issuing.ledger.issuances.without_block(10) == []
            issuing.check()

        yield Case(do, check)


@contextmanager
def first_issue(folder: Path) -> Iterator[Case]:
    """The issuer's account is met for the first time."""
    with _issuing(folder) as issuing:
        issuing.sell(NDAU)

        def do() -> None:
            _forked(issuing.ledger)
            _wait_for_leases(issuing.clock, folder)
            issuing.run()

        yield Case(do, issuing.check)


@contextmanager
def recovery(folder: Path) -> Iterator[Case]:
    """An old copy of the ledger learns again what it forgot."""
    with (
        closing(Ledgers(folder / "ledger.sqlite3")) as ledgers,
        fresh_restoring(ledgers, keeps_client_order_ids=True) as world,
    ):
        world.sell(5 * NDAU)
        world.back_up()
        for quantity in (7, 600, 900):
            world.sell(quantity * NDAU)
        world.restore()

        def do() -> None:
            _forked(world.publishing.ledger)
            _wait_for_leases(world.publishing.clock, folder)
            world.go_on()

        yield Case(do, world.check)


@contextmanager
def backup_put_in_place(folder: Path) -> Iterator[Case]:
    """An operator restores a backup."""
    with _issuing(folder) as issuing:
        issuing.sell(NDAU)
        issuing.run_until_done()
        back_up(issuing.ledger.database, folder / "backup")

    def do() -> None:
        restore(Database(f"sqlite:///{folder / 'ledger.sqlite3'}"), folder / "backup", SystemClock(), **_WHO)

    def check() -> None:
        ledger = SqlLedger(Database(f"sqlite:///{folder / 'ledger.sqlite3'}"), SystemClock())
        assert _count(ledger, "Restored") == _count(ledger, "RecoveryBegun") == 1
        assert ledger.recovery.active() is not None
        assert ledger.fills.count_issued() == 1

    yield Case(do, check)


def unclaimed(change: str, event: str) -> Cases:
    """An operator judges a sell that is none of our offers."""

    @contextmanager
    def case(folder: Path) -> Iterator[Case]:
        with _issuing(folder) as issuing:
            ledger = issuing.ledger
            issuing.sell(NDAU)
            fill = Fill("f", "by hand", Side.SELL, 10**11, 3 * NDAU, "0", issuing.clock.now(), "{}")
            ledger.fills.record("south", FillPage((fill,), "9"))

            def do() -> None:
                _forked(ledger)
                getattr(ledger.claims, change)("south", ["f"], **_WHO)

            def check() -> None:
                assert _count(ledger, event) == 1
                assert ledger.claims.unclaimed(10) == []

            yield Case(do, check)

    return case


@contextmanager
def event_appended(folder: Path) -> Iterator[Case]:
    """Somebody adds an event of its own."""
    with _issuing(folder) as issuing:

        def do() -> None:
            _forked(issuing.ledger)
            issuing.ledger.events.append("Tested", "all", {})

        def check() -> None:
            # Nothing tells the second that the first was committed; an event changes nothing.
            assert _count(issuing.ledger, "Tested") in (1, 2)

        yield Case(do, check)


@contextmanager
def exchange_down(folder: Path) -> Iterator[Case]:
    """An exchange fails, is down, is probed, and answers again."""
    with _issuing(folder) as issuing:
        health = issuing.ledger.health

        def do() -> None:
            _forked(issuing.ledger)
            down = health.failed("north", "no answer", 1)
            health.claim_probe(down)
            health.answered("north")

        def check() -> None:
            assert health.ailing() == []
            # Done again after all of it was committed, it was down twice.
            assert _count(issuing.ledger, "ExchangeDown") == _count(issuing.ledger, "ExchangeBack") in (1, 2)

        yield Case(do, check)


@contextmanager
def rate_set(folder: Path) -> Iterator[Case]:
    """An operator says what a currency is worth."""
    with _issuing(folder) as issuing:
        worth, margin = 108 * 10**9, Fraction(1, 100)

        def do() -> None:
            _forked(issuing.ledger)
            set_rate(issuing.ledger, "EUR", worth, margin, issuing.clock, **_WHO)

        def check() -> None:
            rate = issuing.ledger.rates.find("EUR")
            assert rate is not None
            assert (rate.observed_nanocents, rate.unit_nanocents) == (worth, worth * 99 // 100)
            # An operator who did not hear that it was done says it once more, and that is told too.
            assert _count(issuing.ledger, "RateSet") in (1, 2)

        yield Case(do, check)


@contextmanager
def upgraded(folder: Path) -> Iterator[Case]:
    """The tables are made."""
    path = f"sqlite:///{folder / 'ledger.sqlite3'}"

    def check() -> None:
        assert current_version(Database(path)) == EXPECTED_VERSION

    yield Case(lambda: migrate.upgrade(Database(path)), check)


@contextmanager
def alert_told(folder: Path) -> Iterator[Case]:
    """An alert process tells that something is wrong."""
    with alert_cases.alert_told(folder) as (do, check):
        yield Case(do, check)


def access(wanted: Callable[[Path], AbstractContextManager[access_cases.Steps]]) -> Cases:
    """Somebody is let in, or kept out."""

    @contextmanager
    def case(folder: Path) -> Iterator[Case]:
        with wanted(folder) as (do, check):
            yield Case(do, check)

    return case


CASES: dict[str, Cases] = {
    "commit: account begun": first_issue,
    "commit: account learnt": recovery,
    "commit: alerts kept": alert_told,
    "commit: block noted": block_learnt,
    "commit: event appended": event_appended,
    "commit: exchange answered": exchange_down,
    "commit: exchange failed": exchange_down,
    "commit: exchange recovered": recovery,
    "commit: halted": refused,
    "commit: issuance refused": refused,
    "commit: issuance void": void,
    "commit: issuances explained": recovery,
    "commit: login failures kept": access(access_cases.login_failed),
    "commit: offers adopted": recovery,
    "commit: people changed": access(access_cases.disabled),
    "commit: probe claimed": exchange_down,
    "commit: rate stored": rate_set,
    "commit: recovery begun": recovery,
    "commit: recovery finished": recovery,
    "commit: restored": backup_put_in_place,
    "commit: resumed": resumed,
    "commit: sales claimed": unclaimed("claim", "SalesClaimed"),
    "commit: sales dismissed": unclaimed("dismiss", "SalesDismissed"),
    "commit: sessions kept": access(access_cases.logged_in),
    "commit: signed update used": access(access_cases.update_used),
    "commit: tokens kept": access(access_cases.token_revoked),
    "commit: upgraded": upgraded,
    "send: alert": alert_told,
}
"""By the step that they lead to."""
