"""The alerts of this process in memory, and which of them the ledger does not have as they are.

Memory is what is acted on, so that people are told of a ledger that is away; the ledger is what lasts.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import count

from app.domain.alerts import Alert, AlertKey, Finding, Told, alert_of


class Book:
    """The alerts that last, or of whose end somebody has not been told; each under a number of this process."""

    def __init__(self) -> None:
        self._alerts: dict[int, Alert] = {}
        self._stored: dict[int, Alert] = {}
        self._numbers = count(1)

    def lasting(self) -> frozenset[AlertKey]:
        """Return what the lasting ones are about."""
        return frozenset(alert.key for alert in self._alerts.values() if alert.is_lasting)

    def alerts(self) -> Iterator[tuple[int, Alert, bool]]:
        """Yield each with its number, oldest first, and whether the ledger has it as far as it was raised or is over."""
        for number, alert in list(self._alerts.items()):
            stored = self._stored.get(number)
            yield number, alert, stored is not None and stored.is_lasting is alert.is_lasting

    def raise_for(self, finding: Finding, since: datetime) -> Alert:
        """Add an alert about something that has been wrong since some time."""
        return self._add(alert_of(finding, since))

    def resolve(self, key: AlertKey, now: datetime) -> Alert:
        """End the lasting alert about something."""
        number = next(number for number, alert in self._alerts.items() if alert.is_lasting and alert.key == key)
        # A clock may have been set back meanwhile.
        self._alerts[number] = replace(self._alerts[number], resolved_at=max(now, self._alerts[number].raised_at))
        return self._alerts[number]

    def note_told(self, number: int, target: str, told: Told) -> None:
        """Note what a target knows by now; nothing is noted of an alert that is gone."""
        if alert := self._alerts.get(number):
            self._alerts[number] = replace(alert, told={**alert.told, target: told})

    def note_all_told(self, listeners: Callable[[Alert], Sequence[str]], now: datetime, has_given_up: datetime) -> None:
        """Note which alerts everybody knows of.

        Args:
            listeners: the names of the targets that are told of an alert.
            now: the time.
            has_given_up: of what was over before this time nobody is told any more.
        """
        for number, alert in self._alerts.items():
            known = [alert.told.get(name, Told()) for name in listeners(alert)]
            if alert.told_at is None and alert.is_lasting and known and all(told.lasting_at for told in known):
                self._alerts[number] = replace(alert, told_at=now)
            if alert.resolved_at is None or alert.resolution_told_at is not None:
                continue
            if all(told.over_at for told in known) or alert.resolved_at < has_given_up:
                self._alerts[number] = replace(alert, resolution_told_at=now)

    def changed(self) -> Mapping[int, Alert]:
        """Return those that the ledger does not have as they are."""
        return {number: alert for number, alert in self._alerts.items() if self._stored.get(number) != alert}

    def note_stored(self, stored: Mapping[int, Alert]) -> None:
        """Note what the ledger has by now; what has changed since it was sent stays changed."""
        for number, alert in stored.items():
            if current := self._alerts.get(number):
                self._stored[number] = alert
                self._alerts[number] = replace(current, id=alert.id, raised_at=alert.raised_at)

    def load(self, known: Sequence[Alert]) -> None:
        """Take over what the ledger has; what was raised here in the meantime goes on as the ledger's of its kind."""
        mine = {alert.key: number for number, alert in self._alerts.items() if alert.is_lasting and alert.id is None}
        for alert in known:
            number = mine.get(alert.key) if alert.is_lasting else None
            if number is None:
                self._add(alert)
                continue
            here = self._alerts[number]
            told = {**alert.told, **here.told}
            self._alerts[number] = replace(here, id=alert.id, raised_at=alert.raised_at, told=told)
        self._stored |= {number: alert for number, alert in self._alerts.items() if alert in known}

    def forget(self) -> None:
        """Forget everything: another process judges alerts."""
        self._alerts.clear()
        self._stored.clear()

    def forget_finished(self, *, needs_ledger: bool) -> None:
        """Forget those that everybody knows to be over; with `needs_ledger` only what the ledger knows to be so, too."""
        for number, alert in list(self._alerts.items()):
            if alert.resolution_told_at and (not needs_ledger or self._stored.get(number) == alert):
                del self._alerts[number]
                self._stored.pop(number, None)

    def _add(self, alert: Alert) -> Alert:
        self._alerts[next(self._numbers)] = alert
        return alert
