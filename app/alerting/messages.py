"""What a target is told, in words: what, where, since when, what to do, and where to look."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from app.alerting.wording import lasted, moment
from app.domain.alerts import Alert, Rule, Severity
from app.ndau.masking import masked
from app.signing.one_line import one_line

_LONGEST_TITLE = 150
_LONGEST_LINE = 1000


class Kind(StrEnum):
    """Why a target is told."""

    RAISED = "raised"
    REMINDER = "reminder"
    RESOLVED = "resolved"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to tell one target.

    Attributes:
        instance: the name of this instance, of `alerts.name`.
        console_url: the console's address, "" for none.
    """

    kind: Kind
    alert: Alert
    at: datetime
    instance: str
    console_url: str = ""

    @property
    def title(self) -> str:
        """Return the subject of a mail, the first line elsewhere."""
        alert = self.alert
        about = f"{alert.rule} {alert.subject}"
        words = {
            Kind.RAISED: f"{alert.severity.upper()} {self.instance}: {about}",
            Kind.REMINDER: f"STILL {alert.severity.upper()} {self.instance}: {about}",
            Kind.RESOLVED: f"RESOLVED {self.instance}: {about}",
            Kind.TEST: f"TEST {self.instance}: {alert.subject}",
        }[self.kind]
        return one_line(masked(words), _LONGEST_TITLE)

    @property
    def lines(self) -> tuple[str, ...]:
        """Return what stands below the title."""
        alert = self.alert
        what, _, remedy = alert.words.partition("\n")
        if self.kind is Kind.RESOLVED:
            end = alert.resolved_at or self.at
            words = [f"It lasted {lasted(end - alert.raised_at)}, until {moment(end)}. It was: {what}"]
        elif self.kind is Kind.TEST:
            words = [what]
        else:
            since = f"Since {moment(alert.raised_at)}"
            since += f", for {lasted(self.at - alert.raised_at)}" if self.kind is Kind.REMINDER else ""
            words = [what, f"{since}. What to do: {remedy}"]
        lines = [one_line(masked(line), _LONGEST_LINE) for line in words]
        return (*lines, self.link) if self.link else tuple(lines)

    @property
    def link(self) -> str:
        """Return where to look, "" when the settings do not name a console."""
        return self.console_url.rstrip("/") + _page(self.alert) if self.console_url else ""

    @property
    def deduplication_key(self) -> str:
        """Return what PagerDuty knows it by: the same however often it is told, and for its end; at most 255 characters."""
        return f"{self.instance}/{self.alert.rule}/{self.alert.subject}"[:255]

    @property
    def thread(self) -> str:
        """Return an id of this one alert, the same after a restart, for mail programs to put its messages together."""
        alert = self.alert
        text = f"{self.instance}/{alert.rule}/{alert.subject}/{alert.raised_at.isoformat()}"
        return sha256(text.encode()).hexdigest()[:32]


def alert_for_a_test(now: datetime) -> Alert:
    """Return what `meic alerts test` tells of."""
    words = "this is a test of alerts by `meic alerts test`; nothing is wrong."
    return Alert("test", "nothing is wrong", Severity.CRITICAL, words, now)


def _page(alert: Alert) -> str:
    if alert.rule in _PAGES_OF_EXCHANGES:
        return f"/exchanges/{alert.subject}"
    if alert.rule in _PAGES_OF_ISSUANCES:
        return f"/issuances/{alert.subject.removeprefix('issuance ')}"
    return _PAGES.get(alert.rule, "/alerts")


_PAGES_OF_EXCHANGES = {Rule.EXCHANGE_DOWN, Rule.LATE_OFFERS, Rule.UNREAD_EXCHANGE, Rule.STREAM_DOWN}
_PAGES_OF_ISSUANCES = {Rule.UNSETTLED_ISSUANCE, Rule.PARKED_ISSUANCE}
_PAGES: dict[str, str] = {
    Rule.HALT: "/halts",
    Rule.UNISSUED_SALE: "/sales?kind=sale&issued=no",
    Rule.UNCLAIMED_SELL: "/sales?kind=unclaimed",
    Rule.DIFFERENCE: "/events?kind=DifferencesFound",
    Rule.NOT_COMPARED: "/events?kind=Reconciled",
    Rule.LOST_LEASE: "/events?kind=LeaseLost",
}
