"""Bitmart's v2 API over HTTP, as its reference describes it.

Where the reference leaves a choice: orders and trades come newest first; the page number that is asked for comes back
as `current_page`; a trade's id is unique for the fill and the order, so an account that trades with itself sees two.
Statuses: 400 for a malformed or refused call and a clock that is off, 401 for a missing, unknown or expired token and
for a wrong signature, 404 for what does not exist or is another account's, 429 with Retry-After, 503 when the venue is
stopped (the outcome of an order call is then unknown).
"""

from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from venue.errors import NotFound, Refused, Stopped
from venue.gateway.bitmart.answers import answer
from venue.gateway.bitmart.calls import Doorkeeper
from venue.gateway.bitmart.errors import CallRefused
from venue.gateway.bitmart.private import PrivateCalls
from venue.gateway.bitmart.public import PublicCalls
from venue.gateway.bitmart.tokens import TokenOffice
from venue.gateway.rate_limit import RateLimit
from venue.service import Venue


def bitmart_app(venue: Venue) -> Starlette:
    """Return the gateway of a venue as an ASGI application."""
    limits = venue.config.limits
    tokens = TokenOffice(venue.config.accounts, RateLimit(limits.authentications_per_minute))
    doorkeeper = Doorkeeper(tokens, RateLimit(limits.requests_per_minute), venue.clock)
    return Starlette(
        routes=[*PrivateCalls(venue, tokens, doorkeeper).routes(), *PublicCalls(venue, doorkeeper).routes()],
        exception_handlers=dict.fromkeys((CallRefused, HTTPException, Refused, Stopped, Exception), _refusal),
    )


async def _refusal(request: Request, error: Exception) -> Response:
    match error:
        case CallRefused():
            return answer({"message": error.message}, error.status, error.headers)
        case HTTPException():
            message = f"{request.method} {request.url.path}: {error.detail}"
            return answer({"message": message}, error.status_code, error.headers)
        case NotFound():
            return answer({"message": str(error)}, HTTPStatus.NOT_FOUND)
        case Refused():
            return answer({"message": str(error)}, HTTPStatus.BAD_REQUEST)
        case Stopped():
            return answer({"message": str(error)}, HTTPStatus.SERVICE_UNAVAILABLE)
        case _:
            # Starlette still raises it after this answer, so the server's log has it.
            return answer({"message": "internal error"}, HTTPStatus.INTERNAL_SERVER_ERROR)
