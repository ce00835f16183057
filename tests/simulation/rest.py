"""What must be true in the end, when nothing goes wrong any more and everything had its time."""

from typing import TYPE_CHECKING

from app.domain.offers import desired_stack
from app.domain.showing import stack_on_market

if TYPE_CHECKING:
    from tests.simulation.market import SimulatedMarket
    from tests.simulation.world import World

ALL_ISSUED = "in the end every sale is issued, once"
ALL_RECORDED = "in the end every fill is recorded for what it is"
ALL_SHOWN = "in the end every exchange shows the stack"
ALL_KNOWN = "in the end the ledger knows which orders are open"
ALL_QUIET = "in the end nothing is halted, open or failing"


def check_rest(world: "World") -> None:
    """Check a world that has come to rest.

    Raises:
        Violation: it is not as it should be.
    """
    world.require(not world.restoring.is_stopped, ALL_QUIET, "every process is stopped")
    _check_issued(world)
    _check_quiet(world)
    for market in world.markets.values():
        _check_fills(world, market)
        _check_orders(world, market)


def _check_issued(world: "World") -> None:
    sold = sum(market.sold_napu for market in world.markets.values())
    issued = sum(each.issue.qty for each in world.node.applied if not each.is_foreign)
    totals = world.ledger.fills.totals()
    is_same = sold == issued == totals.sold_napu == totals.issued_napu
    world.require(is_same, ALL_ISSUED, f"sold {sold}, issued on the chain {issued}, the ledger says {totals}")
    query = "SELECT count(*) FROM fill LEFT JOIN issuance ON issuance.id = issuance_id WHERE kind = 'sale'"
    (waiting,) = world.file.reader.execute(f"{query} AND coalesce(state, '') != 'issued'").fetchone()
    world.require(not waiting, ALL_ISSUED, f"{waiting} sales are in no issuance that is issued")


def _check_quiet(world: "World") -> None:
    halts, issuance = world.ledger.halts.active(), world.ledger.issuances.open()
    world.require(not halts, ALL_QUIET, f"halted: {halts}")
    world.require(issuance is None, ALL_QUIET, f"open: {issuance}")
    ailing = world.ledger.health.ailing()
    world.require(not ailing, ALL_QUIET, f"not answering: {ailing}")
    for publication in world.ledger.offers.publications():
        is_shown = publication.shown == publication.wanted and not publication.error
        world.require(is_shown, ALL_QUIET, f"not published: {publication}")


def _check_fills(world: "World", market: "SimulatedMarket") -> None:
    rows = world.file.reader.execute("SELECT fill_id, kind FROM fill WHERE exchange = ?", (market.name,)).fetchall()
    kinds = dict(rows)
    first = world.ledger.offers.first_intended_at(market.name)
    for trade in market.trades:
        order = trade.order
        due = "sale" if order.client_order_id else "unclaimed" if order.side == "sell" else "other"
        kind = kinds.get(str(trade.trade_id))
        was_before = first is None or (kind is None and not order.client_order_id)
        is_right = kind == due or was_before
        world.require(is_right, ALL_RECORDED, f"{market.name} fill {trade.trade_id} is {kind}, not {due}")


def _check_orders(world: "World", market: "SimulatedMarket") -> None:
    ours = [order for order in market.open_orders() if order.client_order_id]
    shown: dict[int, int] = {}
    for order in ours:
        shown[order.level.price_nanocents] = shown.get(order.level.price_nanocents, 0) + order.remaining_napu
    stack = stack_on_market(desired_stack(world.node.state.issued_napu, world.depth), market.market)
    wanted = {level.price_nanocents: level.quantity_napu for level in stack}
    world.require(shown == wanted, ALL_SHOWN, f"{market.name} shows {shown}, not {wanted}")
    live = {str(offer.exchange_order_id) for offer in world.ledger.offers.live_offers(market.name)}
    opened = {str(order.order_id) for order in ours}
    world.require(live == opened, ALL_KNOWN, f"{market.name}: {live} in the ledger, {opened} open")
