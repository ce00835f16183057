"""The API over HTTP."""

import json
from collections.abc import Awaitable, Callable, Iterable
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import Route

from venue.errors import Stopped
from venue.gateway.binance.access import Doorkeeper
from venue.gateway.binance.call import Call, Json
from venue.gateway.binance.errors import CallRefused, outcome_unknown
from venue.gateway.binance.limits import Limits
from venue.gateway.binance.parameters import form_parameters
from venue.gateway.binance.signatures import payload_of_request
from venue.service import Venue

_MOST_BODY_BYTES = 64 * 1024
_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


class Rest:
    """Answers requests."""

    def __init__(self, venue: Venue, doorkeeper: Doorkeeper, limits: Limits) -> None:
        self._venue = venue
        self._doorkeeper = doorkeeper
        self._limits = limits

    def routes(self, calls: Iterable[Call]) -> list[Route]:
        """Return the HTTP routes of calls."""
        return [Route(call.path, self._endpoint(call), methods=[call.verb]) for call in calls]

    def _endpoint(self, call: Call) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            headers: dict[str, str] = {}
            try:
                return _response(await self._answer(call, request, headers), HTTPStatus.OK, headers)
            except CallRefused as error:
                return refusal(error, headers)
            except Stopped:
                return refusal(outcome_unknown(), headers)

        return endpoint

    async def _answer(self, call: Call, request: Request, headers: dict[str, str]) -> Json:
        now, api_key = self._venue.clock(), request.headers.get("X-MBX-APIKEY", "")
        caller = self._doorkeeper.caller(api_key, address_of(request))
        query: bytes = request.scope["query_string"]
        body = await _body(request)
        try:
            parameters = form_parameters(query, body)
            weight = call.weight(parameters)
        except CallRefused:
            self._limits.charge(caller, 1, now)
            raise
        used = self._limits.charge(caller, weight, now)
        headers["X-MBX-USED-WEIGHT-1M"] = headers["X-MBX-USED-WEIGHT"] = str(used)
        account = ""
        if call.needs is not None:
            account = self._doorkeeper.account(
                api_key,
                parameters,
                lambda: payload_of_request(query, body),
                call.needs,
            )
        if call.is_order:
            in_10s, in_1d = self._limits.charge_order(account, now)
            headers["X-MBX-ORDER-COUNT-10S"], headers["X-MBX-ORDER-COUNT-1D"] = str(in_10s), str(in_1d)
        answer = await call.handler(account, parameters)
        if call.reads:
            await self._venue.committed()
        return answer


def address_of(connection: HTTPConnection) -> str:
    """Return the caller's address."""
    return connection.client.host if connection.client else "unknown"


def refusal(error: CallRefused, headers: dict[str, str]) -> Response:
    """Return the answer to a call that was refused."""
    if error.retry_after_seconds is not None:
        headers["Retry-After"] = str(error.retry_after_seconds)
    return _response({"code": error.code, "msg": error.message}, error.status, headers)


async def unexpected(request: Request, error: Exception) -> Response:
    """Return the answer to a request that no call takes, or whose call failed."""
    if isinstance(error, HTTPException):
        message = f"{request.method} {request.url.path}: {error.detail}"
        return _response({"code": -1000, "msg": message}, error.status_code, {})
    # Starlette still raises it after this answer, so the server's log has it.
    message = "An unknown error occurred while processing the request."
    return _response({"code": -1000, "msg": message}, HTTPStatus.INTERNAL_SERVER_ERROR, {})


def _response(value: Json, status: int, headers: dict[str, str]) -> Response:
    return Response(_encode(value), status, headers, "application/json")


async def _body(request: Request) -> bytes:
    if request.method == "GET":
        return b""
    content = b""
    async for chunk in request.stream():
        content += chunk
        if len(content) > _MOST_BODY_BYTES:
            raise CallRefused(-1101, "Too many parameters sent for this endpoint.", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return content
