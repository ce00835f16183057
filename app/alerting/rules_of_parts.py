"""Rules about what everything rests on: room on the chain, certificates and keys, workers, streams, and whether we see."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.alerting.wording import moment
from app.domain.alerts import Finding, Rule, Severity
from app.domain.money import format_ndau
from app.ports.chain import ChainSupply
from app.settings.alerts import AlertSettings


@dataclass(frozen=True, slots=True)
class StreamTrouble:
    """A stream that is down; since when, None where nobody watches it."""

    exchange: str
    since: datetime | None
    words: str


def room(supply: ChainSupply, waiting_napu: int, limits: AlertSettings) -> Iterator[Finding]:
    """Find that little of what is released is left to be issued, what was sold and waits taken off."""
    left = supply.released_napu - supply.issued_napu - waiting_napu
    remedy = "Release more on the chain; the offers go on selling meanwhile."
    if left < limits.low_room_napu:
        words = f"{format_ndau(max(left, 0))} ndau are released and neither issued nor sold; expected {limits.low_room_ndau}"
        yield Finding(Rule.LOW_ROOM, "chain", Severity.WARNING, words, remedy)
    if left <= 0:
        words = (
            f"all that is released is issued or sold; {format_ndau(-left)} ndau are sold beyond it and cannot be issued"
        )
        yield Finding(
            Rule.NO_ROOM, "chain", Severity.CRITICAL, words, f"{remedy} `meic halt all --pull-offers` stops selling."
        )


def certificate(name: str, expires_at: datetime, limits: AlertSettings, now: datetime) -> Iterator[Finding]:
    """Find that a certificate ends soon, and again when it is due."""
    words = f"the certificate of {name} {_ends(expires_at, now)}"
    remedy = "Renew it where it is served, and restart what serves it; without it connections are refused."
    if expires_at - now < timedelta(days=limits.certificate_days):
        yield Finding(Rule.CERTIFICATE_EXPIRY, name, Severity.WARNING, words, remedy)
    if expires_at - now < timedelta(days=limits.due_days):
        yield Finding(Rule.CERTIFICATE_DUE, name, Severity.CRITICAL, words, remedy)


def keys(expiries: Mapping[str, date], limits: AlertSettings, now: datetime) -> Iterator[Finding]:
    """Find exchanges whose API key ends soon, and again when it is due; it is good until its day begins."""
    for exchange, day in expiries.items():
        left = day - now.date()
        words = f"our API key of {exchange} {'ended' if left <= timedelta() else 'ends'} on {day}"
        remedy = "Make a new one there, put it into its key file, restart the workers, and set key_expires to its day."
        if left < timedelta(days=limits.key_days):
            yield Finding(Rule.KEY_EXPIRY, exchange, Severity.WARNING, words, remedy)
        if left < timedelta(days=limits.due_days):
            yield Finding(Rule.KEY_DUE, exchange, Severity.CRITICAL, words, remedy)


def streams(down: Iterable[StreamTrouble], limits: AlertSettings, now: datetime) -> Iterator[Finding]:
    """Find streams that are down for too long; one that nobody watches is given as long."""
    for each in down:
        if each.since and now - each.since < timedelta(seconds=limits.stream_down_seconds):
            continue
        yield Finding(
            Rule.STREAM_DOWN,
            each.exchange,
            Severity.WARNING,
            each.words,
            f"It is polled all the same; see that `meic watch` runs, and what it says of {each.exchange}.",
            0.0 if each.since else limits.stream_down_seconds,
        )


def workers(words: str, limits: AlertSettings) -> Finding:
    """Tell that a queue is served by nobody, or the issuer's by two."""
    remedy = "Start what is missing, or stop what is too many: `meic doctor` says how it stands."
    return Finding(Rule.WORKERS_MISSING, "workers", Severity.CRITICAL, words, remedy, limits.workers_missing_seconds)


def broker_away(problem: str, limits: AlertSettings) -> Finding:
    """Tell that bells cannot ring."""
    words = f"the broker cannot be reached, so nothing is rung and nothing done: {problem}"
    remedy = "Start Valkey, Redis or RabbitMQ again; workers connect by themselves and lose nothing."
    return Finding(Rule.BROKER_AWAY, "broker", Severity.CRITICAL, words, remedy, limits.broker_away_seconds)


def ledger_away(problem: str, limits: AlertSettings) -> Finding:
    """Tell that nothing can be recorded."""
    words = f"the ledger cannot be used, so nothing is recorded, issued or published: {problem}"
    remedy = "Start the database again, or make room on its disk; all go on by themselves then: `meic doctor`."
    return Finding(Rule.LEDGER_AWAY, "ledger", Severity.CRITICAL, words, remedy, limits.ledger_away_seconds)


def chain_away(problem: str, limits: AlertSettings) -> Finding:
    """Tell that nothing can be issued."""
    words = f"the chain's node does not answer, so nothing is issued: {problem}"
    remedy = "See that the node runs, or set chain.url to another one; sales wait and are issued when it answers."
    return Finding(Rule.CHAIN_AWAY, "chain", Severity.CRITICAL, words, remedy, limits.chain_away_seconds)


def blind(what: str, problem: str) -> Finding:
    """Tell that something cannot be judged, so that no alert may mean nothing."""
    words = f"{what} cannot be judged: {problem}"
    return Finding(Rule.BLIND, what, Severity.CRITICAL, words, "See the log of `meic alerts watch` and `meic doctor`.")


def target_away(name: str, since: datetime, problem: str) -> Finding:
    """Tell the others that one target cannot be told."""
    words = f"{name} was told nothing since {moment(since)}: {problem}"
    return Finding(
        Rule.TARGET_AWAY, name, Severity.WARNING, words, f"`meic alerts test` tries {name} and says why not."
    )


def _ends(at: datetime, now: datetime) -> str:
    return f"{'ended' if at <= now else 'ends'} at {moment(at)}"
