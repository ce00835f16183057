"""Executions as an exchange reports them, and which of them are target price sales."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice

_MOST_LISTED = 20


class Side(StrEnum):
    """Whether our account bought or sold."""

    BUY = "buy"
    SELL = "sell"


class FillKind(StrEnum):
    """What a fill means to the issuer."""

    SALE = "sale"
    """A target price sale: a sell by one of our offers. It must be issued, once."""

    OTHER = "other"
    """A buy: the issuer's account traded, but sold no new token."""

    UNCLAIMED = "unclaimed"
    """A sell on the issuer's account that is none of our offers: an operator decides what it is."""

    DISMISSED = "dismissed"
    """An unclaimed sell of which an operator said that it is no sale; it is not issued."""


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution of one of our account's orders.

    Attributes:
        fill_id: the exchange's id of the execution, unique on that exchange.
        exchange_order_id: the exchange's id of the order it executed.
        quantity_napu: above 0.
        fee: the fee as the exchange reports it, decimal text in the currency it charges.
        executed_at: by the exchange's clock, UTC.
        raw: the exchange's message as received, JSON, for the record.
    """

    fill_id: str
    exchange_order_id: str
    side: Side
    price_nanocents: int
    quantity_napu: int
    fee: str
    executed_at: datetime
    raw: str


@dataclass(frozen=True, slots=True)
class FillPage:
    """Some fills, oldest first, and the position after the last of them.

    `position` is the exchange adapter's own bookmark; only that adapter can read it.
    """

    fills: tuple[Fill, ...]
    position: str


def list_fills(fills: Collection[tuple[str, str]]) -> str:
    """Return fills by exchange and id for a log line, "north:1, south:2": the first 20, and how many more there are."""
    named = ", ".join(f"{exchange}:{fill_id}" for exchange, fill_id in islice(fills, _MOST_LISTED))
    more = len(fills) - _MOST_LISTED
    return f"{named} and {more} more" if more > 0 else named


def kind_of(side: Side, *, is_ours: bool) -> FillKind:
    """Decide what a fill means; `is_ours` says that its order is one of our offers."""
    if side is Side.BUY:
        return FillKind.OTHER
    return FillKind.SALE if is_ours else FillKind.UNCLAIMED
