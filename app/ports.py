"""What the services need from the world, as small protocols.

Adapters implement these by shape, not by inheritance. Each method names the errors its caller must expect; the tree of
errors, by what to do next, is in `app.domain.errors`.
"""

from collections.abc import AsyncGenerator, Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.domain.balances import Balance, Permissions
from app.domain.claims import Claimed
from app.domain.fills import Fill, FillKind, FillPage
from app.domain.halts import Halt, PastHalt, Scope
from app.domain.health import ExchangeHealth
from app.domain.issuances import Issuance, IssuanceState
from app.domain.ledger import (
    AuditEvent,
    Generation,
    KnownAccount,
    Lease,
    NewGeneration,
    Offer,
    OfferOutcome,
    Publication,
    Recorded,
    Recovery,
    Sale,
    SaleTotals,
)
from app.domain.markets import Market
from app.domain.offers import Level
from app.domain.orders import Order
from app.domain.rates import Rate
from app.domain.showing import OnOffer, ShownLevel


class Clock(Protocol):
    """The time, so that tests can hold it."""

    def now(self) -> datetime:
        """Return the present, timezone-aware UTC."""
        ...

    def wait(self, seconds: float) -> None:
        """Return after `seconds`."""
        ...


class OrderTrackingSystem(Protocol):
    """One exchange (OTS): hides its protocol, symbols, precision, clock and quirks.

    Every method may raise ExchangeUnavailable, RateLimited or AuthenticationFailed; those that send something that
    changes the exchange may also raise OutcomeUnknown (look it up) and ExchangeRejected (definitely not done).
    """

    @property
    def name(self) -> str:
        """The exchange's name in the settings."""
        ...

    @property
    def market(self) -> Market:
        """The rules for prices and quantities here."""
        ...

    def read_fills(self, position: str | None, since: datetime) -> Iterator[FillPage]:
        """Yield our account's fills after a position, oldest first, in pages of at most 1,000.

        With no position yet, start with the first fill executed at or after `since`. Each page carries the position
        after it. A fill may come twice (positions are a lower bound); none may be left out, even when fills share a
        time or arrive while we read. No page is yielded when there is nothing new.
        """
        ...

    def open_orders(self) -> Sequence[Order]:
        """Return all open orders of our account in this market, ours and others', both sides."""
        ...

    def order(self, exchange_order_id: str) -> Order:
        """Return one order, open or not.

        Raises:
            OrderUnknown: there is none of that id, or the exchange has forgotten it.
        """
        ...

    def place_offer(self, client_order_id: str, level: Level) -> str:
        """Place a limit sell of exactly this price and quantity; return the exchange's id of it.

        The level already follows the market's rules.

        Raises:
            OutcomeUnknown: it may have been placed: use `find_orders`, never place it again.
            ExchangeRejected: it was not placed.
        """
        ...

    def find_orders(self, client_order_id: str, level: Level, placed_after: datetime) -> Sequence[Order]:
        """Return the orders, open or recent, that a `place_offer` of unknown outcome may have made.

        Where the exchange keeps client order ids that is the one order or none; elsewhere all sells of that price and
        quantity placed at or after that time by the exchange's clock (allow for skew), oldest first.
        """
        ...

    def cancel_order(self, exchange_order_id: str) -> None:
        """Ask for an order to be cancelled. Returning does not say it is final, nor that nothing filled: ask `order`.

        An order that is no longer open counts as cancelled.
        """
        ...

    def server_time(self) -> datetime:
        """Return the exchange's clock, UTC."""
        ...

    def balance(self) -> Balance:
        """Return what the account holds of the token."""
        ...

    def permissions(self) -> Permissions | None:
        """Return what our API key may do, or None where the exchange does not tell."""
        ...


class OwnTradesStream(Protocol):
    """One exchange's own word that something of ours was traded. It wakes the poll and says nothing else."""

    def events(self) -> AsyncGenerator[None, None]:
        """Connect; yield once when connected, and then whenever something of ours may have been traded.

        It never ends by itself: it raises as soon as the connection is dead, a silent one too (no frame and no
        answered ping). Nothing is told of what happened while nobody was connected.

        Raises:
            ExchangeUnavailable: the connection could not be made, or is dead.
            AuthenticationFailed: the exchange does not accept the key.
        """
        ...


class RateSource(Protocol):
    """Says what a foreign currency is worth."""

    @property
    def name(self) -> str:
        """Who says so, for the record."""
        ...

    def worth_nanocents(self) -> int:
        """Return what one unit can be sold for now, in dollars; above 0.

        Raises:
            ExchangeUnavailable: it does not say, or nothing that can be believed; the last rate stays and grows old.
        """
        ...


@dataclass(frozen=True, slots=True)
class ChainSupply:
    """The chain's totals, in napu."""

    issued_napu: int
    released_napu: int


@dataclass(frozen=True, slots=True)
class ChainAccount:
    """The issuer's account on the chain."""

    address: str
    sequence: int
    validation_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChainTransaction:
    """A transaction that is in a block."""

    tx_hash: str
    block_height: int
    quantity_napu: int
    sequence: int


class Chain(Protocol):
    """The blockchain. Every method may raise ChainUnavailable."""

    def supply(self) -> ChainSupply:
        """Return how much is issued and released at the last block."""
        ...

    def issuer_account(self) -> ChainAccount:
        """Return the account whose keys sign Issue transactions, as it stands at the last block."""
        ...

    def issue_hash(self, quantity_napu: int, sequence: int) -> str:
        """Return the hash of an Issue transaction; needs no connection."""
        ...

    def transaction(self, tx_hash: str) -> ChainTransaction | None:
        """Return a transaction from the index, or None: not there, or the index lags behind."""
        ...

    def issue_with_sequence(self, sequence: int) -> ChainTransaction | None:
        """Return the Issue that the index holds for this sequence of the issuer's account, or None."""
        ...

    def issues_after(self, sequence: int) -> Sequence[ChainTransaction]:
        """Return the Issues that the index holds with a higher sequence, whoever signed them, in its order.

        The index may lag behind the account's sequence and the supply.
        """
        ...

    def submit_issue(self, quantity_napu: int, sequence: int, signatures: Sequence[str]) -> None:
        """Submit an Issue and wait for its commit; one that was already committed counts as done.

        Raises:
            OutcomeUnknown: a timeout, a lost connection or a failure of the node; it may have been applied.
            SequencePassed: the account's sequence has passed this one: look it up.
            ChainRejected: refused, in the chain's own words.
        """
        ...


@dataclass(frozen=True, slots=True)
class SignedIssue:
    """The signing service's answer."""

    tx_hash: str
    signatures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SignedBefore:
    """A transaction that the signing service has signed at some time; whether it was ever submitted it does not know."""

    quantity_napu: int
    sequence: int
    tx_hash: str


class Signer(Protocol):
    """The signing service."""

    def sign_issue(self, quantity_napu: int, sequence: int, keys: Sequence[str]) -> SignedIssue:
        """Have an Issue signed with the account's validation keys that the service holds.

        Asking again for the same transaction is safe and gives the same answer.

        Raises:
            SignerUnavailable: not connected, or no answer in time.
            SignerRefused: the policy forbids it; `code` says which rule.
        """
        ...

    def recall(self, after_sequence: int) -> Sequence[SignedBefore]:
        """Return all it ever signed with a sequence above this one (0 for everything), ascending; signs nothing.

        Works while signing is halted too.

        Raises:
            SignerUnavailable: not connected, no answer in time, or the service is too old to know what is asked.
        """
        ...


class FillLedger(Protocol):
    """Fills, and how far each exchange's have been read."""

    def position(self, exchange: str) -> str | None:
        """Return the position stored by the last `record`, or None before the first."""
        ...

    def record(self, exchange: str, page: FillPage) -> Recorded:
        """Store a page's fills, those already known left as they are, and move the position; one transaction."""
        ...

    def unissued_sales(self, limit: int, *, besides: Collection[str] = ()) -> Sequence[Sale]:
        """Return the oldest sales that are in no issuance."""
        ...

    def executed_since(self, exchange: str, since: datetime) -> Iterator[tuple[Fill, FillKind]]:
        """Yield an exchange's fills executed at or after a time."""
        ...

    def unclaimed_napu(self, exchange: str) -> int:
        """Return the sum of an exchange's unclaimed sells."""
        ...

    def unclaimed_orders(self, exchange: str) -> Sequence[str]:
        """Return the exchange's ids of the orders that unclaimed sells belong to."""
        ...

    def totals(self) -> SaleTotals:
        """Return what was sold and what of it is issued, all exchanges together, at one moment."""
        ...

    def count_issued(self) -> int:
        """Return how many sales are in an issuance that is in a block."""
        ...

    def recent(self, limit: int) -> Sequence[tuple[str, Fill, str]]:
        """Return the newest fills as (exchange, fill, kind)."""
        ...


class ClaimLedger(Protocol):
    """Sells on our accounts that are none of our offers, and what operators decided about them."""

    def unclaimed(self, limit: int) -> Sequence[tuple[str, Fill]]:
        """Return the oldest that wait for an operator, as (exchange, fill)."""
        ...

    def claim(self, exchange: str, fill_ids: Sequence[str], *, who: str, why: str) -> Claimed:
        """Make them sales, dismissed ones too, in one transaction.

        Raises:
            InvalidInput: one of them cannot be claimed; nothing was written.
        """
        ...

    def dismiss(self, exchange: str, fill_ids: Sequence[str], *, who: str, why: str) -> Claimed:
        """Make them no sales, claimed ones too, in one transaction.

        Raises:
            InvalidInput: one of them cannot be dismissed, or the price would fall; nothing was written.
        """
        ...


class IssuanceLedger(Protocol):
    """Issuances; each change is made only while the caller's lease holds.

    Every method that writes raises LeaseLost, and writes nothing, when the lease has been taken over.
    """

    def open(self) -> Issuance | None:
        """Return the one issuance that still needs something, or None."""
        ...

    def last_sequence(self, issuer_address: str) -> int:
        """Return the highest sequence ever used for this account, 0 before the first."""
        ...

    def prepare(
        self, lease: Lease, *, issuer_address: str, sequence: int, tx_hash: str, sales: Sequence[Sale]
    ) -> Issuance:
        """Store a new issuance and tie the sales to it, in one transaction."""
        ...

    def advance(
        self,
        lease: Lease,
        issuance: Issuance,
        state: IssuanceState,
        *,
        signatures: tuple[str, ...] | None = None,
        block_height: int | None = None,
        message: str = "",
        by: str = "",
        why: str = "",
    ) -> Issuance:
        """Move an issuance on; `void` frees its sales in the same transaction. An operator says who it is and why."""
        ...

    def find(self, issuance_id: int) -> Issuance | None:
        """Return an issuance by the ledger's number, or None."""
        ...

    def prepared_napu(self, since: datetime) -> int:
        """Return the sum of all that were prepared at or after a time and are not void."""
        ...

    def recent(self, limit: int) -> Sequence[Issuance]:
        """Return the newest issuances."""
        ...

    def without_block(self, limit: int) -> Sequence[Issuance]:
        """Return the oldest issued ones whose block is not known yet."""
        ...

    def note_block(self, issuance: Issuance, block_height: int) -> None:
        """Store the block of an issued one."""
        ...

    def issued(self) -> Iterator[Issuance]:
        """Yield all that are in a block, oldest first."""
        ...

    def known_hashes(self, tx_hashes: Collection[str]) -> frozenset[str]:
        """Return those hashes that are issuances of the ledger."""
        ...

    def unexplained(self) -> Sequence[Issuance]:
        """Return the learnt issuances that are not void and have no sales yet, in the order of their sequence."""
        ...

    def explain(self, lease: Lease, shares: Sequence[tuple[Issuance, Sequence[Sale]]]) -> None:
        """Tie sales to learnt issuances, in one transaction."""
        ...


class OfferLedger(Protocol):
    """What was decided, what was placed, and what each exchange shows."""

    def decide(self, generation: NewGeneration, *, newest_known: int | None = None) -> Generation:
        """Store a generation under the next number and make every listed exchange's publication want it.

        `newest_known` is the newest number when it was computed, 0 for none; raises Overtaken when there is a newer
        one by now. None stores it whatever there is.
        """
        ...

    def generation(self, number: int | None = None) -> Generation | None:
        """Return a generation, by default the newest; None when there is none."""
        ...

    def generation_at(self, moment: datetime) -> Generation | None:
        """Return the generation that was the newest at a time, or the first one when there was none yet."""
        ...

    def live_offers(self, exchange: str) -> Sequence[Offer]:
        """Return the exchange's offers that are not known to be final, oldest first."""
        ...

    def lost_offers(self, exchange: str, since: datetime) -> Sequence[Offer]:
        """Return offers given up since then without the exchange's order ever being seen."""
        ...

    def known_order_ids(self, exchange: str, exchange_order_ids: Sequence[str]) -> frozenset[str]:
        """Return those of the exchange's order ids that belong to an offer of ours."""
        ...

    def first_intended_at(self, exchange: str) -> datetime | None:
        """Return when the exchange's first offer was intended, or None before it."""
        ...

    def adopt(self, lease: Lease, exchange: str, orders: Sequence[Order]) -> int:
        """Store forgotten orders of ours as offers; their unclaimed sells become sales: return their sum in napu."""
        ...

    def intend(
        self,
        lease: Lease,
        exchange: str,
        *,
        generation: int,
        levels: Sequence[ShownLevel],
        fit: Callable[[OnOffer], Sequence[ShownLevel]] | None = None,
    ) -> Sequence[Offer]:
        """Store offers, each under a new client order id, BEFORE they are placed.

        `fit` reduces them to what all exchanges together leave room for; it is asked in the transaction that stores
        them, and no other offer is stored, and no sale recorded, between its answer and the commit.
        """
        ...

    def settle(self, lease: Lease, exchange: str, outcomes: Sequence[OfferOutcome]) -> int:
        """Store what became of offers; unclaimed sells of an order id that arrives become sales: return their sum."""
        ...

    def publications(self) -> Sequence[Publication]:
        """Return what each exchange should show and shows."""
        ...

    def published(self, exchange: str, generation: int | None, error: str) -> None:
        """Store that an exchange shows a generation, or (with None) why it does not; never goes back to an older."""
        ...


class ChainBook(Protocol):
    """What the ledger knows of the chain beside its own issuances."""

    def account(self, address: str) -> KnownAccount | None:
        """Return how far an account is known, None before `begin`."""
        ...

    def begin(self, address: str, *, sequence: int, chain_issued_napu: int) -> KnownAccount:
        """Note where we start: whatever is issued by now and not by us is foreign. Again, it changes nothing."""
        ...

    def foreign_napu(self) -> int | None:
        """Return what is proven to be issued by others, what was issued before us included; None before `begin`."""
        ...

    def foreign_hashes(self) -> frozenset[str]:
        """Return the hashes of the Issues that were found on the chain and were not ours."""
        ...

    def learn(
        self,
        lease: Lease,
        account: KnownAccount,
        *,
        ours: Sequence[ChainTransaction],
        foreign: Sequence[ChainTransaction],
        signed: Sequence[SignedBefore] = (),
    ) -> None:
        """Store what was found on the chain, and what was signed and is not there, and how far the account is known.

        Those already stored stay as they are.
        """
        ...


class RecoveryLedger(Protocol):
    """Whether the ledger is an old copy that still has to learn what it forgot."""

    def active(self) -> Recovery | None:
        """Return the recovery under way, or None."""
        ...

    def begin(self, since: datetime, why: str) -> Recovery:
        """Begin a recovery; the one under way stays."""
        ...

    def exchanges_done(self, recovery: Recovery) -> frozenset[str]:
        """Return the exchanges whose orders and fills have been read again."""
        ...

    def exchange_done(self, recovery: Recovery, exchange: str) -> None:
        """Note that an exchange has been read again."""
        ...

    def finish(self, lease: Lease, recovery: Recovery) -> None:
        """End a recovery: the ledger knows everything again."""
        ...


class LeaseLedger(Protocol):
    """Leases with fencing epochs."""

    def hold(self, name: str, ttl_seconds: float) -> AbstractContextManager[Lease | None]:
        """Take a lease for the block, or give None when another holder has it; it is released at the end."""
        ...

    def renew(self, lease: Lease, ttl_seconds: float) -> Lease:
        """Extend a lease.

        Raises:
            LeaseLost: another holder took it over.
        """
        ...


class HaltLedger(Protocol):
    """What is stopped."""

    def halt(self, scope: Scope, exchange: str | None, *, who: str, why: str) -> Halt:
        """Stop something, at once; the same halt again changes nothing."""
        ...

    def lift(self, scope: Scope, exchange: str | None, *, who: str, why: str) -> int:
        """Lift the matching halts; return how many there were."""
        ...

    def active(self) -> Sequence[Halt]:
        """Return the halts in force."""
        ...

    def history(self, limit: int) -> Sequence[PastHalt]:
        """Return the newest halts, in force or lifted."""
        ...


class HealthLedger(Protocol):
    """Which exchanges do not answer. One that does costs no write."""

    def ailing(self) -> Sequence[ExchangeHealth]:
        """Return the exchanges whose last call failed."""
        ...

    def failed(self, exchange: str, why: str, most_failures: int) -> ExchangeHealth:
        """Count a failure; with that many in a row the exchange is down."""
        ...

    def answered(self, exchange: str) -> bool:
        """Forget an exchange's failures; return whether it was down."""
        ...

    def claim_probe(self, health: ExchangeHealth) -> bool:
        """Return whether the caller is the one who may ask an exchange that is down; the next may after a longer pause."""
        ...


class EventLedger(Protocol):
    """The append-only audit trail."""

    def append(self, kind: str, subject: str, detail: dict[str, object]) -> None:
        """Add one event of its own, in its own transaction."""
        ...

    def recent(self, limit: int) -> Sequence[AuditEvent]:
        """Return the newest events."""
        ...

    def of_kinds(self, kinds: Collection[str], since: datetime) -> Sequence[AuditEvent]:
        """Return the events of some kinds from a time on, oldest first."""
        ...


class RateLedger(Protocol):
    """What foreign currencies are worth."""

    def find(self, currency: str) -> Rate | None:
        """Return a currency's rate, or None when nobody has ever said."""
        ...

    def all(self) -> Sequence[Rate]:
        """Return every rate, by currency."""
        ...

    def store(self, rate: Rate, *, why: str = "") -> None:
        """Store a rate; an event tells when what the currency counts for changes, or when somebody said why."""
        ...


class Ledger(Protocol):
    """All records; the truth."""

    @property
    def fills(self) -> FillLedger:
        """Fills and cursors."""
        ...

    @property
    def claims(self) -> ClaimLedger:
        """What operators decided about unclaimed sells."""
        ...

    @property
    def issuances(self) -> IssuanceLedger:
        """Issuances."""
        ...

    @property
    def offers(self) -> OfferLedger:
        """Generations, offers and publications."""
        ...

    @property
    def chain_book(self) -> ChainBook:
        """What is known of the chain."""
        ...

    @property
    def recovery(self) -> RecoveryLedger:
        """Whether it is an old copy."""
        ...

    @property
    def leases(self) -> LeaseLedger:
        """Leases."""
        ...

    @property
    def halts(self) -> HaltLedger:
        """Halts."""
        ...

    @property
    def rates(self) -> RateLedger:
        """What foreign currencies are worth."""
        ...

    @property
    def health(self) -> HealthLedger:
        """Which exchanges do not answer."""
        ...

    @property
    def events(self) -> EventLedger:
        """The audit trail."""
        ...
