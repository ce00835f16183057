"""A ledger tells its observer what was committed, once each, on both databases."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from app.domain.fills import FillKind
from app.domain.issuances import Issuance, IssuanceState
from app.domain.ledger import NewGeneration
from app.domain.offers import Level
from app.store.database import Database
from app.store.ledger import SqlLedger
from tests.integration.app.store.conftest import StoppedClock, clock, database, database_url
from tests.unit.app.services.ledgers import sell

__all__ = ["clock", "database", "database_url"]  # fixtures


class Heard:
    """What was told, in order."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []

    def recorded(self, exchange: str, at: datetime, fills: Sequence[tuple[FillKind, datetime]]) -> None:
        self.told.append(("recorded", exchange, at, [kind for kind, _ in fills]))

    def prepared(self, issuance: Issuance) -> None:
        self.told.append(("prepared", issuance.id))

    def moved(
        self,
        before: IssuanceState,
        issuance: Issuance,
        at: datetime,
        sales: Callable[[], Sequence[tuple[str, datetime]]],
    ) -> None:
        self.told.append((before, issuance.state, at, sales()))

    def shown(self, exchange: str, generation: int, decided_at: datetime, at: datetime) -> None:
        self.told.append(("shown", exchange, generation, decided_at, at))


def test_fills_and_the_way_of_their_issuance_are_told(database: Database, clock: StoppedClock) -> None:
    heard = Heard()
    ledger, begun = SqlLedger(database, clock, heard), clock.now()
    sell(ledger, 7, 5, exchange="north")
    assert heard.told == [("recorded", "north", begun, [FillKind.SALE, FillKind.SALE])]
    heard.told.clear()

    clock.time += timedelta(seconds=10)
    with ledger.leases.hold("issuer", 60) as lease:
        assert lease is not None
        waiting = ledger.fills.unissued_sales(10)
        issuance = ledger.issuances.prepare(lease, issuer_address="nda", sequence=1, tx_hash="hash", sales=waiting)
        signed = ledger.issuances.advance(lease, issuance, IssuanceState.SIGNED, signatures=("a",))
    sales = [("north", begun), ("north", begun)]
    assert heard.told == [
        ("prepared", issuance.id),
        (IssuanceState.PREPARED, IssuanceState.SIGNED, clock.now(), sales),
    ]
    assert signed.state is IssuanceState.SIGNED


def test_that_an_exchange_shows_a_decision_is_told_the_first_time_only(database: Database, clock: StoppedClock) -> None:
    heard = Heard()
    ledger, begun = SqlLedger(database, clock, heard), clock.now()
    for number in (1, 2):
        ledger.offers.decide(NewGeneration(number, 0, 0, 0, (Level(10**11, 10),), "test", ("north",)))
    clock.time += timedelta(seconds=3)
    ledger.offers.published("north", None, "not yet")
    assert heard.told == []
    ledger.offers.published("north", 2, "")
    ledger.offers.published("north", 2, "")
    ledger.offers.published("north", 1, "")
    assert heard.told == [("shown", "north", 2, begun, clock.now())]
