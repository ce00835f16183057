import smtplib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.alerting.messages import Kind, Message
from app.alerting.targets import email as email_module
from app.alerting.targets.email import EmailTarget
from app.domain.alerts import Alert, Rule, Severity
from app.domain.errors import AuthenticationFailed, Rejected, Unavailable
from app.local.home import free_ports
from app.settings.alerts import EmailSettings
from tests.integration.app.alerting.conftest import Certificate
from tests.integration.app.alerting.listening import Hook, mail_server

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ALERT = Alert(Rule.EXCHANGE_DOWN, "north", Severity.CRITICAL, "it is down: größer\nlook at it", AT)
RAISED = Message(Kind.RAISED, ALERT, AT, "meic")
REMINDED = Message(Kind.REMINDER, ALERT, AT + timedelta(hours=4), "meic")
OVER = Message(Kind.RESOLVED, replace(ALERT, resolved_at=AT + timedelta(minutes=5)), AT, "meic")


def target(port: int, ca_file: Path | None = None, **more: object) -> EmailTarget:
    given: dict[str, object] = {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "sender": "meic@example.com",
        "to": ("ada@example.com", "bob@example.com"),
    }
    return EmailTarget(EmailSettings.model_validate(given | more), ca_file)


def test_a_mail_goes_to_all_and_says_it_all() -> None:
    with mail_server() as server:
        target(server.port).tell(RAISED)
    (mail,) = server.mails
    assert mail["From"] == "meic@example.com"
    assert mail["To"] == "ada@example.com, bob@example.com"
    assert mail["Subject"] == "CRITICAL meic: exchange_down north"
    assert mail.get_content().splitlines() == [
        "it is down: größer",
        "",
        "Since 2026-01-02 03:04:05 UTC. What to do: look at it",
    ]
    assert mail["Auto-Submitted"] == "auto-generated"


def test_what_is_told_twice_has_one_id_and_all_of_one_alert_are_one_thread() -> None:
    with mail_server() as server:
        for message in (RAISED, RAISED, REMINDED, OVER):
            target(server.port).tell(message)
    first, again, reminded, over = server.mails
    assert first["Message-ID"] == again["Message-ID"] == reminded["In-Reply-To"] == over["In-Reply-To"]
    assert len({mail["Message-ID"] for mail in server.mails}) == 3


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # all of it is TLS where it is wrapped
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_user_and_password_go_over_tls_only(certificate: Certificate, security: str) -> None:
    with mail_server(tls=certificate.for_server(), is_wrapped=security == "tls", password="right") as server:
        ada = target(server.port, certificate.file, security=security, user="ada", password=SecretStr("right"))
        ada.tell(RAISED)
        assert (server.users, len(server.mails)) == (["ada"], 1)
        wrong = target(server.port, certificate.file, security=security, user="ada", password=SecretStr("WRONG"))
        with pytest.raises(AuthenticationFailed, match=r"does not accept user and password$"):
            wrong.tell(RAISED)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_server_whose_certificate_nobody_vouches_for_is_told_nothing(certificate: Certificate, security: str) -> None:
    with (
        mail_server(tls=certificate.for_server(), is_wrapped=security == "tls") as server,
        pytest.raises(Unavailable, match="certificate verify failed"),
    ):
        target(server.port, security=security).tell(RAISED)
    assert server.mails == []


def test_a_server_without_tls_is_told_nothing_where_tls_is_wanted() -> None:
    with mail_server() as server, pytest.raises(Unavailable, match="STARTTLS"):
        target(server.port, security="starttls").tell(RAISED)
    assert server.mails == []


@pytest.mark.parametrize(("answer", "error"), [("451 come again", Unavailable), ("554 no such thing here", Rejected)])
def test_a_mail_that_is_not_taken_is_told_in_the_servers_words(answer: str, error: type[Exception]) -> None:
    with mail_server() as server:
        server.answer = answer
        with pytest.raises(error, match=f"127.0.0.1 answered {answer[:3]}: {answer[4:]}"):
            target(server.port).tell(RAISED)


@pytest.mark.parametrize(
    ("refused", "sentence", "taken"),
    [
        (["ada@example.com", "bob@example.com"], "takes mail for none of ada@example.com, bob@example.com", 0),
        (["bob@example.com"], "takes no mail for bob@example.com; the others were sent it", 1),
    ],
)
def test_addresses_that_are_refused_are_named(refused: list[str], sentence: str, taken: int) -> None:
    with mail_server() as server:
        server.refused = frozenset(refused)
        with pytest.raises(Rejected, match=sentence):
            target(server.port).tell(RAISED)
    assert len(server.mails) == taken


def nobody_there(_host: Hook) -> int:
    return free_ports({"nobody": 0})["nobody"]


def one_that_says_nothing(host: Hook) -> int:
    return int(host.url.rpartition(":")[2])


@pytest.mark.parametrize("where", [nobody_there, one_that_says_nothing])
def test_a_server_that_does_not_answer_is_told_later(
    host: Hook, where: Callable[[Hook], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(email_module, "TIMEOUT_SECONDS", 0.2)
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1 cannot be told"):
        target(where(host)).tell(RAISED)


def test_no_header_can_be_smuggled_in() -> None:
    evil = replace(RAISED, alert=replace(ALERT, subject="north\r\nBcc: everybody@example.com"))
    with mail_server() as server:
        target(server.port).tell(evil)
    (mail,) = server.mails
    assert mail["Bcc"] is None
    assert smtplib.CRLF not in mail["Subject"]
