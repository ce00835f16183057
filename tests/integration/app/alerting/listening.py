"""Servers on this machine that note what they are told: webhooks by HTTP, mail by SMTP."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from app.local.home import free_ports


@dataclass
class Hook:
    """A webhook's host.

    Attributes:
        url: of the host, without a path.
        answers: (status, body) of the next requests; afterwards 200.
        posted: (path, body) of all requests, refused ones too.
        may_answer: cleared, it hangs.
    """

    url: str
    answers: list[tuple[int, str]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    posted: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    may_answer: threading.Event = field(default_factory=threading.Event)
    has_heard: threading.Event = field(default_factory=threading.Event)

    def bodies(self, path: str = "") -> list[dict[str, Any]]:
        """What was posted to a path that begins so."""
        return [body for where, body in self.posted if where.startswith(path)]


@contextmanager
def hook() -> Iterator[Hook]:
    """Serve a webhook's host."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            host.posted.append((self.path, body))
            self._answer()

        def do_GET(self) -> None:
            host.fetched.append(self.path)
            self._answer()

        def _answer(self) -> None:
            host.has_heard.set()
            host.may_answer.wait()
            status, text = host.answers.pop(0) if host.answers else (200, "ok")
            self.send_response(status)
            for name, value in host.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  as http.server calls it
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    host = Hook(f"http://127.0.0.1:{server.server_address[1]}")
    host.may_answer.set()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield host
    finally:
        host.may_answer.set()
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class MailServer:
    """A mail server.

    Attributes:
        answer: what it says to each mail; "250" takes it.
        refused: the addresses it takes no mail for.
    """

    port: int = 0
    answer: str = "250 taken"
    refused: frozenset[str] = frozenset()
    mails: list[EmailMessage] = field(default_factory=list)
    users: list[str] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802  as aiosmtpd calls it
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.answer.startswith("250"):
            text = cast("bytes", envelope.content)
            self.mails.append(message_from_bytes(text, policy=policy.default))
        return self.answer


@contextmanager
def mail_server(
    *, tls: ssl.SSLContext | None = None, is_wrapped: bool = False, password: str = ""
) -> Iterator[MailServer]:
    """Serve mail; with `tls` by STARTTLS, or wrapped from the first byte; with a password only to who knows it."""
    mail = MailServer()

    def authenticate(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
        if isinstance(data, LoginPassword) and data.password == password.encode():
            mail.users.append(data.login.decode())
            return AuthResult(success=True)
        return AuthResult(success=False, handled=False)

    options: dict[str, Any] = {}
    if password:
        options = {"authenticator": authenticate, "auth_required": True, "auth_require_tls": not is_wrapped}
    if tls is not None and not is_wrapped:
        options |= {"tls_context": tls, "require_starttls": True}
    mail.port = free_ports({"mail": 0})["mail"]
    controller = Controller(
        mail, "127.0.0.1", mail.port, ssl_context=tls if is_wrapped else None, ready_timeout=30, **options
    )
    controller.start()
    try:
        yield mail
    finally:
        controller.stop()
