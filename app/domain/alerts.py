"""What people are woken for: which rules there are, what one found, and an alert from its beginning to its end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """How soon a person must look."""

    CRITICAL = "critical"
    WARNING = "warning"


class Rule(StrEnum):
    """What is looked at; the value is how settings, records and messages call it."""

    UNISSUED_SALE = "unissued_sale"
    UNSETTLED_ISSUANCE = "unsettled_issuance"
    PARKED_ISSUANCE = "parked_issuance"
    LATE_OFFERS = "late_offers"
    UNREAD_EXCHANGE = "unread_exchange"
    EXCHANGE_DOWN = "exchange_down"
    HALT = "halt"
    UNCLAIMED_SELL = "unclaimed_sell"
    DIFFERENCE = "difference"
    NOT_COMPARED = "not_compared"
    LOW_ROOM = "low_room"
    NO_ROOM = "no_room"
    CERTIFICATE_EXPIRY = "certificate_expiry"
    CERTIFICATE_DUE = "certificate_due"
    KEY_EXPIRY = "key_expiry"
    KEY_DUE = "key_due"
    LOST_LEASE = "lost_lease"
    WORKERS_MISSING = "workers_missing"
    BROKER_AWAY = "broker_away"
    LEDGER_AWAY = "ledger_away"
    CHAIN_AWAY = "chain_away"
    STREAM_DOWN = "stream_down"
    BLIND = "blind"
    TARGET_AWAY = "target_away"


class AlertKey(NamedTuple):
    """What there is at most one lasting alert of."""

    rule: str
    subject: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is as it should not be, at this moment.

    Attributes:
        subject: which one: an exchange, an issuance, a queue; at most 128 characters.
        words: what is wrong and where, one sentence.
        remedy: what to do about it, one sentence with the command.
        hold_seconds: for how long it must be so before anybody is told.
    """

    rule: Rule
    subject: str
    severity: Severity
    words: str
    remedy: str
    hold_seconds: float = 0.0

    @property
    def key(self) -> AlertKey:
        """What it is a finding about."""
        return AlertKey(self.rule, self.subject)


@dataclass(frozen=True, slots=True)
class Told:
    """What one target knows of an alert: when it was last told that it lasts, and that it is over; None for never."""

    lasting_at: datetime | None = None
    over_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that people are told of, from when it was raised until it is over and everybody knows.

    Attributes:
        id: the ledger's number; None until it is stored, which it cannot be while the ledger is away.
        rule: one of `Rule`, or one of another release.
        words: what is wrong, and on a second line what to do.
        raised_at: when it was first seen, which is some time before it was raised where it had to last.
        told_at: when the last target was first told; None before.
        resolved_at: None while it lasts.
        resolution_told_at: when the last target was told that it is over; None before.
        told: what each target knows, by its name in the settings.
    """

    rule: str
    subject: str
    severity: Severity
    words: str
    raised_at: datetime
    told_at: datetime | None = None
    resolved_at: datetime | None = None
    resolution_told_at: datetime | None = None
    told: Mapping[str, Told] = field(default_factory=dict)
    id: int | None = None

    @property
    def key(self) -> AlertKey:
        """What it is about."""
        return AlertKey(self.rule, self.subject)

    @property
    def is_lasting(self) -> bool:
        """Whether it is not over."""
        return self.resolved_at is None


def alert_of(finding: Finding, since: datetime) -> Alert:
    """Return the alert that a finding raises, which has been there since some time."""
    words = f"{finding.words}\n{finding.remedy}"
    return Alert(finding.rule, finding.subject, finding.severity, words, since)
