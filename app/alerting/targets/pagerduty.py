"""PagerDuty's Events API v2: https://developer.pagerduty.com/docs/events-api-v2-overview.

Not through Apprise: that fixes whether it triggers or resolves, and the key, in its URL, knows no other endpoint, and does
not tell why it failed.
"""

from app.alerting.messages import Kind, Message
from app.alerting.targets.posting import post_json
from app.settings.alerts import PagerDutySettings

_LONGEST_SUMMARY = 1024


class PagerDutyTarget:
    """One service; an incident is opened and closed under the alert's key, so that it is there once."""

    is_reminded = False
    """It has rules of its own for who is called again."""

    def __init__(self, settings: PagerDutySettings) -> None:
        self._url = settings.url
        self._routing_key = settings.routing_key.get_secret_value()

    def tell(self, message: Message) -> None:
        """Open or close an incident; raises what `post_json` does."""
        is_over = message.kind is Kind.RESOLVED
        body: dict[str, object] = {
            "routing_key": self._routing_key,
            "event_action": "resolve" if is_over else "trigger",
            "dedup_key": message.deduplication_key,
        }
        post_json(self._url, body if is_over else body | _trigger(message))


def _trigger(message: Message) -> dict[str, object]:
    alert = message.alert
    payload = {
        "summary": f"{message.title}: {message.lines[0]}"[:_LONGEST_SUMMARY],
        "source": message.instance,
        "severity": alert.severity,
        "timestamp": alert.raised_at.isoformat(),
        "component": alert.subject,
        "class": alert.rule,
        "custom_details": {"what to do": "\n".join(message.lines[1:])},
    }
    links = [{"href": message.link, "text": "console"}] if message.link else []
    return {"payload": payload, "client": "meic", "links": links}
