"""Rules about work that does not get done: sales, issuances, offers, fills."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.alerting.settling import hold_seconds
from app.alerting.wording import count_of, moment
from app.domain.alerts import Finding, Rule, Severity
from app.domain.issuances import Issuance, IssuanceState
from app.domain.money import format_ndau
from app.settings.alerts import AlertSettings
from app.store.waiting import WaitingSells

_POLLS_MISSED = 3
"""An exchange that is polled rarely is unread only when several polls in a row did not come."""


@dataclass(frozen=True, slots=True)
class LateOffers:
    """An exchange that does not show what was decided.

    Attributes:
        missed_at: when the oldest decision that it does not show was made; None when it shows the newest, with an error.
    """

    exchange: str
    missed_at: datetime | None
    error: str


def unissued_sale(waiting: WaitingSells | None, limits: AlertSettings, now: datetime) -> Iterator[Finding]:
    """Find sales that are in no issuance for too long."""
    if waiting is None or (hold := hold_seconds(now - waiting.since, limits.unissued_sale_seconds)) is None:
        return
    yield Finding(
        Rule.UNISSUED_SALE,
        "sales",
        Severity.CRITICAL,
        f"{count_of(waiting.count, 'sale', 'sales')} of {format_ndau(waiting.quantity_napu)} ndau "
        f"in no Issue, the oldest since {moment(waiting.since)}",
        "See that a worker serves the queue issue and that the signing service answers: `meic doctor`.",
        hold,
    )


def unsettled_issuance(issuance: Issuance | None, limits: AlertSettings, now: datetime) -> Iterator[Finding]:
    """Find an issuance that is under way for too long, or parked."""
    if issuance is None:
        return
    name = f"issuance {issuance.id}"
    what = f"{name} of {format_ndau(issuance.quantity_napu)} ndau (sequence {issuance.sequence})"
    if issuance.state is IssuanceState.REFUSED:
        yield Finding(
            Rule.PARKED_ISSUANCE,
            name,
            Severity.CRITICAL,
            f"{what} was refused and is parked: {issuance.message or 'no reason was given'}",
            "Mend the cause, then `meic resume issuing` sends the same transaction again.",
        )
    elif hold := hold_seconds(now - issuance.prepared_at, limits.unsettled_issuance_seconds):
        remedy = (
            "Look at the chain and at the signing service: `meic doctor`; `meic issuances resolve` settles it on proof."
        )
        if issuance.state is IssuanceState.PREPARED:
            remedy = "It has no signature: see that the signing service runs and can be reached: `meic doctor`."
        yield Finding(
            Rule.UNSETTLED_ISSUANCE,
            name,
            Severity.CRITICAL,
            f"{what} is {issuance.state} since {moment(issuance.prepared_at)}: {issuance.message or 'no answer yet'}",
            remedy,
            hold,
        )


def late_offers(late: Iterable[LateOffers], limits: AlertSettings, now: datetime) -> Iterator[Finding]:
    """Find exchanges that do not show what was decided some time ago; one that only tells of an error is given as long."""
    for each in late:
        seconds = limits.late_offers_seconds
        hold = hold_seconds(now - each.missed_at, seconds) if each.missed_at else seconds
        if hold is None:
            continue
        since = (
            f"what was decided at {moment(each.missed_at)}" if each.missed_at else "the newest decision without error"
        )
        yield Finding(
            Rule.LATE_OFFERS,
            each.exchange,
            Severity.CRITICAL,
            f"{each.exchange} does not show {since}: {each.error or 'nothing was published since'}",
            f"`meic offers` says why; `meic publish` tries again; `meic halt publishing --exchange {each.exchange} "
            "--pull-offers` takes the old ones off.",
            hold,
        )


def unread_exchanges(
    read_at: Mapping[str, datetime], poll_seconds: Mapping[str, float], limits: AlertSettings, now: datetime
) -> Iterator[Finding]:
    """Find exchanges whose fills nobody has read for too long, so that a sale there would not be seen."""
    for exchange, seconds in poll_seconds.items():
        limit_seconds = max(limits.unread_exchange_seconds, _POLLS_MISSED * seconds)
        if exchange in read_at and (hold := hold_seconds(now - read_at[exchange], limit_seconds)):
            yield Finding(
                Rule.UNREAD_EXCHANGE,
                exchange,
                Severity.CRITICAL,
                f"the fills of {exchange} were last read at {moment(read_at[exchange])}; sales since then are not seen",
                f"See that beat and a worker of the queue polling run: `meic doctor`; `meic poll {exchange}` says what fails.",
                hold,
            )
