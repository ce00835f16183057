"""Every target of the settings, ready to be told."""

import threading
from collections.abc import Iterator

from app.alerting.targets.email import EmailTarget
from app.alerting.targets.pagerduty import PagerDutyTarget
from app.alerting.targets.slack import SlackTarget
from app.alerting.telling import Target, Teller
from app.settings.settings import Settings


def tellers(settings: Settings, stopping: threading.Event) -> list[Teller]:
    """Return one for each target.

    Raises:
        InvalidInput: a target's settings are wrong.
    """
    targets = settings.alerts.targets()
    return [Teller(name, target, targets[name].at_least, stopping) for name, target in build_targets(settings)]


def build_targets(settings: Settings) -> Iterator[tuple[str, Target]]:
    """Yield each target under its name in the settings.

    Raises:
        InvalidInput: a target's settings are wrong.
    """
    alerts = settings.alerts
    for name, slack in alerts.slack.items():
        yield name, SlackTarget(slack)
    for name, email in alerts.email.items():
        yield name, EmailTarget(email, settings.path(email.ca_file) if email.ca_file else None)
    for name, pagerduty in alerts.pagerduty.items():
        yield name, PagerDutyTarget(pagerduty)
    if alerts.apprise:
        from app.alerting.targets.elsewhere import AppriseTarget  # noqa: PLC0415  a large library, seldom needed

        for name, elsewhere in alerts.apprise.items():
            yield name, AppriseTarget(name, elsewhere)
