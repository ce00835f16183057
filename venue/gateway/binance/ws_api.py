"""The WebSocket API, `/ws-api/v3`: the calls of the API, and the streams about accounts."""

import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from venue.errors import Stopped
from venue.gateway.binance.access import Doorkeeper
from venue.gateway.binance.call import Call, Json
from venue.gateway.binance.connection import Connection
from venue.gateway.binance.errors import CallRefused, outcome_unknown
from venue.gateway.binance.limits import Limits
from venue.gateway.binance.parameters import Parameters, json_parameters, number
from venue.gateway.binance.rest import address_of
from venue.gateway.binance.signatures import payload_of_parameters
from venue.gateway.binance.user_streams import UserStreams
from venue.service import Venue

_WEIGHT_OF_CONNECTION = 2
_WEIGHT_OF_SUBSCRIPTION = 2
_MOST_SUBSCRIPTIONS = 100


class WebSocketApi:
    """Takes connections for the WebSocket API."""

    def __init__(
        self, venue: Venue, doorkeeper: Doorkeeper, limits: Limits, users: UserStreams, calls: Iterable[Call]
    ) -> None:
        self.venue = venue
        self.doorkeeper = doorkeeper
        self.limits = limits
        self.users = users
        self.calls = {call.method: call for call in calls if call.method is not None}

    def routes(self) -> list[WebSocketRoute]:
        """Return the WebSocket route."""
        return [WebSocketRoute("/ws-api/v3", self._serve)]

    async def _serve(self, websocket: WebSocket) -> None:
        address = address_of(websocket)
        try:
            self.limits.charge(address, _WEIGHT_OF_CONNECTION, self.venue.clock())
        except CallRefused:
            await websocket.close()
            return
        await websocket.accept()
        session = _Session(self, Connection(websocket), address)
        try:
            await session.connection.serve(session.handle)
        finally:
            session.end()


class _Session:
    """One connection."""

    def __init__(self, api: WebSocketApi, connection: Connection, address: str) -> None:
        self.connection = connection
        self._api = api
        self._address = address
        self._accounts: dict[int, str] = {}
        self._last_subscription = -1

    async def handle(self, text: str) -> None:
        """Answer a message."""
        number: Json = None
        try:
            message = _message(text)
            number = message.get("id")
            answer: dict[str, Json] = {"status": HTTPStatus.OK, "result": await self._result(message)}
        except CallRefused as error:
            answer = self._refusal(error)
        except Stopped:
            answer = self._refusal(outcome_unknown())
        self.connection.send(json.dumps({"id": number, **answer}))

    def end(self) -> None:
        """Tell it nothing more."""
        for subscription, account in self._accounts.items():
            self._api.users.remove(account, (self.connection, subscription))
        self._accounts.clear()

    async def _result(self, message: dict[str, Any]) -> Json:
        method = message.get("method")
        now = self._api.venue.clock()
        parameters = json_parameters(message.get("params"))
        caller = self._api.doorkeeper.caller(parameters.get("apiKey", ""), self._address)
        match method:
            case "userDataStream.subscribe.signature":
                self._api.limits.charge(caller, _WEIGHT_OF_SUBSCRIPTION, now)
                return self._subscribe(self._account(parameters))
            case "userDataStream.unsubscribe":
                self._api.limits.charge(self._address, _WEIGHT_OF_SUBSCRIPTION, now)
                return self._unsubscribe(number(parameters, "subscriptionId"))
        call = self._api.calls.get(method) if isinstance(method, str) else None
        if call is None:
            self._api.limits.charge(self._address, 1, now)
            raise CallRefused(-1000, "Method not found.", HTTPStatus.NOT_FOUND)
        self._api.limits.charge(caller, call.weight(parameters), now)
        return await self._call(call, parameters, now)

    async def _call(self, call: Call, parameters: Parameters, now: int) -> Json:
        account = "" if call.needs is None else self._account(parameters, call)
        if call.is_order:
            self._api.limits.charge_order(account, now)
        result = await call.handler(account, parameters)
        if call.reads:
            await self._api.venue.committed()
        return result

    def _account(self, parameters: Parameters, call: Call | None = None) -> str:
        return self._api.doorkeeper.account(
            parameters.get("apiKey", ""),
            parameters,
            lambda: payload_of_parameters(parameters),
            (call and call.needs) or "read",
        )

    def _subscribe(self, account: str) -> Json:
        if account in self._accounts.values():
            raise CallRefused(-1000, "Subscribed already.")
        if len(self._accounts) >= _MOST_SUBSCRIPTIONS:
            raise CallRefused(-1000, f"At most {_MOST_SUBSCRIPTIONS} subscriptions a connection.")
        self._last_subscription += 1
        self._accounts[self._last_subscription] = account
        self._api.users.add(account, (self.connection, self._last_subscription))
        return {"subscriptionId": self._last_subscription}

    def _unsubscribe(self, wanted: int | None) -> Json:
        for subscription in [wanted] if wanted is not None else list(self._accounts):
            account = self._accounts.pop(subscription, None)
            if account is None:
                raise CallRefused(-1000, "There is no such subscription.")
            self._api.users.remove(account, (self.connection, subscription))
        return {}

    def _refusal(self, error: CallRefused) -> dict[str, Json]:
        details: dict[str, Json] = {"code": error.code, "msg": error.message}
        if error.retry_after_seconds is not None:
            now = self._api.venue.clock()
            details["data"] = {"serverTime": now, "retryAfter": now + 1000 * error.retry_after_seconds}
        return {"status": error.status, "error": details}


def _message(text: str) -> dict[str, Any]:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CallRefused(-1000, "The message must be JSON.") from error
    if not isinstance(message, dict) or not isinstance(message.get("id"), int | str | None):
        raise CallRefused(-1000, "The message must be a JSON object whose id is a number or a text.")
    return message
