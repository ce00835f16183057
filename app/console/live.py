"""Server-sent events: what of a page is old by now."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated, cast

from fastapi import APIRouter, Depends
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from app.console.changes import Changes, Listener
from app.console.failures import failure
from app.console.visiting import Visitor, is_still_welcome, may
from app.domain.access import Action
from app.domain.errors import Unavailable

if TYPE_CHECKING:
    from app.bootstrap import Coordinator

router = APIRouter(include_in_schema=False)

BEAT_SECONDS = 5.0
"""A page that has heard nothing for more than two of these says that it is not live."""

_STOP_LOOK_SECONDS = 1.0
_WELCOME_SECONDS = 15.0
_RETRY_AFTER = {"Retry-After": "15"}


@router.get("/live")
async def live(request: Request, visitor: Annotated[Visitor, Depends(may(Action.LOOK))], after: str = "0") -> Response:
    """Tell a page what changes, from the event after `after`, or after the last one it heard of, on."""
    changes = changes_of(request)
    known = _number(request.headers.get("last-event-id", "")) or _number(after)
    try:
        listener = changes.join(visitor.name, known)
    except Unavailable as error:
        return failure(request, 503, str(error), _RETRY_AFTER)
    return StreamingResponse(
        _told(request, changes, listener),
        media_type="text/event-stream",
        # A proxy that collects an answer before it passes it on would hold the news back.
        headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"},
    )


def changes_of(request: Request) -> Changes:
    """Return what all open pages of this process listen to."""
    state = request.app.state
    if not hasattr(state, "changes"):
        records = cast("Coordinator", state.parts).records
        state.changes = Changes(
            records.newest_event,
            lambda number, limit: [event.kind for event in records.events_after(number, limit)],
        )
    return cast("Changes", state.changes)


async def _told(request: Request, changes: Changes, listener: Listener) -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    checked_at = beat_at = loop.time()
    try:
        yield "retry: 1000\n\n"
        while changes.is_reading and not is_stopping(request):
            topics = await listener.topics(_STOP_LOOK_SECONDS)
            now = loop.time()
            if topics:
                beat_at = now
                yield _frame("changed", json.dumps({"topics": sorted(topics)}), listener.number)
            elif topics is not None or now - beat_at >= BEAT_SECONDS:
                beat_at = now
                yield _frame("alive" if changes.is_fresh else "unread", "", listener.number)
            if now - checked_at >= _WELCOME_SECONDS:
                checked_at = now
                if not await run_in_threadpool(is_still_welcome, request):
                    yield _frame("ended", "", listener.number)
                    return
    finally:
        changes.leave(listener)


def is_stopping(request: Request) -> bool:
    """Tell whether the process is about to end, which an open stream must not hold up."""
    server = getattr(request.app.state, "server", None)
    return bool(server is not None and server.should_exit)


def _frame(event: str, data: str, number: int) -> str:
    return f"id: {number}\nevent: {event}\ndata: {data}\n\n"


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0  # noqa: PLR2004  digits of 64 bits
