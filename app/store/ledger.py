"""The ledger: all records behind one object."""

from app.ports.clock import Clock
from app.ports.observer import LedgerObserver
from app.store.chain_book import SqlChainBook
from app.store.claims import SqlClaims
from app.store.database import Database
from app.store.events import SqlEvents
from app.store.fills import SqlFills
from app.store.halts import SqlHalts
from app.store.health import SqlHealth
from app.store.issuances import SqlIssuances
from app.store.leases import SqlLeases
from app.store.offers import SqlOffers
from app.store.rates import SqlRates
from app.store.recovery import SqlRecovery


class SqlLedger:
    """The ledger in SQLite or PostgreSQL. Safe for threads; not carried over a fork."""

    def __init__(self, database: Database, clock: Clock, observer: LedgerObserver | None = None) -> None:
        self.database = database
        self.fills = SqlFills(database, clock, observer)
        self.claims = SqlClaims(database, clock)
        self.issuances = SqlIssuances(database, clock, observer)
        self.offers = SqlOffers(database, clock, observer)
        self.chain_book = SqlChainBook(database, clock)
        self.recovery = SqlRecovery(database, clock)
        self.leases = SqlLeases(database, clock)
        self.halts = SqlHalts(database, clock)
        self.rates = SqlRates(database, clock)
        self.health = SqlHealth(database, clock)
        self.events = SqlEvents(database, clock)
