"""The waiting exchange, which also hangs for its whole time-out while its marker file is there, and notes when it was read."""

import os
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from app.domain.errors import ExchangeUnavailable
from app.domain.fills import FillPage
from benchmarks.drivers.waiting import CALL_SECONDS, WaitingOts
from exchanges.config import ExchangeConfig

TIMEOUT_SECONDS = 10.0


def build(config: ExchangeConfig) -> "HangingOts":
    """Return an exchange on which nobody trades."""
    market = config.market(default_tick="0.01", default_step="0.01")
    return HangingOts(config.name, market, folder=Path(os.environ["MEIC_HOME"]), call_seconds=CALL_SECONDS)


def hangs(folder: Path, name: str) -> Path:
    """Return the file whose presence makes an exchange hang."""
    return folder / f"{name}.hangs"


def read_at(folder: Path, name: str) -> Path:
    """Return the file whose time says when an exchange's fills were last read."""
    return folder / f"{name}.read"


class HangingOts(WaitingOts):
    """Implements `app.ports.exchanges.OrderTrackingSystem`."""

    def read_fills(self, position: str | None, since: datetime) -> Iterator[FillPage]:
        """Find nothing new."""
        pages = super().read_fills(position, since)
        read_at(self._file.parent, self.name).touch()
        return pages

    def _call(self) -> None:
        if hangs(self._file.parent, self.name).exists():
            threading.Event().wait(TIMEOUT_SECONDS)
            raise ExchangeUnavailable(f"no answer within {TIMEOUT_SECONDS:g} s")
        super()._call()
