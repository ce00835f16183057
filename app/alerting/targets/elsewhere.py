"""Every other place, through Apprise: https://github.com/caronc/apprise/wiki. Only who tells imports it: it is large."""

import logging
import re
import warnings
from urllib.parse import unquote, urlsplit

import apprise

from app.alerting.messages import Kind, Message
from app.domain.alerts import Severity
from app.domain.errors import InvalidInput, Unavailable
from app.settings.alerts import AppriseSettings
from app.signing.loopback import is_loopback
from app.signing.one_line import one_line

_TIMEOUT_SECONDS = 30.0
_LONGEST_REASON = 300
_SHORTEST_SECRET = 3


def silence() -> None:
    """Keep Apprise's own lines out of the log: they repeat URLs, and with them passwords and tokens."""
    logger = logging.getLogger("apprise")
    logger.propagate = False
    logger.handlers = [logging.NullHandler()]


class AppriseTarget:
    """One place, by its Apprise URL."""

    is_reminded = True

    def __init__(self, name: str, settings: AppriseSettings) -> None:
        """Prepare it.

        Raises:
            InvalidInput: Apprise does not know such a URL, or it would tell in clear text over the network.
        """
        silence()
        self._name = name
        url = settings.url.get_secret_value()
        with warnings.catch_warnings():
            # The first time it imports all its plugins, and some of them what Python no longer likes.
            warnings.simplefilter("ignore", DeprecationWarning)
            plugin = apprise.Apprise.instantiate(url)
        if plugin is None:
            raise InvalidInput(
                f"alerts.apprise.{name}.url is none that Apprise knows; expected one of https://github.com/caronc/apprise/wiki"
            )
        if _is_in_clear(plugin, url):
            raise InvalidInput(
                f"alerts.apprise.{name}.url tells in clear text; expected the scheme that uses TLS, often one with an s at its end"
            )
        self._secrets = _pieces(url)
        self._apprise = apprise.Apprise(asset=apprise.AppriseAsset(app_id="meic"))
        self._apprise.add(plugin)

    def tell(self, message: Message) -> None:
        """Send a message.

        Raises:
            Unavailable: it could not be sent, or not to all; Apprise does not say whether it may ever be.
        """
        result = self._apprise.notify(
            "\n".join(message.lines), message.title, notify_type=_type_of(message), timeout=_TIMEOUT_SECONDS
        )
        if not result:
            said = " ".join(entry.message for entry in result.logs()) or "Apprise does not say why"
            raise Unavailable(f"{self._name} was not told: {one_line(self._masked(said), _LONGEST_REASON)}")

    def _masked(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


def _type_of(message: Message) -> apprise.NotifyType:
    if message.kind is Kind.RESOLVED:
        return apprise.NotifyType.SUCCESS
    if message.kind is Kind.TEST:
        return apprise.NotifyType.INFO
    is_critical = message.alert.severity is Severity.CRITICAL
    return apprise.NotifyType.FAILURE if is_critical else apprise.NotifyType.WARNING


def _is_in_clear(plugin: apprise.NotifyBase, url: str) -> bool:
    """Tell whether there is a scheme with TLS and this one is without, for another machine."""
    parts = urlsplit(url)
    plain, secured = _listed(plugin.protocol), _listed(plugin.secure_protocol)
    return bool(secured) and parts.scheme in set(plain) - set(secured) and not is_loopback(parts.hostname or "")


def _listed(schemes: object) -> tuple[str, ...]:
    if isinstance(schemes, str):
        return (schemes,)
    return tuple(str(each) for each in schemes) if isinstance(schemes, tuple | list | set | frozenset) else ()


def _pieces(url: str) -> tuple[str, ...]:
    """Return everything in a URL that may be a secret, longest first: any part may be, by service."""
    rest = url.partition("://")[2]
    pieces = {piece for piece in re.split(r"[/:@?&=,;+#]", rest) if len(piece) >= _SHORTEST_SECRET}
    return tuple(sorted(pieces | {unquote(piece) for piece in pieces} | {rest}, key=len, reverse=True))
