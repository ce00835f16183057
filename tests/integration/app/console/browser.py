"""A browser in few lines: calls an ASGI application in this process and keeps cookies as browsers do."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.cookies import Morsel, SimpleCookie
from typing import Any
from urllib.parse import quote, unquote, urlencode

from starlette.types import ASGIApp, Message


@dataclass(frozen=True)
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        found = [value for key, value in self.headers if key == name.lower()]
        return ", ".join(found) if found else None

    @property
    def set_cookies(self) -> dict[str, Morsel[str]]:
        """The cookies it sets, with their flags."""
        jar: SimpleCookie = SimpleCookie()
        for key, value in self.headers:
            if key == "set-cookie":
                jar.load(value)
        return dict(jar)


@dataclass
class Browser:
    """Follows no redirects: tests look at them.

    Attributes:
        says: headers that go with every request; the Origin that browsers send with forms is among them.
    """

    app: ASGIApp
    scheme: str = "http"
    host: str = "localhost:7370"
    address: str = "127.0.0.1"
    cookies: dict[str, str] = field(default_factory=dict)
    says: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, headers=headers)

    def post(self, path: str, form: Mapping[str, str | list[str]] | None = None, **headers: str) -> Answer:
        """Send a form as a browser does: with its own page's Origin, unless `origin` says otherwise."""
        body = urlencode(form or {}, doseq=True).encode()
        given = {"content-type": "application/x-www-form-urlencoded", "origin": f"{self.scheme}://{self.host}"}
        return self.ask("POST", path, headers=given | headers, body=body)

    def post_json(self, path: str, content: Any, **headers: str) -> Answer:
        given = {"content-type": "application/json"}
        return self.ask("POST", path, headers=given | headers, body=json.dumps(content).encode())

    def ask(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Answer:
        """Send a request; header names are written with "_" for "-"; an empty value leaves the header out."""
        given = {"host": self.host, "content-length": str(len(body))} | self.says | _named(headers or {})
        if self.cookies:
            given["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = asyncio.run(_call(self.app, self._scope(method, path, given), [body]))
        self._keep(answer.set_cookies.values())
        return answer

    def log_in(self, name: str, password: str, next_page: str = "/") -> Answer:
        return self.post("/login", {"name": name, "password": password, "next": next_page})

    def _scope(self, method: str, path: str, headers: Mapping[str, str]) -> dict[str, Any]:
        plain, _, query = path.partition("?")
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": self.scheme,
            "path": unquote(plain),
            "raw_path": quote(plain, safe="/%").encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items() if value],
            "client": (self.address, 50_000),
            "server": (self.host.partition(":")[0], 7370),
            "state": {},
        }

    def _keep(self, cookies: Iterable[Morsel[str]]) -> None:
        for cookie in cookies:
            if cookie["max-age"] == "0" or not cookie.value:
                self.cookies.pop(cookie.key, None)
            else:
                self.cookies[cookie.key] = cookie.value


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


async def _call(app: ASGIApp, scope: dict[str, Any], pieces: list[bytes]) -> Answer:
    sent: list[Message] = []
    waiting = list(pieces)
    is_over = asyncio.Event()

    async def receive() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}
        await is_over.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            is_over.set()

    await app(scope, receive, send)
    start = next(message for message in sent if message["type"] == "http.response.start")
    body = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]]
    return Answer(start["status"], headers, body)
