"""The HTTP door at which exchanges ring: `POST /webhooks/NAME`."""

import asyncio
from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from app.signing.notices import Notices
from app.signing.one_line import one_line
from app.signing.peers import Peer
from app.watching.bell import Pull
from app.watching.webhook_secret import WebhookSecret, nobodys_secret
from app.web import whole_body

LONGEST_BODY_BYTES = 64 * 1024
BODY_SECONDS = 10.0

_LONGEST_NAME = 64


class Webhooks:
    """Pulls an exchange's bell when somebody who knows its secret asks. What else a body says is ignored."""

    def __init__(self, secrets: Mapping[str, WebhookSecret], pulls: Mapping[str, Pull], notices: Notices) -> None:
        self._secrets = dict(secrets)
        self._pulls = dict(pulls)
        self._notices = notices
        self._nobodys = nobodys_secret()

    def app(self) -> Starlette:
        """Return the door as an ASGI application."""
        return Starlette(routes=[Route("/webhooks/{name}", self._rung, methods=["POST"])])

    async def _rung(self, request: Request) -> Response:
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await whole_body(request, LONGEST_BODY_BYTES)
        except TimeoutError:
            return PlainTextResponse(f"the body did not arrive within {BODY_SECONDS:g} s\n", 408)
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            return PlainTextResponse(f"the body is too long; expected at most {LONGEST_BODY_BYTES} bytes\n", 413)
        return self._judged(request, body)

    def _judged(self, request: Request, body: bytes) -> Response:
        name: str = request.path_params["name"]
        # A name that nobody has costs the same time as a wrong secret.
        is_known = self._secrets.get(name, self._nobodys).is_known_to(request.headers, body)
        if name not in self._secrets:
            self._notices.warn("webhook of no exchange", _peer(request), repr(name[:_LONGEST_NAME]))
            return PlainTextResponse("there is no webhook of that name\n", 404)
        if not is_known:
            self._notices.warn(
                "webhook refused", _peer(request), f"{name}: its secret or signature is wrong or missing"
            )
            return PlainTextResponse(
                "the secret or signature is wrong or missing; expected X-Webhook-Secret or X-Webhook-Signature\n", 401
            )
        self._pulls[name]()
        return Response(status_code=204)


def _peer(request: Request) -> Peer:
    client = request.client
    # A proxy's word may stand in it, and whatever somebody told the proxy.
    return Peer(one_line(client.host, _LONGEST_NAME), client.port) if client else Peer("unknown", 0)
