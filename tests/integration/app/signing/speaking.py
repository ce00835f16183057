"""The protocol by hand, to say what no client of ours would say."""

import json
import secrets
import uuid
from base64 import b64decode, b64encode
from typing import Any

from websocket import ABNF, WebSocket

from app.ndau.keys import PrivateKey


def auth_of(hello: dict[str, Any], client_key: PrivateKey) -> dict[str, Any]:
    nonce = secrets.token_bytes(32)
    signature = client_key.sign(b"meic-sign.v1 client" + b64decode(hello["nonce"]) + nonce)
    return {
        "type": "auth",
        "client_key": str(client_key.public_key()),
        "nonce": b64encode(nonce).decode(),
        "signature": str(signature),
    }


def shake_hands(socket: WebSocket, client_key: PrivateKey) -> dict[str, Any]:
    socket.send(json.dumps(auth_of(json.loads(socket.recv()), client_key)))
    ready: dict[str, Any] = json.loads(socket.recv())
    return ready


def sign_request(keys: tuple[str, ...], *, qty: int = 5, sequence: int = 5) -> dict[str, Any]:
    tx = {"qty": qty, "sequence": sequence}
    return {"type": "sign", "id": str(uuid.uuid4()), "tx_type": "Issue", "tx": tx, "keys": list(keys)}


def recall_request(after: object) -> dict[str, Any]:
    return {"type": "recall", "id": str(uuid.uuid4()), "after": after}


def ask(socket: WebSocket, request: dict[str, Any]) -> dict[str, Any]:
    socket.send(json.dumps(request))
    answer: dict[str, Any] = json.loads(socket.recv())
    return answer


def close_code(socket: WebSocket) -> int:
    opcode, data = socket.recv_data()
    assert opcode == ABNF.OPCODE_CLOSE, data
    return int.from_bytes(data[:2])
