"""What the services need from the world, as small protocols.

Adapters implement these by shape, not by inheritance. Each method names the errors its caller must expect; the tree of
errors, by what to do next, is in `app.domain.errors`.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.domain.fills import Fill, FillPage
from app.domain.halts import Halt, Scope
from app.domain.issuances import Issuance, IssuanceState
from app.domain.ledger import (
    AuditEvent,
    Generation,
    Lease,
    NewGeneration,
    Offer,
    OfferOutcome,
    Publication,
    Recorded,
    Sale,
    SaleTotals,
)
from app.domain.markets import Market
from app.domain.offers import Level
from app.domain.orders import Order


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
        """Return one order, open or not."""
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

    def submit_issue(self, quantity_napu: int, sequence: int, signatures: Sequence[str]) -> None:
        """Submit an Issue and wait for its commit; one that was already committed counts as done.

        Raises:
            OutcomeUnknown: a timeout, a lost connection or a failure of the node; it may have been applied.
            ChainRejected: refused, in the chain's own words.
        """
        ...


@dataclass(frozen=True, slots=True)
class SignedIssue:
    """The signing service's answer."""

    tx_hash: str
    signatures: tuple[str, ...]


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


class FillLedger(Protocol):
    """Fills, and how far each exchange's have been read."""

    def position(self, exchange: str) -> str | None:
        """Return the position stored by the last `record`, or None before the first."""
        ...

    def record(self, exchange: str, page: FillPage) -> Recorded:
        """Store a page's fills, those already known left as they are, and move the position; one transaction."""
        ...

    def unissued_sales(self, limit: int) -> Sequence[Sale]:
        """Return the oldest sales that are in no issuance."""
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
    ) -> Issuance:
        """Move an issuance on; `void` frees its sales in the same transaction."""
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

    def intend(self, lease: Lease, exchange: str, *, generation: int, levels: Sequence[Level]) -> Sequence[Offer]:
        """Store offers, each under a new client order id, BEFORE they are placed."""
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


class EventLedger(Protocol):
    """The append-only audit trail."""

    def append(self, kind: str, subject: str, detail: dict[str, object]) -> None:
        """Add one event of its own, in its own transaction."""
        ...

    def recent(self, limit: int) -> Sequence[AuditEvent]:
        """Return the newest events."""
        ...


class Ledger(Protocol):
    """All records; the truth."""

    @property
    def fills(self) -> FillLedger:
        """Fills and cursors."""
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
    def leases(self) -> LeaseLedger:
        """Leases."""
        ...

    @property
    def halts(self) -> HaltLedger:
        """Halts."""
        ...

    @property
    def events(self) -> EventLedger:
        """The audit trail."""
        ...
