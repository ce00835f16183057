"""What an operator may decide about sells on our account that are none of our offers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.domain.errors import InvalidInput
from app.domain.fills import FillKind, Side
from app.domain.money import format_ndau

_MOST_NAMED = 5
"""Of fills, in one sentence."""


@dataclass(frozen=True, slots=True)
class KnownFill:
    """What the ledger knows about a fill that an operator named.

    Attributes:
        is_ours: its order is one of our offers.
        issuance_id: the issuance it is in; None when it is in none.
    """

    fill_id: str
    side: Side
    kind: FillKind
    quantity_napu: int
    is_ours: bool
    issuance_id: int | None


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a claim or a dismissal changed; fills that were so already are not in it."""

    fill_ids: tuple[str, ...]
    quantity_napu: int

    def words(self, done: str, exchange: str) -> str:
        """Return what was `done` ("claimed" or "dismissed") to an exchange's fills."""
        if not self.fill_ids:
            return f"nothing changed: these fills of {exchange} were {done} before"
        fills = "1 fill" if len(self.fill_ids) == 1 else f"{len(self.fill_ids)} fills"
        return f"{done} {fills} of {exchange}, {format_ndau(self.quantity_napu)} ndau"


def fills_to_claim(exchange: str, wanted: Iterable[str], known: Sequence[KnownFill]) -> tuple[KnownFill, ...]:
    """Return those of the fills that become sales; those claimed before are left as they are.

    Raises:
        InvalidInput: one of them is unknown, a buy, or a sale of our own offers; then none is claimed.
    """
    _check(exchange, wanted, known)
    return tuple(fill for fill in known if fill.kind is not FillKind.SALE)


def fills_to_dismiss(exchange: str, wanted: Iterable[str], known: Sequence[KnownFill]) -> tuple[KnownFill, ...]:
    """Return those of the fills that are dismissed; those dismissed before are left as they are.

    Raises:
        InvalidInput: one of them is unknown, a buy, a sale of our own offers, or in an issuance; then none is dismissed.
    """
    _check(exchange, wanted, known)
    for fill in known:
        if fill.issuance_id is not None:
            raise InvalidInput(
                f"fill {fill.fill_id} of {exchange} is in issuance {fill.issuance_id}; only what is in none can be dismissed"
            )
    return tuple(fill for fill in known if fill.kind is not FillKind.DISMISSED)


def _check(exchange: str, wanted: Iterable[str], known: Sequence[KnownFill]) -> None:
    unknown = sorted(set(wanted) - {fill.fill_id for fill in known})
    if unknown:
        named = ", ".join(unknown[:_MOST_NAMED]) + (" and others" if len(unknown) > _MOST_NAMED else "")
        raise InvalidInput(
            f"{exchange} has no fill {named} in the ledger; `meic sales unclaimed` lists those that wait"
        )
    for fill in known:
        if fill.side is Side.BUY:
            raise InvalidInput(f"fill {fill.fill_id} of {exchange} is a buy; expected sells")
        if fill.is_ours:
            raise InvalidInput(
                f"fill {fill.fill_id} of {exchange} is a sale of one of our offers; expected sells that are none of ours"
            )
