"""What nobody foresaw: it is logged, and whoever asked gets one sentence and an id to find it by."""

import logging

from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.console.problems import FOR_SCRIPTS, problem
from app.telemetry.correlation import correlated

log = logging.getLogger(__name__)


class LastResort:
    """Has each request worked on under an id of its own, and answers what fails where no answer has begun."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def noted(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        with correlated() as reference:
            try:
                await self._app(scope, receive, noted)
            except Exception:
                log.exception("%s %s failed (reference %s)", scope["method"], scope["path"], reference)
                if not has_begun:
                    await _answer(scope["path"], reference)(scope, receive, send)


def _answer(path: str, reference: str) -> ASGIApp:
    words = f"something went wrong here; the log tells what, at reference {reference}"
    if path.startswith(FOR_SCRIPTS):
        return problem(500, words)
    # Without a template: that may be what failed.
    return HTMLResponse(f'<!doctype html><html lang="en"><title>{words}</title><main>{words}</main></html>', 500)
