"""Every check: where it looks, and which rules judge what it sees."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial

from app.alerting import rules_of_parts, rules_of_trouble, rules_of_work
from app.alerting.certificates import certificate_checks
from app.alerting.lookout import Check
from app.alerting.rules_of_work import LateOffers
from app.alerting.surroundings import Surroundings
from app.domain.alerts import Finding, Rule
from app.domain.errors import InvalidInput
from app.domain.halts import Scope, halt_of
from app.domain.ledger import Publication
from app.store.ledger import SqlLedger

_CHAIN_SECONDS, _SLOW_SECONDS, _DAY_SECONDS = 15.0, 60.0, 86_400.0


def all_checks(around: Surroundings) -> list[Check]:
    """Return every check but those whose rules are all switched off."""
    limits = around.settings.alerts
    checks = [ledger_check(around), *_of_the_ledger(around), *_of_parts(around), *certificate_checks(around)]
    return [check for check in checks if not check.rules <= set(limits.off)]


def ledger_check(around: Surroundings) -> Check:
    """Return the one that says whether the ledger answers."""
    limits = around.settings.alerts

    def look() -> Sequence[Finding]:
        around.ledger().halts.active()
        return ()

    rules = frozenset({Rule.LEDGER_AWAY})
    return Check(
        "the ledger", rules, look, limits.check_seconds, away=partial(rules_of_parts.ledger_away, limits=limits)
    )


def _of_the_ledger(around: Surroundings) -> Iterable[Check]:
    limits = around.settings.alerts

    def check(name: str, look: Callable[[], Iterable[Finding]], *rules: Rule, every: float = 0.0) -> Check:
        seconds = every or limits.check_seconds
        return Check(name, frozenset(rules), lambda: tuple(look()), seconds, needs=Rule.LEDGER_AWAY)

    yield check("unissued sales", lambda: _unissued(around), Rule.UNISSUED_SALE)
    yield check("the open issuance", lambda: _unsettled(around), Rule.UNSETTLED_ISSUANCE, Rule.PARKED_ISSUANCE)
    yield check("the offers", lambda: _late_offers(around), Rule.LATE_OFFERS)
    yield check("the reading of fills", lambda: _unread(around), Rule.UNREAD_EXCHANGE)
    yield check("the exchanges", lambda: _down(around), Rule.EXCHANGE_DOWN)
    yield check("the halts", lambda: rules_of_trouble.halts(around.ledger().halts.active()), Rule.HALT)
    yield check("unclaimed sells", lambda: _unclaimed(around), Rule.UNCLAIMED_SELL)
    yield check("differences", lambda: _difference(around), Rule.DIFFERENCE, every=_SLOW_SECONDS)
    yield check("the comparisons", lambda: _not_compared(around), Rule.NOT_COMPARED, every=_SLOW_SECONDS)
    yield check("the issuer's lease", lambda: _lost_leases(around), Rule.LOST_LEASE, every=_SLOW_SECONDS)


def _of_parts(around: Surroundings) -> Iterable[Check]:
    limits = around.settings.alerts
    if around.settings.chain is not None:
        yield Check(
            "the chain",
            frozenset({Rule.CHAIN_AWAY}),
            lambda: _answers(lambda: around.chain().supply()),
            _CHAIN_SECONDS,
            away=partial(rules_of_parts.chain_away, limits=limits),
        )
        room = frozenset({Rule.LOW_ROOM, Rule.NO_ROOM})
        yield Check("the room on the chain", room, lambda: _room(around), _SLOW_SECONDS, needs=Rule.CHAIN_AWAY)
    yield Check(
        "the broker",
        frozenset({Rule.BROKER_AWAY}),
        lambda: _answers(around.broker),
        limits.check_seconds,
        away=partial(rules_of_parts.broker_away, limits=limits),
    )
    yield Check(
        "the workers",
        frozenset({Rule.WORKERS_MISSING}),
        lambda: _workers(around),
        _SLOW_SECONDS,
        needs=Rule.BROKER_AWAY,
    )
    yield Check(
        "the streams",
        frozenset({Rule.STREAM_DOWN}),
        lambda: tuple(rules_of_parts.streams(around.streams(), limits, around.now())),
        limits.check_seconds,
        needs=Rule.BROKER_AWAY,
    )
    expiries = {
        name: exchange.key_expires
        for name, exchange in around.settings.enabled_exchanges().items()
        if exchange.key_expires is not None
    }
    yield Check(
        "the keys of exchanges",
        frozenset({Rule.KEY_EXPIRY, Rule.KEY_DUE}),
        lambda: tuple(rules_of_parts.keys(expiries, limits, around.now())),
        _SLOW_SECONDS,
    )


def _answers(ask: Callable[[], object]) -> Sequence[Finding]:
    ask()
    return ()


def _unissued(around: Surroundings) -> Iterable[Finding]:
    settings = around.settings
    if settings.policy.dry_run:
        return ()
    held_back = tuple(name for name, exchange in settings.exchanges.items() if exchange.dry_run)
    return rules_of_work.unissued_sale(around.waiting().unissued(held_back), settings.alerts, around.now())


def _unsettled(around: Surroundings) -> Iterable[Finding]:
    issuance = around.ledger().issuances.open()
    return rules_of_work.unsettled_issuance(issuance, around.settings.alerts, around.now())


def _late_offers(around: Surroundings) -> Iterable[Finding]:
    """Judge the exchanges that could show something: what is halted, down or in a dry run is told of as such."""
    ledger, settings = around.ledger(), around.settings
    active, down = ledger.halts.active(), {each.exchange for each in ledger.health.ailing() if each.down_since}
    late = [
        LateOffers(publication.exchange, _missed_at(ledger, publication), publication.error)
        for publication in ledger.offers.publications()
        if (publication.shown != publication.wanted or publication.error)
        and (exchange := settings.enabled_exchanges().get(publication.exchange)) is not None
        and not (exchange.dry_run or settings.policy.dry_run or publication.exchange in down)
        and not halt_of(active, Scope.PUBLISHING, publication.exchange)
    ]
    return rules_of_work.late_offers(late, settings.alerts, around.now())


def _missed_at(ledger: SqlLedger, publication: Publication) -> datetime | None:
    # Not the newest: while sales come all the time there is always one that was decided a moment ago.
    missed = ledger.offers.generation((publication.shown or 0) + 1) if publication.shown != publication.wanted else None
    return missed.decided_at if missed else None


def _unread(around: Surroundings) -> Iterable[Finding]:
    """Judge the exchanges that are asked: one that is down is told of as such."""
    down = {each.exchange for each in around.ledger().health.ailing() if each.down_since}
    polls = {
        name: exchange.poll_seconds
        for name, exchange in around.settings.enabled_exchanges().items()
        if name not in down
    }
    return rules_of_work.unread_exchanges(around.waiting().read_at(), polls, around.settings.alerts, around.now())


def _down(around: Surroundings) -> Iterable[Finding]:
    in_use = around.settings.enabled_exchanges()
    down = [each for each in around.ledger().health.ailing() if each.exchange in in_use]
    return rules_of_trouble.exchanges_down(down, around.settings.alerts, around.now())


def _unclaimed(around: Surroundings) -> Iterable[Finding]:
    return rules_of_trouble.unclaimed_sells(around.waiting().unclaimed(), around.settings.alerts, around.now())


def _difference(around: Surroundings) -> Iterable[Finding]:
    return rules_of_trouble.difference(around.comparisons.newest(around.ledger(), around.now()))


def _not_compared(around: Surroundings) -> Iterable[Finding]:
    if around.ledger().offers.generation() is None:
        return ()  # Nothing was offered yet, so there is nothing to compare.
    newest, seconds = (
        around.comparisons.newest(around.ledger(), around.now()),
        around.settings.schedule.reconcile_seconds,
    )
    return rules_of_trouble.not_compared(newest, seconds, around.now())


def _lost_leases(around: Surroundings) -> Iterable[Finding]:
    lost = around.ledger().events.of_kinds(("LeaseLost",), around.now() - timedelta(hours=1))
    return rules_of_trouble.lost_leases(len(lost), around.settings.alerts)


def _room(around: Surroundings) -> Sequence[Finding]:
    waiting = around.ledger().fills.totals()
    in_neither = max(0, waiting.waiting_napu - waiting.in_flight_napu)
    return tuple(rules_of_parts.room(around.chain().supply(), in_neither, around.settings.alerts))


def _workers(around: Surroundings) -> Sequence[Finding]:
    try:
        around.workers()
    except InvalidInput as error:
        return (rules_of_parts.workers(str(error), around.settings.alerts),)
    return ()
