"""Services that are not what they should be, but can shake hands."""

import json
from base64 import b64decode, b64encode
from typing import Any

from websockets.sync.server import ServerConnection

from app.ndau.keys import PrivateKey

SERVICE_NONCE = bytes(32)


def hello_of(parties: Any) -> str:
    nonce = b64encode(SERVICE_NONCE).decode()
    return json.dumps({"type": "hello", "nonce": nonce, "service_key": str(parties.service_key.public_key())})


def greet(connection: ServerConnection, parties: Any, *, signer: PrivateKey | None = None) -> None:
    connection.send(hello_of(parties))
    auth = json.loads(connection.recv())
    message = b"meic-sign.v1 service" + b64decode(auth["nonce"]) + SERVICE_NONCE
    signature = (signer or parties.service_key).sign(message)
    connection.send(json.dumps({"type": "ready", "signature": str(signature), "keys": list(parties.ndau_texts)}))
