"""Ask a process of this host how it is. It imports little: a health check starts it every few seconds."""

import http.client
import json
import sys

from app.domain.errors import InvalidInput, Unavailable
from app.settings.loading import load_settings
from app.settings.settings import Settings
from app.settings.vitals import VitalsPorts

KINDS = (*VitalsPorts.model_fields, "flower")

_ANSWER_SECONDS = 10.0
_LONGEST_ANSWER = 65_536
_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104  who listens on all is asked on one


def ask(kind: str, *, is_ready: bool = False) -> int:
    """Print in a sentence how a process is; return 0 if it is well (ready, if that is asked), else 1.

    A wrong setting is 1 too: Docker keeps 2 for itself.
    """
    try:
        words = _answer(kind, load_settings(), is_ready=is_ready)
    except (InvalidInput, Unavailable) as error:
        sys.stderr.write(f"{kind}: {error}\n")
        return 1
    sys.stdout.write(f"{kind}: {words}\n")
    return 0


def _answer(kind: str, settings: Settings, *, is_ready: bool) -> str:
    if kind == "flower":  # it answers "OK" in words of its own, and knows no difference
        return _get(settings.flower.host, settings.flower.port, "/healthcheck")
    if kind not in KINDS:
        raise InvalidInput(f"there is no such process; expected one of: {', '.join(KINDS)}")
    host, port = settings.telemetry.vitals_host, settings.telemetry.vitals_ports.of(kind)
    if port == 0:
        raise InvalidInput(f"it tells nobody how it is; telemetry.vitals_ports.{kind} gives it a port")
    body = _get(host, port, "/ready" if is_ready else "/health")
    return _sentence(json.loads(body)["checks"])


def _get(host: str, port: int, path: str) -> str:
    connection = http.client.HTTPConnection(_EVERY_ADDRESS.get(host, host), port, timeout=_ANSWER_SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read(_LONGEST_ANSWER).decode(errors="replace").strip()
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable(f"it does not answer on port {port}: {str(error) or type(error).__name__}") from error
    finally:
        connection.close()
    if answer.status != http.HTTPStatus.OK:
        raise Unavailable(_failures(body))
    return body


def _failures(body: str) -> str:
    try:
        checks = json.loads(body)["checks"]
    except (ValueError, KeyError, TypeError):
        return body.partition("\n")[0] or "it gave no reason"
    return _sentence({name: check for name, check in checks.items() if not check["ok"]})


def _sentence(checks: dict[str, dict[str, str]]) -> str:
    return "; ".join(f"{name}: {check['words']}" for name, check in checks.items())
