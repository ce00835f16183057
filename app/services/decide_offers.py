"""Decide what every exchange should be offering."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.errors import Overtaken
from app.domain.halts import Scope, halt_of
from app.domain.ledger import Generation, NewGeneration
from app.domain.money import format_dollars
from app.domain.offers import Stack, desired_stack, first_fallen_level
from app.domain.supply import SoldSupply, sold_supply
from app.ports import Chain, Ledger

log = logging.getLogger(__name__)

_TRIES = 5
"""Each time somebody else decided first; after that many their decisions are as good as ours."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to push where; no exchange when nothing changed and all show it, or when publishing is halted."""

    generation: int
    exchanges: tuple[str, ...]
    waiting: str = ""

    def everywhere(self, depths: Mapping[str, int]) -> "Decision":
        """Return the same for all exchanges: those that show it are compared with their open orders again."""
        return Decision(self.generation, tuple(depths), self.waiting)


def decide_offers(ledger: Ledger, chain: Chain, depths: Mapping[str, int], *, why: str) -> Decision:
    """Compute the stack from the chain's total and our sales, and store it as a generation if it is a new one.

    Args:
        ledger: the records.
        chain: read first, see `sold_supply`.
        depths: how many levels each exchange shows.
        why: who asked, for the record.

    Raises:
        Unavailable: the chain does not answer; everything stays as it is.
    """
    if halt := halt_of(ledger.halts.active(), Scope.PUBLISHING):
        return Decision(0, (), f"publishing is halted by {halt.who}: {halt.why}")
    for _ in range(_TRIES):
        try:
            return _decide(ledger, chain, depths, why)
        except Overtaken:
            continue
    return lagging_exchanges(ledger, depths)


def lagging_exchanges(ledger: Ledger, depths: Mapping[str, int]) -> Decision:
    """Return the newest generation and the exchanges that do not show it yet."""
    newest = ledger.offers.generation()
    return Decision(newest.number if newest else 0, _lagging(ledger, depths))


def _decide(ledger: Ledger, chain: Chain, depths: Mapping[str, int], why: str) -> Decision:
    # In this order: whatever the later readings miss, they never know less than the earlier.
    issued = chain.supply().issued_napu
    previous = ledger.offers.generation()
    totals = ledger.fills.totals()
    supply = sold_supply(issued, totals, previous.foreign_napu if previous else 0)
    stack = desired_stack(supply.basis_napu, max(depths.values(), default=1))
    if previous is not None and (level := first_fallen_level(stack, previous.stack)) is not None:
        return _refuse(ledger, stack, previous, level)
    if previous is not None and _is_current(ledger, previous, stack, supply, depths):
        return Decision(previous.number, _lagging(ledger, depths))
    generation = NewGeneration(
        issued_napu=issued,
        pending_napu=supply.basis_napu - issued,
        sold_napu=totals.sold_napu,
        foreign_napu=supply.foreign_napu,
        stack=stack,
        why=why,
        exchanges=tuple(depths),
    )
    decided = ledger.offers.decide(generation, newest_known=previous.number if previous else 0)
    return Decision(decided.number, tuple(depths))


def _is_current(
    ledger: Ledger, previous: Generation, stack: Stack, supply: SoldSupply, depths: Mapping[str, int]
) -> bool:
    wanting = {
        publication.exchange for publication in ledger.offers.publications() if publication.wanted == previous.number
    }
    return stack == previous.stack and supply.foreign_napu == previous.foreign_napu and wanting >= set(depths)


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
