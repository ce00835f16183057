"""How soon a person sees a fact on the overview, in a real browser."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

import requests
from playwright.sync_api import Page, sync_playwright

from benchmarks.console_process import log_in
from benchmarks.figures import Figure, Part, milliseconds, percentile
from benchmarks.instance import RunningInstance
from benchmarks.processes import BenchmarkFailed

_WANTED_SECONDS = 1.0
_CAPTION = (
    "From the commit of an event to the moment at which it stands on the overview in Chromium, {times} times, at odd moments;"
    " all processes of an instance run beside it. Yardstick: until the server's word that something changed reaches a bare client."
)
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_LOOK = """subject => new Promise(seen => {
  const look = () => document.getElementById("live-part")?.textContent.includes(subject) && (watch.disconnect(), seen(Date.now() / 1000));
  const watch = new MutationObserver(look);
  watch.observe(document.body, {subtree: true, childList: true, characterData: true});
  look();
})"""


def measure(instance: RunningInstance, *, quick: bool) -> Part:
    """Measure on a running instance."""
    times = 10 if quick else 40
    address = f"http://127.0.0.1:{instance.settings.console.port}"
    password = (instance.home.keys / "console-password").read_text().strip()
    with _overview(address, password) as page:
        seen = [_seen_after(instance, page, number) for number in range(times)]
    with requests.Session() as session:
        log_in(session, address, "operator", password)
        told = list(_told_after(instance, session, address, times))
    p95 = percentile(seen, 95)
    figure = Figure(
        "an event is on the overview",
        f"{milliseconds(p95)} p95, {milliseconds(percentile(seen, 50))} p50, {milliseconds(max(seen))} at most",
        f"< {milliseconds(_WANTED_SECONDS)}",
        f"{milliseconds(percentile(told, 95))} p95, {milliseconds(percentile(told, 50))} p50",
        max(seen) < _WANTED_SECONDS,
    )
    return Part("From the fact to the browser", _CAPTION.format(times=times), [figure])


@contextmanager
def _overview(address: str, password: str) -> Iterator[Page]:
    program = shutil.which("chromium")
    if program is None:
        raise BenchmarkFailed("Chromium is not installed; `apt install chromium` brings it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_QUIET)
        page = browser.new_page()
        page.goto(f"{address}/login")
        page.get_by_label("Name").fill("operator")
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Log in").click()
        page.get_by_text("live", exact=True).wait_for()
        yield page
        browser.close()


def _seen_after(instance: RunningInstance, page: Page, number: int) -> float:
    page.wait_for_timeout(700 + 137 * (number % 10))  # the page rests between two facts, as with a sale now and then
    subject = f"seen-{number}"
    happened = _note(instance, subject)
    return float(page.evaluate(_LOOK, subject)) - happened


def _told_after(instance: RunningInstance, session: requests.Session, address: str, times: int) -> Iterator[float]:
    with session.get(f"{address}/live", stream=True, timeout=20) as answer:
        answer.raise_for_status()
        lines = answer.iter_lines(chunk_size=1, decode_unicode=True)
        for number in range(times):
            happened = _note(instance, f"told-{number}")
            newest = instance.ledger.events.recent(1)[0].number
            while not any(_number(line) >= newest for line in islice(lines, 1)):
                continue
            yield time.time() - happened


def _note(instance: RunningInstance, subject: str) -> float:
    instance.ledger.events.append("Measured", subject, {"why": "a benchmark"})
    return time.time()


def _number(line: str) -> int:
    return int(line.removeprefix("id:")) if line.startswith("id:") else 0
