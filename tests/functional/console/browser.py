"""Debian's Chromium, as a person at a desk or with a phone in the hand has it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

MISSING = "Chromium is not installed; `apt install chromium` brings it"

_QUIET = (
    "--no-sandbox",  # as root, which CI is, it does not start with one; it sees nothing but our own pages
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_WAIT_MILLISECONDS = 20_000


@dataclass(frozen=True, slots=True)
class Device:
    """What the console is looked at with."""

    name: str
    width: int
    height: int
    is_phone: bool = False
    is_dark: bool = False


DESKTOP = Device("desktop", 1280, 900)
PHONE = Device("phone", 390, 844, is_phone=True, is_dark=True)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Give a browser."""
    program = shutil.which("chromium")
    assert program, MISSING
    expect.set_options(timeout=_WAIT_MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_QUIET)
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, device: Device) -> Iterator[Page]:
    """Give a page of somebody who was never here; what goes wrong in its scripts fails the test."""
    context = browser.new_context(
        viewport=ViewportSize(width=device.width, height=device.height),
        is_mobile=device.is_phone,
        has_touch=device.is_phone,
        color_scheme="dark" if device.is_dark else "light",
        accept_downloads=True,
    )
    context.set_default_timeout(_WAIT_MILLISECONDS)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if "Content Security Policy" in line.text else None)
    try:
        yield page
    finally:
        context.close()
    assert errors == []


def serious_violations(page: Page) -> list[str]:
    """Return what axe calls serious or critical on a page, and where."""
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {each['help']} at {', '.join(str(node['target']) for node in each['nodes'][:3])}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]


def scrolls_sideways(page: Page) -> bool:
    """Tell whether a page is wider than the screen."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"))


def shoot(page: Page, folder: Path, name: str) -> None:
    """Keep a picture of what is on the screen."""
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}.png")
