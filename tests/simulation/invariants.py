"""What must be true after every single step, judged by the truth that only the simulation knows."""

import json
import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.domain.issuances import OPEN_STATES
from app.domain.offers import Level, first_fallen_level
from app.domain.price_curve import target_price
from app.domain.showing import stack_on_market
from app.ndau.transactions import Issue
from app.store.events import FIRST_HASH, event_hash
from tests.simulation.faults import Luck

if TYPE_CHECKING:
    from tests.simulation.market import MarketOrder, SimulatedMarket
    from tests.simulation.node import Applied
    from tests.simulation.world import World


class Violation(BaseException):
    """Something that must always be true is not.

    Nothing that the code under test catches may swallow it, so it is no Exception.

    Attributes:
        invariant: its name, a sentence.
    """

    def __init__(self, invariant: str, message: str) -> None:
        super().__init__(f"{invariant}: {message}")
        self.invariant = invariant

    def __reduce__(self) -> tuple[type["Violation"], tuple[str, str]]:
        """Let it travel between processes."""
        return Violation, (self.invariant, str(self).removeprefix(f"{self.invariant}: "))


ISSUANCE_IS_ITS_SALES = "an issuance holds exactly its sales"
ONE_OPEN = "at most one issuance is open, and no two use one sequence"
ISSUED_IS_ON_CHAIN = "what the ledger calls issued is on the chain, with that hash and quantity"
ON_CHAIN_IS_OURS = "what we issued on the chain stands in the ledger and is not void"
NEVER_MORE_THAN_SOLD = "never more is issued than was sold"
ONE_SIGNATURE = "the signer signs one transaction for a sequence"
FILLS_ARE_TRUE = "a recorded fill is one that happened, and a sale is of our own order"
TOTALS_ADD_UP = "the totals are the sums of the sales"
NEVER_FALLS = "the published prices never fall"
SEALED = "the audit trail is sealed"
COMMITTED_FIRST = "an offer is committed before it is sent, and sent once"
NEVER_TOO_CHEAP = "no offer is placed below the target price"
NEVER_TOO_MUCH = "never more is on offer than the stack asks for"
NO_DEFECT = "no task fails by a defect"
NOT_ASKED_FOR = "nothing halts that nobody asked for"


class Invariants:
    """Compares the ledger with the truth whenever either has changed."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._version = -1
        self._last_event = (0, FIRST_HASH)
        self._last_generation: tuple[int, tuple[Level, ...]] = (0, ())
        self._last_fill = 0
        self._placed: set[str] = set()
        self._signed: dict[int, int] = {}
        self._forgotten: set[str] = set()
        self._void: set[str] = set()

    def check(self) -> None:
        """Check what the ledger holds, if anything was committed since the last time.

        Raises:
            Violation: something is not as it must always be.
        """
        (version,) = self._query("PRAGMA data_version").fetchone()
        if version == self._version:
            return
        self._version = version
        self._check_issuances()
        self._check_fills()
        self._check_generations()
        self._check_events()

    def follow_old_ledger(self) -> None:
        """Go on with a ledger that has forgotten what happened since it was copied."""
        self._version = -1
        self._last_event = self._query("SELECT number, hash FROM event_head").fetchone()
        (self._last_fill,) = self._query("SELECT coalesce(max(rowid), 0) FROM fill").fetchone()
        newest = self._query("SELECT number, stack FROM generation ORDER BY number DESC LIMIT 1").fetchone()
        self._last_generation = (newest[0], _stack(newest[1])) if newest else (0, ())
        known = {tx_hash for (tx_hash,) in self._query("SELECT tx_hash FROM issuance").fetchall()}
        self._forgotten = {Issue(qty, sequence).hash() for sequence, qty in self._signed.items()} - known

    def on_signed(self, quantity_napu: int, sequence: int) -> None:
        """Check what the signer has just signed."""
        before = self._signed.setdefault(sequence, quantity_napu)
        self._check(before == quantity_napu, ONE_SIGNATURE, f"sequence {sequence}: {before} and {quantity_napu} napu")

    def on_applied(self, applied: "Applied") -> None:
        """Check what has just come into a block."""
        if applied.is_foreign:
            return
        tx_hash = applied.issue.hash()
        row = self._query("SELECT state FROM issuance WHERE tx_hash = ?", (tx_hash,)).fetchone()
        is_known = row[0] != "void" if row else tx_hash in self._forgotten
        self._check(is_known, ON_CHAIN_IS_OURS, f"{applied.issue} is {row} in the ledger")
        sold = sum(market.sold_napu for market in self._world.markets.values())
        ours = sum(each.issue.qty for each in self._world.node.applied if not each.is_foreign)
        self._check(ours <= sold, NEVER_MORE_THAN_SOLD, f"{ours} napu issued, {sold} sold")

    def on_placed(self, market: "SimulatedMarket", order: "MarketOrder") -> None:
        """Check an order of ours that has just come into an exchange's book."""
        name = order.client_order_id
        if not name:
            return
        row = self._query("SELECT state FROM offer WHERE client_order_id = ?", (name,)).fetchone()
        intent = self._world.knowledge.intents.get(name)
        self._check(row is not None and intent is not None, COMMITTED_FIRST, f"order {order.order_id} has no offer")
        self._check(name not in self._placed, COMMITTED_FIRST, f"offer {name} is placed twice")
        self._placed.add(name)
        if row[0] == "lost":
            order.counts = False
            self._world.dice.saw(Luck.LATE_LANDING)
            return
        assert intent is not None
        lease = self._query("SELECT epoch FROM lease WHERE name = ?", (intent.lease.name,)).fetchone()
        if lease[0] != intent.lease.epoch:
            self._world.dice.saw(Luck.ORPHAN_LANDING)
        price = order.level.price_nanocents
        due = target_price(intent.basis_napu)
        self._check(
            price >= due, NEVER_TOO_CHEAP, f"{market.name} order {order.order_id} at {price}; the target is {due}"
        )
        self._check_quantity(market, order)

    def _check_quantity(self, market: "SimulatedMarket", order: "MarketOrder") -> None:
        """Check what is on offer against what the push that placed it could know.

        At the order's price there is no more than the stack wants there. And in all, what is on offer here together
        with what was bought here of our orders and the push could not know of is no more than the whole stack.
        """
        intent, offered = self._world.knowledge.intents[order.client_order_id], market.offered
        stack = stack_on_market(intent.stack(self._world.depth), market.market)
        price = order.level.price_nanocents
        wanted = sum(level.quantity_napu for level in stack if level.price_nanocents == price)
        self._check(
            offered[price] <= wanted,
            NEVER_TOO_MUCH,
            f"{market.name} offers {offered[price]} at {price} with order {order.order_id}; wanted are {wanted}",
        )
        known = intent.known.filled_by_order
        unknown = sum(
            each.filled_napu - known.get(str(each.order_id), 0)
            for each in market.orders.values()
            if each.client_order_id and each.counts
        )
        total, most = sum(offered.values()), sum(level.quantity_napu for level in stack)
        self._check(
            total + unknown <= most,
            NEVER_TOO_MUCH,
            f"{market.name} offers {total} in all and has sold {unknown} more with order {order.order_id}; the stack is {most}",
        )

    def _check_issuances(self) -> None:
        issuances = self._query(
            "SELECT id, sequence, quantity_napu, tx_hash, state, learned_at, explained_at FROM issuance"
        ).fetchall()
        sums = dict(
            self._query(
                "SELECT issuance_id, sum(quantity_napu) FROM fill WHERE issuance_id IS NOT NULL GROUP BY issuance_id"
            ).fetchall()
        )
        on_chain = {each.issue.hash(): each.issue for each in self._world.node.applied if not each.is_foreign}
        live = [each for each in issuances if each[4] != "void"]
        for number, sequence, quantity, tx_hash, state, learned_at, explained_at in issuances:
            is_unexplained = learned_at is not None and explained_at is None
            held = 0 if state == "void" or is_unexplained else quantity
            self._check(
                sums.get(number, 0) == held,
                ISSUANCE_IS_ITS_SALES,
                f"issuance {number} ({state}) of {quantity} has sales of {sums.get(number, 0)}",
            )
            if state == "issued":
                self._check(
                    tx_hash in on_chain and on_chain[tx_hash].qty == quantity,
                    ISSUED_IS_ON_CHAIN,
                    f"issuance {number}, sequence {sequence}",
                )
            if state == "void":
                if tx_hash not in self._void:
                    self._void.add(tx_hash)
                    self._world.dice.saw(Luck.VOID)
                self._check(
                    tx_hash not in on_chain, ON_CHAIN_IS_OURS, f"issuance {number}, sequence {sequence}, is void"
                )
        sequences = [each[1] for each in live]
        self._check(len(sequences) == len(set(sequences)), ONE_OPEN, f"sequences {sequences}")
        opened = [each[0] for each in live if each[4] in OPEN_STATES]
        self._check(len(opened) <= 1, ONE_OPEN, f"issuances {opened}")

    def _check_fills(self) -> None:
        new = self._query(
            "SELECT rowid, exchange, fill_id, exchange_order_id, quantity_napu, kind FROM fill WHERE rowid > ?",
            (self._last_fill,),
        ).fetchall()
        for row, exchange, fill_id, order_id, quantity, kind in new:
            self._last_fill = max(self._last_fill, row)
            trade = self._world.markets[exchange].trades[(int(fill_id) - 50_001) // 3]
            is_true = (str(trade.order.order_id), trade.quantity_napu) == (order_id, quantity)
            is_ours = bool(trade.order.client_order_id)
            self._check(is_true and (kind != "sale" or is_ours), FILLS_ARE_TRUE, f"{exchange} fill {fill_id} is {kind}")
            if kind == "unclaimed" and is_ours:
                self._world.dice.saw(Luck.UNCLAIMED_BEFORE_CLAIM)
        totals = dict(self._query("SELECT exchange, sold_napu FROM cursor").fetchall())
        sales = dict(
            self._query(
                "SELECT exchange, sum(quantity_napu) FROM fill WHERE kind = 'sale' GROUP BY exchange"
            ).fetchall()
        )
        for exchange, total in totals.items():
            self._check(
                total == sales.get(exchange, 0), TOTALS_ADD_UP, f"{exchange}: {total}, sales {sales.get(exchange)}"
            )

    def _check_generations(self) -> None:
        new = self._query(
            "SELECT number, stack FROM generation WHERE number > ? ORDER BY number", (self._last_generation[0],)
        )
        for number, text in new.fetchall():
            stack = _stack(text)
            fallen = first_fallen_level(stack, self._last_generation[1])
            self._check(fallen is None, NEVER_FALLS, f"level {fallen} of generation {number}")
            self._last_generation = (number, stack)

    def _check_events(self) -> None:
        last, seal = self._last_event
        new = self._query(
            "SELECT number, at, kind, subject, detail, previous_hash, hash FROM event WHERE number > ? ORDER BY number",
            (last,),
        )
        for number, at, kind, subject, detail, previous, found in new.fetchall():
            time = datetime.fromisoformat(at).replace(tzinfo=UTC)
            right = event_hash(seal, number, time, kind=kind, subject=subject, detail=detail)
            self._check((number, previous, found) == (last + 1, seal, right), SEALED, f"event {number} ({kind})")
            last, seal = number, found
        self._last_event = (last, seal)

    def _query(self, sql: str, parameters: tuple[object, ...] = ()) -> sqlite3.Cursor:
        return self._world.file.reader.execute(sql, parameters)

    def _check(self, is_true: bool, invariant: str, message: str) -> None:
        self._world.require(is_true, invariant, message)


def _stack(text: str) -> tuple[Level, ...]:
    return tuple(Level(price, quantity) for price, quantity in json.loads(text))
