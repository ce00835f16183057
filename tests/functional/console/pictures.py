"""Take the pictures of the docs, of a running instance: python -m tests.functional.console.pictures docs/pictures"""

import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser

from app.domain.fills import FillKind
from tests.functional.console.browser import DESKTOP, PHONE, Device, chromium, opened, shoot
from tests.functional.console.person import Person, address_of, password_of
from tests.functional.instance import MEIC, RunningInstance, running, wait_until

_SALES = 60


def main(folder: Path) -> None:
    """Run an instance until there is something to see, and look at it from a desk and on a phone."""
    with (
        tempfile.TemporaryDirectory(prefix="meic-pictures-") as home,
        running(Path(home) / "home", "--buyer-seconds", "0.7") as instance,
    ):
        wait_until(lambda: instance.issued_sales() >= _SALES, 180, "there is something to see")
        with chromium() as browser:
            for device in (DESKTOP, PHONE):
                _take(browser, device, instance, folder)


def _take(browser: Browser, device: Device, instance: RunningInstance, folder: Path) -> None:
    exchange, fill, _ = next(row for row in instance.ledger.fills.recent(100)[20:] if row[2] == FillKind.SALE)
    paths = {
        "overview": "/",
        "sale": f"/sales/{exchange}/{fill.fill_id}",
        "exchange": "/exchanges/north",
        "halt": "/actions/halt",
    }
    with opened(browser, device) as page:
        person = Person(page, address_of(instance.settings))
        person.logs_in("operator", password_of(instance))
        person.is_live()
        for name, path in paths.items():
            person.goes_to(path)
            page.wait_for_timeout(1500)
            shoot(page, folder, f"{name}-{device.name}")
        if device is DESKTOP:
            environment = {"MEIC_HOME": str(instance.home.folder), "PATH": "/usr/bin:/bin"}
            subprocess.run(
                [MEIC, "halt", "issuing", "--why", "the node is being upgraded"], env=environment, check=True
            )
            person.goes_to("/")
            page.wait_for_timeout(3000)
            shoot(page, folder, f"halted-{device.name}")
            subprocess.run([MEIC, "resume", "issuing", "--why", "it is back"], env=environment, check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
