"""A console over a ledger that is there, with a broker of its own, and somebody who is logged in."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from app.access.control import AccessControl
from app.domain.access import Role
from app.local.completing import complete_home
from app.local.home import ensure_home
from app.local.processes import local_processes
from benchmarks.instance import settings_of
from benchmarks.parts.million import EXCHANGES
from benchmarks.processes import running, wait_until

NAME, PASSWORD = "operator", "measured by the clock"

_TIMEOUT_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Visit:
    """An open session, over one connection that is kept."""

    address: str
    session: requests.Session

    def read(self, path: str) -> int:
        """Load a page to its end; return how many bytes it has."""
        answer = self.session.get(f"{self.address}{path}", timeout=_TIMEOUT_SECONDS)
        answer.raise_for_status()
        return len(answer.content)


@contextmanager
def running_console(folder: Path, ledger_url: str, access: AccessControl) -> Iterator[Visit]:
    """Run a broker and `meic console` on a ledger, with an account that only this measurement knows."""
    access.add_operator(NAME, Role.OPERATOR, PASSWORD, by="benchmark")
    home = ensure_home(folder, block_seconds=1, buyer_seconds=1)
    complete_home(home)
    text = re.sub(r"(?s)\[exchanges\..*?(?=\n\[local\])", _exchanges(), home.settings.read_text())
    home.settings.write_text(text)
    settings = settings_of(home.folder)
    environment = {"MEIC_HOME": str(home.folder), "MEIC_LEDGER__URL": ledger_url}
    with ExitStack() as stack:
        for process in local_processes(home, settings, with_buyers=False):
            if process.name in ("broker", "console"):
                log = home.logs / f"{process.name}.log"
                stack.enter_context(running(process.command, log, environment | process.environment))
        address = f"http://127.0.0.1:{settings.console.port}"
        session = stack.enter_context(closing(requests.Session()))
        wait_until(lambda: _is_ready(session, address), what=f"the console; see {home.logs}")
        log_in(session, address, NAME, PASSWORD)
        yield Visit(address, session)


def log_in(session: requests.Session, address: str, name: str, password: str) -> None:
    """Log in as a browser does; its cookie stays in the session."""
    form = {"name": name, "password": password, "next": "/"}
    answer = session.post(f"{address}/login", data=form, headers={"Origin": address}, timeout=_TIMEOUT_SECONDS)
    answer.raise_for_status()


def _is_ready(session: requests.Session, address: str) -> bool:
    try:
        return session.get(f"{address}/ready", timeout=_TIMEOUT_SECONDS).ok
    except requests.ConnectionError:
        return False


def _exchanges() -> str:
    return "".join(f'[exchanges.{name}]\ndriver = "bitmart"\nsymbol = "NDAU_USDT"\n\n' for name in EXCHANGES)
