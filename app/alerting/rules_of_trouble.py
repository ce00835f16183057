"""Rules about what stands still or does not add up: exchanges down, halts, unclaimed sells, differences, leases."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from app.alerting.settling import hold_seconds
from app.alerting.wording import count_of, moment
from app.domain.alerts import Finding, Rule, Severity
from app.domain.halts import Halt
from app.domain.health import ExchangeHealth
from app.domain.ledger import AuditEvent
from app.domain.money import format_ndau
from app.settings.alerts import AlertSettings
from app.store.waiting import WaitingSells

PARTS_THAT_HALT = frozenset({"clock", "issuer", "limit", "publisher", "reconciler"})
"""Who halts by itself; all others are people, who know already."""

DIFFERENCES_FOUND, RECONCILED = "DifferencesFound", "Reconciled"


def exchanges_down(down: Iterable[ExchangeHealth], limits: AlertSettings, now: datetime) -> Iterator[Finding]:
    """Find exchanges that do not answer for too long."""
    for each in down:
        if each.down_since is None:
            continue
        if (hold := hold_seconds(now - each.down_since, limits.exchange_down_seconds)) is None:
            continue
        yield Finding(
            Rule.EXCHANGE_DOWN,
            each.exchange,
            Severity.CRITICAL,
            f"{each.exchange} does not answer since {moment(each.down_since)}: {each.why}",
            f"See its status page and our key: `meic doctor`; when it answers, it is read and published to by itself; "
            f"`meic halt publishing --exchange {each.exchange}` leaves it alone.",
            hold,
        )


def halts(active: Iterable[Halt]) -> Iterator[Finding]:
    """Find what is halted; a halt by one of our own parts is critical, a person's is a warning."""
    for halt in active:
        where = f" on {halt.exchange}" if halt.exchange else ""
        option = f" --exchange {halt.exchange}" if halt.exchange else ""
        yield Finding(
            Rule.HALT,
            f"{halt.scope}{where} {halt.id}",
            Severity.CRITICAL if halt.who in PARTS_THAT_HALT else Severity.WARNING,
            f"{halt.scope}{where} is halted by {halt.who} since {moment(halt.since)}: {halt.why}",
            f"When the cause is mended: `meic resume {halt.scope}{option}`.",
        )


def unclaimed_sells(waiting: Iterable[WaitingSells], limits: AlertSettings, now: datetime) -> Iterator[Finding]:
    """Find sells on our accounts that are none of our offers and wait for a person."""
    for each in waiting:
        if now - each.since >= timedelta(seconds=limits.unclaimed_sell_seconds):
            yield Finding(
                Rule.UNCLAIMED_SELL,
                each.exchange,
                Severity.WARNING,
                f"{count_of(each.count, 'sell', 'sells')} of {format_ndau(each.quantity_napu)} ndau on {each.exchange} "
                f"by none of our offers, the oldest since {moment(each.since)}",
                "`meic sales unclaimed` shows them; `meic sales claim` or `meic sales dismiss` says what they are.",
            )


def difference(newest: AuditEvent | None) -> Iterator[Finding]:
    """Find that the newest comparison of the ledger with chain and exchanges found differences.

    Args:
        newest: the newest event that tells of a comparison, which says either that something differs or that all was
            compared and nothing does; None when nobody knows.
    """
    if newest is None or newest.kind != DIFFERENCES_FOUND:
        return
    detail = json.loads(newest.detail)
    first = str(next(iter(detail.get("differences", [])), "not listed"))
    yield Finding(
        Rule.DIFFERENCE,
        "all",
        Severity.CRITICAL,
        f"{count_of(int(detail.get('count', 1)), 'difference', 'differences')} between the ledger and chain or exchanges "
        f"at {moment(newest.at)}, the first: {first}",
        "`meic reconcile` lists them; it is over when all was compared once and nothing differs.",
    )


def not_compared(newest: AuditEvent | None, every_seconds: float, now: datetime) -> Iterator[Finding]:
    """Find that nobody has compared the ledger with chain and every exchange for three times as long as it should take."""
    limit_seconds = 3 * every_seconds
    if newest is not None and now - newest.at < timedelta(seconds=limit_seconds):
        return
    since = f"since {moment(newest.at)}" if newest else "within a day"
    yield Finding(
        Rule.NOT_COMPARED,
        "all",
        Severity.WARNING,
        f"the ledger was not compared with the chain and every exchange {since}",
        "`meic reconcile` does it now and says what cannot be read.",
        limit_seconds if newest is None else 0.0,
    )


def lost_leases(lost: int, limits: AlertSettings) -> Iterator[Finding]:
    """Find that the issuer was overtaken too often within an hour."""
    if lost > limits.lost_leases_per_hour:
        yield Finding(
            Rule.LOST_LEASE,
            "issuer",
            Severity.WARNING,
            f"the issuer lost its lease {lost} times within an hour: two run, or one stands still for seconds",
            "See that one worker serves the queue issue and that its machine is not overloaded: `meic doctor`.",
        )
