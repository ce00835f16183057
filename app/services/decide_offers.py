"""Decide what every exchange should be offering."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.domain.errors import Overtaken
from app.domain.halts import Scope, halt_of
from app.domain.ledger import Generation, NewGeneration
from app.domain.money import format_dollars
from app.domain.offers import Stack, desired_stack, first_fallen_level
from app.domain.supply import basis_of
from app.ports.chain import Chain
from app.ports.ledger import Ledger
from app.services.learn_issues import known_account

log = logging.getLogger(__name__)

_TRIES = 5
"""Each time somebody else decided first; after that many their decisions are as good as ours."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to push where; no exchange when nothing changed and all show it, or when publishing is halted.

    Attributes:
        has_unknown_issues: the chain has issued more than the ledger can account for: the issuer has to look.
    """

    generation: int
    exchanges: tuple[str, ...]
    waiting: str = ""
    has_unknown_issues: bool = False

    def everywhere(self, depths: Mapping[str, int]) -> "Decision":
        """Return the same for all exchanges: those that show it are compared with their open orders again."""
        return replace(self, exchanges=tuple(depths))


def decide_offers(ledger: Ledger, chain: Chain, depths: Mapping[str, int], *, why: str) -> Decision:
    """Compute the stack from the chain's total and our sales, and store it as a generation if it is a new one.

    Args:
        ledger: the records.
        chain: read first, so that whatever it counts is in our own figures too.
        depths: how many levels each exchange shows.
        why: who asked, for the record.

    Raises:
        Unavailable: the chain does not answer; everything stays as it is.
    """
    if halt := halt_of(ledger.halts.active(), Scope.PUBLISHING):
        return Decision(0, (), f"publishing is halted by {halt.who}: {halt.why}")
    if recovery := ledger.recovery.active():
        return Decision(0, (), f"nothing is published until the ledger has recovered: {recovery.why}")
    for _ in range(_TRIES):
        try:
            return _decide(ledger, chain, depths, why)
        except Overtaken:
            continue
    return lagging_exchanges(ledger, depths)


def present_basis(ledger: Ledger, chain: Chain) -> int:
    """Return everything issued or sold as of now, in napu; stores nothing.

    Raises:
        Unavailable: the chain does not answer.
    """
    previous = ledger.offers.generation()
    return basis_of(
        chain_issued_napu=max(chain.supply().issued_napu, previous.issued_napu if previous else 0),
        foreign_napu=ledger.chain_book.foreign_napu() or 0,
        sold_napu=ledger.fills.totals().sold_napu,
    )


def lagging_exchanges(ledger: Ledger, depths: Mapping[str, int]) -> Decision:
    """Return the newest generation and the exchanges that do not show it yet."""
    newest = ledger.offers.generation()
    return Decision(newest.number if newest else 0, _lagging(ledger, depths))


def _decide(ledger: Ledger, chain: Chain, depths: Mapping[str, int], why: str) -> Decision:
    if ledger.chain_book.foreign_napu() is None:
        known_account(ledger, chain, chain.issuer_account())
    # In this order: whatever the later readings miss, they never know less than the earlier.
    issued = chain.supply().issued_napu
    previous = ledger.offers.generation()
    issued = max(issued, previous.issued_napu) if previous else issued  # a node may lag behind
    foreign = ledger.chain_book.foreign_napu() or 0
    totals = ledger.fills.totals()
    basis = basis_of(chain_issued_napu=issued, foreign_napu=foreign, sold_napu=totals.sold_napu)
    has_unknown = issued > foreign + totals.issued_napu + totals.in_flight_napu
    stack = desired_stack(basis, max(depths.values(), default=1))
    if previous is not None and (level := first_fallen_level(stack, previous.stack)) is not None:
        return _refuse(ledger, stack, previous, level)
    if previous is not None and _is_current(ledger, previous, stack, foreign, depths):
        return Decision(previous.number, _lagging(ledger, depths), has_unknown_issues=has_unknown)
    generation = NewGeneration(
        issued_napu=issued,
        pending_napu=basis - issued,
        sold_napu=totals.sold_napu,
        foreign_napu=foreign,
        stack=stack,
        why=why,
        exchanges=tuple(depths),
    )
    decided = ledger.offers.decide(generation, newest_known=previous.number if previous else 0)
    return Decision(decided.number, tuple(depths), has_unknown_issues=has_unknown)


def _is_current(ledger: Ledger, previous: Generation, stack: Stack, foreign: int, depths: Mapping[str, int]) -> bool:
    wanting = {
        publication.exchange for publication in ledger.offers.publications() if publication.wanted == previous.number
    }
    return stack == previous.stack and foreign == previous.foreign_napu and wanting >= set(depths)


def _lagging(ledger: Ledger, depths: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(
        publication.exchange
        for publication in ledger.offers.publications()
        if publication.exchange in depths and (publication.shown != publication.wanted or publication.error)
    )


def _refuse(ledger: Ledger, stack: Stack, previous: Generation, level: int) -> Decision:
    why = (
        f"level {level} would fall from ${format_dollars(previous.stack[level].price_nanocents)} "
        f"to ${format_dollars(stack[level].price_nanocents)}; the curve never falls, so a figure of the ledger or the chain is wrong"
    )
    ledger.halts.halt(Scope.PUBLISHING, None, who="publisher", why=why)
    log.error("publishing is halted: %s", why)
    return Decision(previous.number, (), why)
