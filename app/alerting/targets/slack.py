"""Webhooks that take Slack's {"text": ...}.

Not through Apprise: its slack:// knows Slack's own host alone, and its json:// sends fields of its own.
"""

from app.alerting.messages import Message
from app.alerting.targets.posting import post_json
from app.settings.alerts import SlackSettings


class SlackTarget:
    """One webhook."""

    is_reminded = True

    def __init__(self, settings: SlackSettings) -> None:
        self._url = settings.url.get_secret_value()

    def tell(self, message: Message) -> None:
        """Send a message; raises what `post_json` does."""
        title, *lines = (_escaped(text) for text in (message.title, *message.lines))
        post_json(self._url, {"text": "\n".join([f"*{title}*", *lines])})


def _escaped(text: str) -> str:
    # https://docs.slack.dev/messaging/formatting-message-text: else an exchange's words could call @channel.
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
