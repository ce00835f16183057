"""Rows of the ledger's lists, as the console shows them."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.fills import FillKind, Side
from app.domain.issuances import IssuanceState
from app.domain.ledger import OfferState


@dataclass(frozen=True, slots=True)
class SaleRow:
    """A fill, without the exchange's message.

    Attributes:
        price_nanocents: in the currency of the exchange's market.
        fee: decimal text, as the exchange reports it.
        executed_at: by the exchange's clock.
        recorded_at: by ours.
        issuance_id: None while it is in no issuance.
        issuance_state: of that issuance.
    """

    exchange: str
    fill_id: str
    exchange_order_id: str
    side: Side
    price_nanocents: int
    quantity_napu: int
    fee: str
    executed_at: datetime
    recorded_at: datetime
    kind: FillKind
    issuance_id: int | None
    issuance_state: IssuanceState | None


@dataclass(frozen=True, slots=True)
class IssuanceRow:
    """An issuance.

    Attributes:
        changed_at: when it came into its state, or was last submitted.
        message: the last words of the chain or signer about it, or "".
        learned_at: when an old copy of the ledger learnt of it; None for all others.
    """

    id: int
    issuer_address: str
    sequence: int
    quantity_napu: int
    tx_hash: str
    state: IssuanceState
    block_height: int | None
    prepared_at: datetime
    changed_at: datetime
    message: str
    learned_at: datetime | None


@dataclass(frozen=True, slots=True)
class OfferRow:
    """An offer.

    Attributes:
        level: counted from 0, within those placed with it.
        price_nanocents: in the currency of the exchange's market.
        target_nanocents: the target price, in dollars, of the dearest tokens in it; None where it was not recorded.
        changed_at: when its state was last stored, or a sale of it recorded.
    """

    client_order_id: str
    exchange: str
    level: int
    price_nanocents: int
    quantity_napu: int
    target_nanocents: int | None
    generation: int
    exchange_order_id: str | None
    state: OfferState
    filled_napu: int
    intended_at: datetime
    changed_at: datetime
