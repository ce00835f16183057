"""Stop issuing, publishing or both, and go on."""

from dataclasses import dataclass

from app.domain.errors import InvalidInput
from app.domain.halts import Halt, Scope, Stoppable
from app.domain.reasons import checked_reason
from app.ports.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Resumed:
    """What became of halts.

    Attributes:
        lifted: what is resumed; the rest was not halted.
        standing: other halts that stop the same things elsewhere, or everywhere.
    """

    lifted: tuple[Scope, ...]
    standing: tuple[Halt, ...]


def halt(ledger: Ledger, what: Stoppable, exchange: str | None, *, who: str, why: str) -> tuple[Halt, ...]:
    """Stop something at once, everywhere or on one exchange; what is halted already stays as it is.

    Raises:
        InvalidInput: an exchange is named and it is not only about publishing, or the reason is none; nothing was done.
    """
    why = _checked(what, exchange, why)
    return tuple(ledger.halts.halt(scope, exchange, who=who, why=why) for scope in what.scopes)


def resume(ledger: Ledger, what: Stoppable, exchange: str | None, *, who: str, why: str) -> Resumed:
    """Lift the halts of exactly this scope and place; others stay and are told.

    Raises:
        InvalidInput: as for a halt.
    """
    why = _checked(what, exchange, why)
    lifted = tuple(scope for scope in what.scopes if ledger.halts.lift(scope, exchange, who=who, why=why))
    standing = tuple(halt for halt in ledger.halts.active() if halt.scope in what.scopes)
    return Resumed(lifted, standing)


def check_place(what: Stoppable, exchange: str | None) -> None:
    """Refuse an exchange where there is no choice of one.

    Raises:
        InvalidInput: an exchange is named and it is not only about publishing.
    """
    if exchange is not None and what is not Stoppable.PUBLISHING:
        raise InvalidInput("issuing is one for all exchanges; an exchange goes with publishing")


def _checked(what: Stoppable, exchange: str | None, why: str) -> str:
    check_place(what, exchange)
    return checked_reason(why)
