"""Rings an exchange's poll, whether or not the broker is there."""

import logging

from app.celery import app

log = logging.getLogger(__name__)

POLL_EXCHANGE = "tasks.polling.poll_exchange"

_EXPIRES_SECONDS = 30.0
"""By then beat has rung more than once."""


class PollRing:
    """Sends polls; says once that the broker is away and once that it is back. Safe for threads."""

    def __init__(self) -> None:
        self._is_heard = True

    def __call__(self, name: str) -> bool:
        """Have an exchange polled; return whether the broker took it. It may block for as long as the broker hangs."""
        try:
            app.send_task(POLL_EXCHANGE, [name], ignore_result=True, expires=_EXPIRES_SECONDS)
        except Exception as error:  # noqa: BLE001  whatever a transport raises, the streams are read on
            if self._is_heard:
                log.warning("%s cannot be rung (%s); beat follows when the broker is back", POLL_EXCHANGE, error)
            self._is_heard = False
            return False
        if not self._is_heard:
            log.info("the broker is back")
        self._is_heard = True
        return True
