"""The console over an empty ledger, with a clock that is told the time and passwords that are quickly checked."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from starlette.datastructures import State

from app.access.control import AccessControl
from app.access.passwords import Passwords
from app.bootstrap import Coordinator
from app.celery import app as celery_app
from app.console.app import create_app
from app.console.wellbeing import needs
from app.domain.access import Role
from app.ndau.keys import PrivateKey
from app.settings.console import ConsoleSettings
from app.settings.exchanges import ExchangeSettings
from app.settings.settings import Settings
from app.store import migrate
from app.store.database import Database
from tests.integration.app.console.browser import Answer, Browser
from tests.integration.app.store.conftest import StoppedClock

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORDS = {role: f"a long passphrase of {role}" for role in Role}
NAMES = {Role.VIEWER: "vic", Role.OPERATOR: "bob", Role.ADMIN: "anna"}
PUBLIC_NAME = "console.example.com"


@dataclass
class Site:
    """The console as a person or a script meets it.

    Attributes:
        key: signs updates.
        bells: the tasks that were rung.
    """

    parts: Coordinator
    app: FastAPI
    clock: StoppedClock
    key: PrivateKey
    tokens: dict[Role, str]
    bells: list[str]

    def browser(self, role: Role | None = None) -> Browser:
        """A browser at this machine, logged in as somebody of this role, or as nobody."""
        browser = Browser(self.app)
        if role is not None:
            assert browser.log_in(NAMES[role], PASSWORDS[role]).status == 303
        return browser

    def script(self, role: Role) -> Browser:
        return Browser(self.app, says={"authorization": f"Bearer {self.tokens[role]}"})

    def send(self, browser: Browser, path: str, **fields: str) -> Answer:
        """Send a form of the session that the browser is in."""
        return browser.post(path, {"csrf_token": token_of(browser)} | fields)

    def kinds(self) -> list[str]:
        return [event.kind for event in reversed(self.parts.ledger.events.recent(1000))]


def token_of(browser: Browser) -> str:
    """The CSRF token, from a page."""
    page = browser.get("/account/password").text
    return page.partition('name="csrf_token" value="')[2].partition('"')[0]


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "ledger.sqlite3"
    database = Database(f"sqlite:///{path}")
    migrate.upgrade(database)
    database.close()
    return path


@pytest.fixture(scope="session")
def used_app(empty_ledger: Path) -> FastAPI:
    """One for all tests, each of which gives it its own parts: putting the routes together is most of a request's work."""
    parts = Coordinator(settings_in(empty_ledger.parent))
    app = create_app(parts)
    parts.close()
    return app


@pytest.fixture
def site(used_app: FastAPI, empty_ledger: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    shutil.copy(empty_ledger, tmp_path / "ledger.sqlite3")
    key, clock = PrivateKey.generate(), StoppedClock()
    parts = Coordinator(settings_in(tmp_path), clock)
    access = AccessControl(
        parts.ledger.database,
        clock,
        session_lifetime=timedelta(hours=12),
        session_idle=timedelta(minutes=30),
        update_keys=[key.public_key()],
        passwords=Passwords(QUICK),
    )
    parts._parts["access"] = access
    tokens = {}
    for role, name in NAMES.items():
        access.add_operator(name, role, PASSWORDS[role], by="test")
        tokens[role] = access.tokens.make(name, label="test", role=role, days=None, by=name).secret
    bells: list[str] = []
    monkeypatch.setattr(celery_app, "send_task", lambda task, *_, **__: bells.append(task))
    monkeypatch.setattr(used_app, "state", State({"parts": parts, "needs": needs(parts)}))
    yield Site(parts, used_app, clock, key, tokens, bells)
    parts.close()


def settings_in(folder: Path) -> Settings:
    exchange = ExchangeSettings(driver="bitmart", symbol="NDAU_USDT")
    return Settings(home=folder, console=ConsoleSettings(allowed_hosts=(PUBLIC_NAME,)), exchanges={"north": exchange})
