"""Deliberately broken builds, each with a plausible mistake, and the invariant that must notice it."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

from sqlalchemy import update

import app.services.close_offers
import app.services.decide_offers
import app.services.issue_sales
import app.services.place_offers
import app.services.push_offers
import app.services.settle_issuance
import app.store.events
import app.store.fills
import app.store.issuances
import app.store.offers
import exchanges.position
from app.domain.errors import ChainRejected, ExchangeUnavailable, OutcomeUnknown, SequencePassed
from app.domain.fills import FillKind, Side
from app.domain.issuances import Issuance, IssuanceState
from app.domain.ledger import OfferOutcome, OfferState, Sale, SaleTotals
from app.domain.orders import levels_to_place
from app.domain.showing import shown_stack
from app.ndau.client import NdauChain
from app.signing.journal import Journal
from app.store import tables
from app.store.fills import SqlFills
from app.store.issuances import SqlIssuances
from app.store.leases import SqlLeases
from tests.simulation import invariants, rest
from tests.simulation.faults import Fault
from tests.simulation.ledger import LedgerFile

Change = tuple[object, str, object]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A broken build.

    Attributes:
        mistake: what it does wrong, in words.
        noticed_by: the invariant that notices, judged alone.
        changes: what is replaced: (module or class, name, replacement).
        often: the faults that the mistake is about.
        index: of the database, which by itself would forbid what happens; it is left out.
    """

    mistake: str
    noticed_by: str
    changes: Callable[[], Sequence[Change]]
    often: tuple[Fault, ...] = ()
    index: str = ""

    @contextmanager
    def built(self, file: LedgerFile) -> Iterator[None]:
        """Replace what is to be broken."""
        with ExitStack() as stack:
            for owner, name, replacement in self.changes():
                stack.enter_context(mock.patch.object(owner, name, replacement))
            if self.index:
                stack.enter_context(_without_index(file, self.index))
            yield


@contextmanager
def _without_index(file: LedgerFile, name: str) -> Iterator[None]:
    (sql,) = file.reader.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchone()
    file.reader.execute(f"DROP INDEX {name}")
    try:
        yield
    finally:
        file.empty()
        file.reader.execute(sql)


def _unknown_is_failed() -> Sequence[Change]:
    send = app.services.settle_issuance.send_issuance

    def mistaken(ledger: Any, chain: Any, signer: Any, lease: Any, issuance: Issuance) -> Issuance:
        done = send(ledger, chain, signer, lease, issuance)
        if done.state is IssuanceState.SUBMITTED:
            return ledger.issuances.advance(lease, done, IssuanceState.VOID, message="no answer")  # type: ignore[no-any-return]
        return done

    return [(app.services.issue_sales, "send_issuance", mistaken)]


def _not_found_is_proof() -> Sequence[Change]:
    settle = app.services.settle_issuance.settle_issuance

    def mistaken(ledger: Any, chain: Any, signer: Any, lease: Any, issuance: Issuance) -> Issuance:
        done = settle(ledger, chain, signer, lease, issuance)
        if done.state is IssuanceState.SUBMITTED and chain.issuer_account().sequence >= issuance.sequence:
            return ledger.issuances.advance(lease, done, IssuanceState.VOID, message="not found")  # type: ignore[no-any-return]
        return done

    return [(app.services.issue_sales, "settle_issuance", mistaken)]


def _sent_is_issued() -> Sequence[Change]:
    send = app.services.settle_issuance.send_issuance

    def mistaken(ledger: Any, chain: Any, signer: Any, lease: Any, issuance: Issuance) -> Issuance:
        done = send(ledger, chain, signer, lease, issuance)
        if done.state is IssuanceState.SUBMITTED:
            return ledger.issuances.advance(lease, done, IssuanceState.ISSUED)  # type: ignore[no-any-return]
        return done

    return [(app.services.issue_sales, "send_issuance", mistaken)]


def _refused_without_a_look() -> Sequence[Change]:
    def mistaken(ledger: Any, chain: Any, lease: Any, issuance: Issuance, message: str) -> Issuance:
        del chain
        if issuance.state is IssuanceState.REFUSED:
            return issuance
        return ledger.issuances.advance(lease, issuance, IssuanceState.REFUSED, message=message)  # type: ignore[no-any-return]

    submit = NdauChain.submit_issue

    def deaf(self: NdauChain, quantity_napu: int, sequence: int, signatures: Sequence[str]) -> None:
        try:
            submit(self, quantity_napu, sequence, signatures)
        except SequencePassed as error:
            raise ChainRejected(str(error)) from error

    return [(app.services.settle_issuance, "_refused", mistaken), (NdauChain, "submit_issue", deaf)]


def _sequence_from_memory() -> Sequence[Change]:
    return [(SqlIssuances, "last_sequence", lambda _self, _address: 0)]


def _placed_again() -> Sequence[Change]:
    place = app.services.place_offers._place_one

    def mistaken(publisher: Any, offer: Any, outcomes: list[OfferOutcome], problems: list[str]) -> None:
        before = len(problems)
        place(publisher, offer, outcomes, problems)
        if len(problems) > before and not outcomes:
            place(publisher, offer, outcomes, problems)

    return [(app.services.place_offers, "_place_one", mistaken)]


def _unknown_order_is_refused() -> Sequence[Change]:
    def mistaken(publisher: Any, offer: Any, outcomes: list[OfferOutcome], problems: list[str]) -> None:
        try:
            order_id = publisher.ots.place_offer(offer.client_order_id, offer.level)
        except (OutcomeUnknown, ExchangeUnavailable) as error:
            outcomes.append(OfferOutcome(offer.client_order_id, OfferState.REFUSED))
            problems.append(str(error))
        else:
            outcomes.append(OfferOutcome(offer.client_order_id, OfferState.OPEN, order_id))

    return [(app.services.place_offers, "_place_one", mistaken)]


def _does_not_wait_for_cancels() -> Sequence[Change]:
    return [(app.services.close_offers, "_final", lambda publisher, order_id: publisher.ots.order(order_id))]


def _does_not_count_first() -> Sequence[Change]:
    def nothing(_publisher: Any, _offers: Any) -> None:
        return None

    return [
        (app.services.push_offers, "record_fills_of", nothing),
        (app.services.close_offers, "record_fills_of", nothing),
    ]


def _late_order_is_missing() -> Sequence[Change]:
    close = app.services.close_offers.close_gone

    def mistaken(publisher: Any, offers: Any) -> list[Any]:
        close(publisher, offers)
        return []

    return [(app.services.push_offers, "close_gone", mistaken)]


def _no_fence() -> Sequence[Change]:
    def open_gate(_connection: Any, _lease: Any) -> None:
        return None

    return [(module, "fence", open_gate) for module in (app.store.offers, app.store.issuances, app.store.leases)]


def _lease_for_all() -> Sequence[Change]:
    acquire = SqlLeases._acquire

    def mistaken(self: SqlLeases, name: str, ttl_seconds: float) -> Any:
        return acquire(self, name, ttl_seconds) or acquire(self, f"{name}:2", ttl_seconds)

    return [(SqlLeases, "_acquire", mistaken)]


def _stale_stack() -> Sequence[Change]:
    def mistaken(publisher: Any, decision: Any) -> Any:
        stack = decision.generation.stack[: publisher.rules.depth]
        publisher.ledger.fills.totals()
        return shown_stack(stack, publisher.ots.market)

    return [(app.services.place_offers, "_wanted", mistaken)]


def _forgets_what_is_not_issued() -> Sequence[Change]:
    totals = SqlFills.totals

    def mistaken(self: SqlFills) -> SaleTotals:
        right = totals(self)
        return SaleTotals(right.sold_napu - right.issued_napu, right.issued_napu, right.in_flight_napu)

    return [
        (SqlFills, "totals", mistaken),
        (app.services.decide_offers, "first_fallen_level", lambda _stack, _published: None),
    ]


def _no_overlap() -> Sequence[Change]:
    return [(exchanges.position, "LATE_MS", 0)]


def _never_claims() -> Sequence[Change]:
    return [(app.store.offers, "claim_fills", lambda _connection, _exchange, _ids, _now: 0)]


def _claims_without_counting() -> Sequence[Change]:
    return [(app.store.fills, "add_sold", lambda _connection, _exchange, _quantity: None)]


def _every_sell_is_a_sale() -> Sequence[Change]:
    def mistaken(side: Side, *, is_ours: bool) -> FillKind:
        del is_ours
        return FillKind.OTHER if side is Side.BUY else FillKind.SALE

    return [(app.store.fills, "kind_of", mistaken)]


def _ties_what_is_tied() -> Sequence[Change]:
    def mistaken(connection: Any, issuance_id: int, sales: Sequence[Sale]) -> int:
        for sale in sales:
            fill = tables.fill
            here = (fill.c.exchange == sale.exchange) & (fill.c.fill_id == sale.fill_id)
            connection.execute(update(fill).where(here).values(issuance_id=issuance_id))
        return len(sales)

    unissued = SqlFills.unissued_sales
    seen: list[Sale] = []

    def old(self: SqlFills, limit: int, *, besides: Collection[str] = ()) -> Sequence[Sale]:
        waiting = list(unissued(self, limit, besides=besides))
        found = [*waiting, *seen[-1:]] if waiting else []
        seen[:] = waiting
        return found

    return [(app.store.issuances, "_tie", mistaken), (SqlFills, "unissued_sales", old)]


def _seals_without_the_row_before() -> Sequence[Change]:
    right = app.store.events.event_hash

    def mistaken(previous_hash: str, number: int, at: Any, *, kind: str, subject: str, detail: str) -> str:
        del previous_hash
        return right("", number, at, kind=kind, subject=subject, detail=detail)

    return [(app.store.events, "event_hash", mistaken)]


def _counts_the_chain_only() -> Sequence[Change]:
    def mistaken(*, chain_issued_napu: int, foreign_napu: int, sold_napu: int) -> int:
        del foreign_napu, sold_napu
        return chain_issued_napu

    return [(module, "basis_of", mistaken) for module in (app.services.decide_offers, app.services.place_offers)]


def _enlarged_when_signed_again() -> Sequence[Change]:
    def mistaken(ledger: Any, chain: Any, signer: Any, lease: Any, issuance: Issuance) -> Issuance:
        waiting = sum(sale.quantity_napu for sale in ledger.fills.unissued_sales(1000))
        keys = chain.issuer_account().validation_keys
        signed = signer.sign_issue(issuance.quantity_napu + waiting, issuance.sequence, keys)
        return ledger.issuances.advance(lease, issuance, IssuanceState.SIGNED, signatures=signed.signatures)  # type: ignore[no-any-return]

    return [
        (app.services.settle_issuance, "_signed", mistaken),
        (Journal, "admit", lambda _self, _issue, _limits, _client: None),
    ]


def _does_not_see_what_is_open() -> Sequence[Change]:
    return [(SqlIssuances, "open", lambda _self: None)]


def _forgets_the_deepest_level() -> Sequence[Change]:
    right = levels_to_place
    return [
        (app.services.place_offers, "levels_to_place", lambda kept, wanted, market: right(kept, wanted[:-1], market))
    ]


def _never_closes() -> Sequence[Change]:
    def mistaken(publisher: Any, offers: Any) -> None:
        app.services.close_offers.record_fills_of(publisher, offers)

    return [(app.services.close_offers, "_close", mistaken)]


def _leases_never_expire() -> Sequence[Change]:
    acquire = SqlLeases._acquire
    return [(SqlLeases, "_acquire", lambda self, name, ttl_seconds: acquire(self, name, ttl_seconds + 10**6))]


def _unknown_is_failed_and_nobody_compares() -> Sequence[Change]:
    blind = (app.services.issue_sales, "learn_issues", lambda *_arguments, **_options: "")
    return [*_unknown_is_failed(), blind]


MUTANTS = (
    Mutant(
        "a submission without an answer counts as failed, and nobody compares with the chain",
        invariants.NEVER_MORE_THAN_SOLD,
        _unknown_is_failed_and_nobody_compares,
        (Fault.LOST_ANSWER, Fault.ERROR_AFTER),
    ),
    Mutant(
        "a transaction is enlarged when it is signed again, by a signer without a memory",
        invariants.ONE_SIGNATURE,
        _enlarged_when_signed_again,
        (Fault.SIGNER_ANSWER_LOST, Fault.CRASH),
    ),
    Mutant(
        "the issuer does not see what is open",
        invariants.ONE_OPEN,
        _does_not_see_what_is_open,
        (Fault.SLOW_BLOCK, Fault.LOST_ANSWER),
        index="uq_issuance_open",
    ),
    Mutant("the deepest level is forgotten", rest.ALL_SHOWN, _forgets_the_deepest_level),
    Mutant("offers are never closed", rest.ALL_KNOWN, _never_closes),
    Mutant("leases do not expire", rest.ALL_QUIET, _leases_never_expire, (Fault.CRASH,)),
    Mutant(
        "a submission without an answer counts as failed",
        invariants.ON_CHAIN_IS_OURS,
        _unknown_is_failed,
        (Fault.LOST_ANSWER, Fault.ERROR_AFTER),
    ),
    Mutant(
        "not found in the index counts as never applied",
        invariants.ON_CHAIN_IS_OURS,
        _not_found_is_proof,
        (Fault.INDEX_LAG, Fault.LOST_ANSWER, Fault.SLOW_BLOCK),
    ),
    Mutant(
        "a submission without an answer counts as done",
        invariants.ISSUED_IS_ON_CHAIN,
        _sent_is_issued,
        (Fault.LOST_ANSWER, Fault.LOST_REQUEST),
    ),
    Mutant(
        "a refusal is believed without looking at the chain",
        invariants.NOT_ASKED_FOR,
        _refused_without_a_look,
        (Fault.FOREIGN_ISSUE, Fault.SLOW_BLOCK),
    ),
    Mutant("the next sequence is the node's alone", invariants.NO_DEFECT, _sequence_from_memory, (Fault.OLD_STATE,)),
    Mutant("sales are tied to a second issuance", invariants.ISSUANCE_IS_ITS_SALES, _ties_what_is_tied),
    Mutant(
        "an order without an answer is placed again",
        invariants.COMMITTED_FIRST,
        _placed_again,
        (Fault.LOST_ANSWER, Fault.ERROR_AFTER),
    ),
    Mutant(
        "an order without an answer counts as refused",
        invariants.NEVER_TOO_MUCH,
        _unknown_order_is_refused,
        (Fault.LOST_ANSWER, Fault.LATE_REQUEST),
    ),
    Mutant(
        "offers are placed before the cancel is final",
        invariants.NEVER_TOO_MUCH,
        _does_not_wait_for_cancels,
        (Fault.SLOW_CANCEL,),
    ),
    Mutant(
        "offers are placed before fills are counted",
        invariants.NEVER_TOO_MUCH,
        _does_not_count_first,
        (Fault.LATE_FILL,),
    ),
    Mutant(
        "an order that is listed late counts as missing",
        invariants.NEVER_TOO_MUCH,
        _late_order_is_missing,
        (Fault.LATE_ORDER,),
    ),
    Mutant("nothing is fenced by a lease's epoch", invariants.NEVER_TOO_MUCH, _no_fence, (Fault.PAUSE,)),
    Mutant(
        "two publishers have the lease of one exchange",
        invariants.NEVER_TOO_MUCH,
        _lease_for_all,
        (Fault.BELL_DOUBLED, Fault.BELL_LATE, Fault.DOUBLE_REQUEST),
    ),
    Mutant(
        "a push places what was decided, whatever was sold since",
        invariants.NEVER_TOO_MUCH,
        _stale_stack,
        (Fault.BELL_LATE,),
    ),
    Mutant("the price counts what is issued, not what is sold", invariants.NEVER_TOO_CHEAP, _counts_the_chain_only),
    Mutant(
        "what is issued is no longer counted as sold",
        invariants.NEVER_FALLS,
        _forgets_what_is_not_issued,
        (Fault.OLD_STATE,),
    ),
    Mutant("reading goes on after the newest fill", rest.ALL_RECORDED, _no_overlap, (Fault.LATE_FILL,)),
    Mutant(
        "fills read before their order was known stay unclaimed",
        rest.ALL_ISSUED,
        _never_claims,
        (Fault.LOST_ANSWER, Fault.CRASH),
    ),
    Mutant("fills are recorded and not added to the total", invariants.TOTALS_ADD_UP, _claims_without_counting),
    Mutant(
        "every sell on the account counts as a sale",
        invariants.FILLS_ARE_TRUE,
        _every_sell_is_a_sale,
        (Fault.MANUAL_TRADE,),
    ),
    Mutant("an event is sealed without the one before it", invariants.SEALED, _seals_without_the_row_before),
)
