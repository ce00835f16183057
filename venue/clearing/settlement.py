"""What an order sets aside and what a fill moves."""

from dataclasses import dataclass

from venue.clearing.ledger import Ledger
from venue.markets import Market
from venue.matching.events import Filled
from venue.matching.orders import Side

_BUY = Side.BUY
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Fees:
    """What the venue keeps, in millionths of what each side receives."""

    maker_millionths: int = 0
    taker_millionths: int = 0


def cost_of(market: Market, side: Side, price: int, quantity: int) -> tuple[str, int]:
    """Return (asset, units) that an order of this price and quantity must have frozen.

    A buy freezes what it would pay at its limit, a sell what it would deliver. Fees come out of what is received.
    """
    if side is _BUY:
        return market.quote, price * quantity * market.notional_units
    return market.base, quantity * market.quantity_step_units


def settle(ledger: Ledger, market: Market, fees: Fees, fill: Filled) -> tuple[int, int]:
    """Exchange what was sold for its price; return the maker's and the taker's fee in units of what each receives.

    A buyer whose limit was above the price gets the difference back at once.
    """
    maker, taker = fill.maker, fill.taker
    buyer, seller = (taker, maker) if taker.side is _BUY else (maker, taker)
    delivered = fill.quantity * market.quantity_step_units
    paid = fill.price * fill.quantity * market.notional_units
    # Rounded down: a trader never pays more than the rate.
    maker_fee = (paid if maker is seller else delivered) * fees.maker_millionths // _MILLION
    taker_fee = (paid if taker is seller else delivered) * fees.taker_millionths // _MILLION
    maker.fee_units += maker_fee
    taker.fee_units += taker_fee
    buyer_fee, seller_fee = (taker_fee, maker_fee) if buyer is taker else (maker_fee, taker_fee)
    ledger.settle(seller.account, buyer.account, market.base, delivered, buyer_fee)
    ledger.settle(buyer.account, seller.account, market.quote, paid, seller_fee)
    improvement = (buyer.price - fill.price) * fill.quantity * market.notional_units
    if improvement:
        ledger.release(buyer.account, market.quote, improvement)
    return maker_fee, taker_fee
