"""What operators do with the console, in a real browser at a running instance, at a desk and on the phone."""

import csv
import io
import os
import re
import signal
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from app.domain.fills import FillKind
from tests.functional.console.browser import (
    DESKTOP,
    PHONE,
    Device,
    chromium,
    opened,
    scrolls_sideways,
    serious_violations,
)
from tests.functional.console.person import CLAIMED_REASON, Person, add_viewer, address_of, password_of
from tests.functional.instance import RunningInstance, running, wait_until

pytestmark = pytest.mark.timeout(300)

VIEWER_PASSWORD = "only here to look at it"


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningInstance]:
    with running(tmp_path_factory.mktemp("console") / "home", "--no-buyers", "--block-seconds", "0.5") as instance:
        add_viewer(instance, VIEWER_PASSWORD)
        yield instance


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(params=[DESKTOP, PHONE], ids=lambda device: device.name)
def device(request: pytest.FixtureRequest) -> Device:
    device: Device = request.param
    return device


@pytest.fixture
def operator(instance: RunningInstance, browser: Browser, device: Device) -> Iterator[Person]:
    with opened(browser, device) as page:
        person = Person(page, address_of(instance.settings))
        person.logs_in("operator", password_of(instance))
        person.is_live()
        yield person


def newest_fill(instance: RunningInstance, kind: FillKind) -> tuple[str, str]:
    return next((exchange, fill.fill_id) for exchange, fill, each in instance.ledger.fills.recent(100) if each == kind)


def is_issued(instance: RunningInstance) -> bool:
    totals = instance.overview().totals
    return totals.sold_napu > 0 and totals.waiting_napu == 0


def test_a_sale_is_seen_as_it_flows_from_the_exchange_to_the_chain_and_the_other_exchanges(
    instance: RunningInstance, operator: Person, device: Device
) -> None:
    quantity = "12.34" if device is DESKTOP else "23.45"
    instance.buy("bitmart", quantity)
    # Nobody loads the page again: it tells by itself.
    operator.sees_in("Newest sales", quantity)
    operator.sees_in("Newest sales", "issued")
    operator.section("Newest sales").get_by_role("link").filter(has_not_text="bitmart").filter(
        has_not_text="All"
    ).first.click()
    operator.sees("Its story")
    for step in ("Recorded", "Issued"):
        expect(operator.section("Its story").get_by_text(step, exact=False).first).to_be_visible()
    issued = instance.ledger.issuances.recent(1)[0]
    operator.sees(issued.tx_hash)
    assert not scrolls_sideways(operator.page)
    assert serious_violations(operator.page) == []


def test_issuing_is_halted_and_resumed_and_what_waited_is_issued(
    instance: RunningInstance, operator: Person, device: Device
) -> None:
    operator.page.get_by_role("link", name="Halt", exact=True).click()
    operator.page.get_by_label("What", exact=True).select_option("issuing")
    operator.confirms("Halt", f"rehearsal on the {device.name}")
    operator.sees(f"rehearsal on the {device.name}")
    operator.goes_to("/")
    operator.sees("Halted: issuing")
    sold = instance.overview().totals.sold_napu
    instance.buy("bitmart", "5.55" if device is DESKTOP else "6.66")
    operator.sees_in("Newest sales", "waiting")
    wait_until(lambda: instance.overview().totals.sold_napu > sold, 20, "the sale is recorded")
    assert instance.overview().totals.waiting_napu > 0
    assert serious_violations(operator.page) == []

    operator.goes_to("/halts")
    operator.page.get_by_role("link", name=re.compile("^Resume issuing")).click()
    operator.confirms("Resume", "rehearsed")
    operator.sees("Nothing is halted")
    wait_until(lambda: is_issued(instance), 30, "what waited is issued")


def test_a_sell_by_hand_is_claimed_and_issued(instance: RunningInstance, operator: Person, device: Device) -> None:
    quantity = Decimal("3.5") if device is DESKTOP else Decimal("4.5")
    with instance.client("north", "issuer") as issuer, instance.client("north", "buyer-1") as buyer:
        price = issuer.depth().asks[0].price - Decimal("0.05")
        issuer.place("sell", price, quantity)
        buyer.place("buy", price, quantity)
    wait_until(lambda: instance.ledger.claims.unclaimed(10), 30, "the sell is recorded")
    operator.goes_to("/")
    operator.page.get_by_role("link", name="1", exact=True).first.click()
    operator.page.get_by_role("checkbox").first.check()
    operator.page.get_by_role("button", name="Claim the chosen").click()
    operator.confirms("Claim", CLAIMED_REASON)
    wait_until(lambda: not instance.ledger.claims.unclaimed(10) and is_issued(instance), 40, "the claimed is issued")
    exchange, fill_id = newest_fill(instance, FillKind.SALE)
    operator.goes_to(f"/sales/{exchange}/{fill_id}")
    operator.sees(CLAIMED_REASON)


def test_the_sales_are_downloaded_as_they_stand_in_the_ledger(instance: RunningInstance, operator: Person) -> None:
    operator.goes_to("/sales?kind=sale")
    with operator.page.expect_download() as waiting:
        operator.page.get_by_role("link", name="Download CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(waiting.value.path()).read_text(encoding="utf-8"), newline="")))
    sold = [fill for _, fill, kind in instance.ledger.fills.recent(1000) if kind == FillKind.SALE]
    assert len(rows) == len(sold) > 0
    column = next(name for name in rows[0] if name.startswith("quantity"))
    assert sum(Decimal(row[column]) for row in rows) == Decimal(sum(fill.quantity_napu for fill in sold)) / 10**8


def test_every_page_can_be_read_by_everybody(operator: Person) -> None:
    paths = ("/", "/sales", "/issuances", "/offers", "/exchanges", "/exchanges/bitmart", "/events", "/halts", "/alerts")
    for path in (*paths, "/people", "/actions/halt", "/actions/pull-offers"):
        operator.goes_to(path)
        expect(operator.page.get_by_role("heading", level=1)).to_be_visible()
        assert serious_violations(operator.page) == [], path
        assert not scrolls_sideways(operator.page), path


def test_a_viewer_is_offered_nothing_and_refused(instance: RunningInstance, browser: Browser, device: Device) -> None:
    with opened(browser, device) as page:
        viewer = Person(page, address_of(instance.settings))
        viewer.logs_in("watcher", VIEWER_PASSWORD)
        viewer.is_live()
        expect(page.get_by_role("link", name="Halt", exact=True)).to_have_count(0)
        answer = page.goto(f"{viewer.address}/actions/halt")
        assert answer is not None
        assert answer.status == 403
        viewer.sees(re.compile("viewer", re.IGNORECASE))
        token = page.locator('meta[name="csrf-token"]').get_attribute("content") or ""
        form: dict[str, str | float | bool] = {"what": "all", "why": "no", "confirmed": "yes", "csrf_token": token}
        refused = page.request.post(f"{viewer.address}/actions/halt", form=form, headers={"Origin": viewer.address})
        assert refused.status == 403
        assert instance.ledger.halts.active() == []
        page.get_by_role("button", name="Log out").click()
        page.goto(f"{viewer.address}/sales")
        expect(page).to_have_url(re.compile("/login"))


def test_whoever_loses_the_console_is_told_that_the_page_is_not_live_until_it_is_back(
    instance: RunningInstance, operator: Person
) -> None:
    before = instance.pid_of("console")
    assert before is not None
    os.kill(before, signal.SIGKILL)
    operator.sees(re.compile("not live"))
    wait_until(lambda: instance.pid_of("console") not in (None, before), 30, "the console is started again")
    operator.is_live()
