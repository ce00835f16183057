"""Mail by SMTP.

Not through Apprise: it tells only that a mail failed, and not why.
"""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from app.alerting.messages import Kind, Message
from app.alerting.targets.posting import TIMEOUT_SECONDS
from app.domain.errors import AuthenticationFailed, Rejected, Unavailable
from app.settings.alerts import EmailSettings
from app.signing.one_line import one_line

_LONGEST_ANSWER = 300
_FIRST_REFUSAL = 500


class EmailTarget:
    """One mail server and those who get mail from it."""

    is_reminded = True

    def __init__(self, settings: EmailSettings, ca_file: Path | None) -> None:
        self._settings = settings
        self._ca_file = ca_file

    def tell(self, message: Message) -> None:
        """Send a mail to all addresses; told twice it has the same Message-ID.

        Raises:
            Unavailable: the server cannot be reached, or not now; it may be sent again.
            Rejected: it does not take this mail, or not for any of the addresses, or does not know us.
        """
        mail = self._mail(message)
        try:
            with self._connected() as server:
                if self._settings.user:
                    server.login(self._settings.user, self._settings.password.get_secret_value())
                refused = server.send_message(mail)
        except smtplib.SMTPAuthenticationError as error:
            raise AuthenticationFailed(f"{self._settings.host} does not accept user and password") from error
        except smtplib.SMTPRecipientsRefused as error:
            raise Rejected(f"{self._settings.host} takes mail for none of {', '.join(error.recipients)}") from error
        except smtplib.SMTPResponseException as error:
            raise _by_status(self._settings.host, error) from error
        except (smtplib.SMTPException, ssl.SSLError, OSError) as error:
            raise Unavailable(
                f"{self._settings.host} cannot be told: {one_line(str(error), _LONGEST_ANSWER)}"
            ) from error
        if refused:
            raise Rejected(f"{self._settings.host} takes no mail for {', '.join(refused)}; the others were sent it")

    def _connected(self) -> smtplib.SMTP:
        settings = self._settings
        if settings.security == "none":
            return smtplib.SMTP(settings.host, settings.port, timeout=TIMEOUT_SECONDS)
        context = ssl.create_default_context(cafile=self._ca_file)
        if settings.security == "tls":
            return smtplib.SMTP_SSL(settings.host, settings.port, timeout=TIMEOUT_SECONDS, context=context)
        server = smtplib.SMTP(settings.host, settings.port, timeout=TIMEOUT_SECONDS)
        try:
            server.starttls(context=context)
        except BaseException:
            server.close()
            raise
        return server

    def _mail(self, message: Message) -> EmailMessage:
        mail, domain = EmailMessage(), self._settings.sender.rpartition("@")[2]
        mail["From"], mail["To"] = self._settings.sender, ", ".join(self._settings.to)
        mail["Subject"], mail["Date"] = message.title, format_datetime(message.at)
        first = f"<{message.thread}.raised@{domain}>"
        if message.kind is Kind.RAISED:
            mail["Message-ID"] = first
        else:
            stamp = f"-{message.at:%Y%m%d%H%M%S}" if message.kind is Kind.REMINDER else ""
            mail["Message-ID"] = f"<{message.thread}.{message.kind}{stamp}@{domain}>"
            mail["In-Reply-To"] = mail["References"] = first
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence is answered
        mail.set_content("\n\n".join(message.lines) + "\n")
        return mail


def _by_status(host: str, error: smtplib.SMTPResponseException) -> Rejected | Unavailable:
    answer = error.smtp_error.decode(errors="replace") if isinstance(error.smtp_error, bytes) else str(error.smtp_error)
    words = f"{host} answered {error.smtp_code}: {one_line(answer, _LONGEST_ANSWER)}"
    return Rejected(words) if error.smtp_code >= _FIRST_REFUSAL else Unavailable(words)
