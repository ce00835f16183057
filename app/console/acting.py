"""What an operator can do from the console, page and API alike; each leaves an event that says who and why.

Each returns one sentence of what was done. Each may be repeated: what is done already is not done twice.
"""

from collections.abc import Sequence

from app.bootstrap import Coordinator, exchange_config
from app.domain.claims import Claimed
from app.domain.errors import InvalidInput, Unavailable
from app.domain.halts import Scope, Stoppable, halt_of, scope_words
from app.domain.money import MAX_AMOUNT
from app.domain.reasons import checked_reason, is_text
from app.doorbells import ISSUE_SALES, PUBLISH_OFFERS, Bell, poll_exchange, ring
from app.doorbells import pull_offers as pull_bell
from app.doorbells import resolve_issuance as resolve_bell
from app.services import halting
from app.services.asking import POLL_ASKED, PUBLISH_ASKED, PULL_ASKED, RESOLVE_ASKED, ask
from app.services.claim_sales import claim_sales, dismiss_sales
from app.services.pull_offers import exchanges_with_offers

_LONGEST_NAME = 128


def poll(parts: Coordinator, who: str, exchange: str, why: str) -> str:
    """Have an exchange's fills read now.

    Raises:
        InvalidInput: it is no exchange in use, or the reason is none; nothing was done.
    """
    exchange_config(parts.settings, exchange)
    ask(parts.ledger, POLL_ASKED, exchange, who=who, why=checked_reason(why))
    return _rung(f"the fills of {exchange} are read now", poll_exchange(exchange))


def publish(parts: Coordinator, who: str, why: str) -> str:
    """Have every exchange compared with the offers that are due, and mended.

    Raises:
        InvalidInput: the reason is none; nothing was done.
    """
    ask(parts.ledger, PUBLISH_ASKED, "all", who=who, why=checked_reason(why))
    halt = halt_of(parts.ledger.halts.active(), Scope.PUBLISHING)
    said = "every exchange is compared now with the offers that are due"
    return _rung(f"{said}, but {halt.words()}" if halt else said, PUBLISH_OFFERS)


def halt(parts: Coordinator, who: str, what: Stoppable, exchange: str | None, why: str) -> str:
    """Stop issuing, publishing or both at once; offers stay on the exchanges.

    Raises:
        InvalidInput: an exchange goes with publishing only, it is none in use, or the reason is none; nothing was done.
    """
    _check_place(parts, exchange)
    return "; ".join(halt.words() for halt in halting.halt(parts.ledger, what, exchange, who=who, why=why))


def resume(parts: Coordinator, who: str, what: Stoppable, exchange: str | None, why: str) -> str:
    """Lift the halts of exactly this scope and place; tell what still stops the same.

    Raises:
        InvalidInput: as for a halt; nothing was done.
    """
    _check_place(parts, exchange)
    resumed = halting.resume(parts.ledger, what, exchange, who=who, why=why)
    said = [
        f"{scope_words(scope, exchange)} {'is resumed' if scope in resumed.lifted else 'was not halted'}"
        for scope in what.scopes
    ]
    return "; ".join([*said, *(f"still in force: {left.words()}" for left in resumed.standing)])


def pull_offers(parts: Coordinator, who: str, exchange: str | None, why: str) -> str:
    """Halt publishing if it is not halted, and have our offers cancelled, on one exchange or (None) on all.

    What comes of it is the event OffersPulled of each exchange.

    Raises:
        InvalidInput: it is no exchange in use, or in a dry run, or the reason is none; nothing was done.
        Unavailable: publishing is halted, but nobody could be told to cancel; offers stay open.
    """
    why = checked_reason(why)
    names = [name for name in _to_pull_from(parts, exchange) if not parts.publish_rules(name).is_dry_run]
    if not names:
        raise InvalidInput(f"{exchange or 'every exchange'} is in a dry run, so nothing of ours is on offer there")
    if halt_of(parts.ledger.halts.active(), Scope.PUBLISHING, exchange) is None:
        halting.halt(parts.ledger, Stoppable.PUBLISHING, exchange, who=who, why=why)
    bells = [pull_bell(name, ask(parts.ledger, PULL_ASKED, name, who=who, why=why)) for name in names]
    where = scope_words(Scope.PUBLISHING, exchange)
    try:
        ring(*bells)
    except Unavailable as error:
        raise Unavailable(
            f"{where} is halted, but no worker could be told to cancel the offers ({error}); ask again, or use "
            f"`meic halt publishing --pull-offers` on the coordinator's host, which needs no broker"
        ) from error
    left = sorted(set(_known(parts, exchange)) - set(parts.depths()))
    out_of_use = (
        f"; offers may be open too on {', '.join(left)}: in use no more, so take it in use again" if left else ""
    )
    return f"{where} is halted, and the offers on {', '.join(names)} are cancelled now{out_of_use}"


def claim(parts: Coordinator, who: str, exchange: str, fill_ids: Sequence[str], why: str) -> str:
    """Make sells that are none of our offers target price sales: they are issued like any other.

    Raises:
        InvalidInput: one is unknown, a buy, or a sale of our own offers, or the reason is none; nothing was done.
    """
    claimed = claim_sales(parts.ledger, _name(exchange), _fills(fill_ids), who=who, why=why)
    return _decided("claimed", exchange, claimed, ISSUE_SALES, PUBLISH_OFFERS)


def dismiss(parts: Coordinator, who: str, exchange: str, fill_ids: Sequence[str], why: str) -> str:
    """Say that sells are no target price sales: they are not issued.

    Raises:
        InvalidInput: as for a claim, or one is in an issuance, or the price would fall; nothing was done.
    """
    dismissed = dismiss_sales(parts.ledger, _name(exchange), _fills(fill_ids), who=who, why=why)
    return _decided("dismissed", exchange, dismissed, PUBLISH_OFFERS)


def resolve(parts: Coordinator, who: str, issuance_id: int, why: str) -> str:
    """Have the issuer look at an issuance and settle it if the chain proves how it ended.

    The console holds no key of the signing service's, so it only asks; the answer is the issuance's event
    ResolveAnswered, whose `asked` is the number in the sentence.

    Raises:
        InvalidInput: there is no such issuance, or the reason is none; nothing was done.
        Unavailable: nobody could be told; ask again.
    """
    return asked_words(issuance_id, ask_to_resolve(parts, who, issuance_id, why))


def ask_to_resolve(parts: Coordinator, who: str, issuance_id: int, why: str) -> int:
    """Do as `resolve`; return the number of the event that asks."""
    why = checked_reason(why)
    if not 0 < issuance_id <= MAX_AMOUNT or parts.ledger.issuances.find(issuance_id) is None:
        raise InvalidInput(f"there is no issuance {issuance_id}; expected the id of one that is in the ledger")
    number = ask(parts.ledger, RESOLVE_ASKED, str(issuance_id), who=who, why=why)
    try:
        ring(resolve_bell(number))
    except Unavailable as error:
        raise Unavailable(f"no issuer could be told to look at issuance {issuance_id} ({error}); ask again") from error
    return number


def asked_words(issuance_id: int, number: int) -> str:
    """Return what was asked for by the event of this number."""
    return (
        f"the issuer looks at issuance {issuance_id}; its event ResolveAnswered, asked by {number}, says what it found"
    )


def _rung(said: str, bell: Bell) -> str:
    try:
        ring(bell)
    except Unavailable as error:
        return f"no worker could be told ({error}); the ledger has what was asked, and beat follows when the broker is back"
    return said


def _decided(done: str, exchange: str, changed: Claimed, *bells: Bell) -> str:
    said = changed.words(done, exchange)
    if not changed.fill_ids:
        return said
    try:
        ring(*bells)
    except Unavailable as error:
        return f"{said}; the ledger has it, but no worker could be told ({error}), and beat follows when the broker is back"
    return said


def _check_place(parts: Coordinator, exchange: str | None) -> None:
    if exchange is not None:
        exchange_config(parts.settings, exchange)


def _to_pull_from(parts: Coordinator, exchange: str | None) -> list[str]:
    if exchange is None:
        return sorted(parts.depths())
    exchange_config(parts.settings, exchange)
    return [exchange]


def _known(parts: Coordinator, exchange: str | None) -> list[str]:
    return [exchange] if exchange else exchanges_with_offers(parts.ledger, parts.depths())


def _name(exchange: str) -> str:
    if not is_text(exchange) or len(exchange) > _LONGEST_NAME:
        raise InvalidInput("the exchange's name is none; expected one that the ledger knows")
    return exchange


def _fills(fill_ids: Sequence[str]) -> Sequence[str]:
    if not fill_ids:
        raise InvalidInput("no fill is named; expected the ids of one or more")
    return fill_ids
