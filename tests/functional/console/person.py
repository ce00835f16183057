"""Somebody who works with the console, by what is written on it."""

import re
import subprocess
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from app.settings.settings import Settings
from tests.functional.instance import MEIC, RunningInstance

CLAIMED_REASON = "sold by hand while the offers were down"


@dataclass(frozen=True, slots=True)
class Person:
    """One browser at a running instance."""

    page: Page
    address: str

    def goes_to(self, path: str) -> None:
        self.page.goto(f"{self.address}{path}")

    def logs_in(self, name: str, password: str) -> None:
        self.goes_to("/login")
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Log in").click()

    def is_live(self) -> None:
        expect(self.page.get_by_text("live", exact=True)).to_be_visible()

    def sees(self, words: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_text(words).first).to_be_visible()

    def sees_in(self, heading: str, words: str | re.Pattern[str]) -> None:
        expect(self.section(heading).get_by_text(words).first).to_be_visible()

    def section(self, heading: str) -> Locator:
        return self.page.get_by_role("region", name=heading)

    def confirms(self, button: str, reason: str) -> None:
        """Fill in the form of an action, without a mouse."""
        self.page.get_by_label("Reason").fill(reason)
        confirmation = self.page.get_by_role("checkbox")
        confirmation.focus()
        self.page.keyboard.press("Space")
        self.page.get_by_role("button", name=button, exact=True).focus()
        self.page.keyboard.press("Enter")


def address_of(settings: Settings) -> str:
    return f"http://127.0.0.1:{settings.console.port}"


def password_of(instance: RunningInstance) -> str:
    return (instance.home.keys / "console-password").read_text().strip()


def add_viewer(instance: RunningInstance, password: str) -> None:
    command = [MEIC, "users", "add", "watcher", "--role", "viewer"]
    added = subprocess.run(
        command,
        input=f"{password}\n",
        env={"MEIC_HOME": str(instance.home.folder), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert added.returncode == 0, added.stderr
