"""The little server, over real connections."""

import json
import os
import socket
import threading
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest
import requests

from app.domain.errors import Unavailable
from app.local.home import free_ports
from app.settings.settings import Settings
from app.settings.telemetry import TelemetrySettings
from app.settings.vitals import VitalsPorts
from app.vitals import server, start
from app.vitals.server import VitalsServer, text
from app.vitals.start import start_vitals


def well() -> str:
    return "all is well"


def ill() -> str:
    raise Unavailable("the ledger cannot be reached")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    ports = VitalsPorts(issuer=free_ports({"vitals": 0})["vitals"], watch=0)
    return Settings(home=tmp_path, telemetry=TelemetrySettings(vitals_ports=ports))


@pytest.fixture
def issuer(settings: Settings) -> Iterator[VitalsServer]:
    vitals = start_vitals("issuer", settings, health={"child": well}, ready={"ledger": ill})
    assert vitals is not None
    yield vitals
    vitals.close()


def ask(vitals: VitalsServer, path: str, method: str = "GET") -> requests.Response:
    return requests.request(method, f"http://127.0.0.1:{vitals.port}{path}", timeout=10)


def test_health_and_readiness_are_told_apart(issuer: VitalsServer) -> None:
    health, ready = ask(issuer, "/health"), ask(issuer, "/ready?again=1")
    assert (health.status_code, ready.status_code) == (200, 503)
    assert health.json() == {"kind": "issuer", "ok": True, "checks": {"child": {"ok": True, "words": "all is well"}}}
    assert ready.json()["checks"]["ledger"] == {"ok": False, "words": "the ledger cannot be reached"}
    assert ready.json()["checks"]["child"]["ok"] is True
    assert health.headers["Content-Type"] == "application/json"
    assert health.headers["Cache-Control"] == "no-store"
    assert "Server" not in health.headers


def test_metrics_are_prometheus_own_text(issuer: VitalsServer) -> None:
    metrics = ask(issuer, "/metrics")
    assert metrics.status_code == 200
    assert metrics.headers["Content-Type"].startswith("text/plain")
    assert "# TYPE meic_" in metrics.text


def test_figures_that_cannot_be_shown_are_said_to_be_so(issuer: VitalsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> tuple[bytes, str]:
        raise OSError("No space left on device")

    monkeypatch.setattr(start, "exposition", full)
    answer = ask(issuer, "/metrics")
    assert answer.status_code == 503
    assert "space" not in answer.text
    assert ask(issuer, "/health").status_code == 200


def test_only_its_own_pages_are_answered_and_only_to_be_read(issuer: VitalsServer) -> None:
    assert ask(issuer, "/").status_code == 404
    refused = ask(issuer, "/health", "POST")
    assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD")
    head = ask(issuer, "/health", "HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["Content-Length"]) > 0


@pytest.mark.parametrize("sent", [b"nonsense\r\n\r\n", b"GET /health\r\n\r\n", b"\r\n\r\n", b"\xff\xfe\r\n\r\n"])
def test_what_is_no_request_gets_no_answer(issuer: VitalsServer, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", issuer.port), 10) as connection:
        connection.sendall(sent)
        assert connection.recv(100) == b""
    assert ask(issuer, "/health").status_code == 200


def test_a_request_without_end_is_cut_off(issuer: VitalsServer) -> None:
    def send_without_end(connection: socket.socket) -> None:
        connection.sendall(b"GET /health HTTP/1.1\r\n")
        for _ in range(10_000):
            connection.sendall(b"X-Long: " + b"x" * 1000)

    with (
        socket.create_connection(("127.0.0.1", issuer.port), 10) as connection,
        pytest.raises(OSError, match=r"eset|ipe"),
    ):
        send_without_end(connection)


def test_who_sends_slowly_is_cut_off_and_his_place_is_free_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_REQUEST_SECONDS", 0.2)
    monkeypatch.setattr(server, "_MOST_CONNECTIONS", 2)
    vitals = VitalsServer("127.0.0.1", 0, {"/health": lambda: text(HTTPStatus.OK, "well")})
    slow = [socket.create_connection(("127.0.0.1", vitals.port), 10) for _ in range(2)]
    for connection in slow:
        connection.sendall(b"GET /hea")
    assert [connection.recv(100) for connection in slow] == [b"", b""]
    assert ask(vitals, "/health").text == "well\n"
    for connection in slow:
        connection.close()
    vitals.close()


def test_no_more_are_served_at_a_time_than_there_are_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_MOST_CONNECTIONS", 2)
    release, serving = threading.Event(), threading.Semaphore(0)

    def slow() -> server.Answer:
        serving.release()
        release.wait(10)
        return text(HTTPStatus.OK, "well")

    vitals = VitalsServer("127.0.0.1", 0, {"/health": slow})
    served = [socket.create_connection(("127.0.0.1", vitals.port), 10) for _ in range(2)]
    for connection in served:
        connection.sendall(b"GET /health HTTP/1.1\r\n\r\n")
        assert serving.acquire(timeout=10)
    with socket.create_connection(("127.0.0.1", vitals.port), 10) as third:
        assert third.recv(100) == b""
    release.set()
    assert all(connection.recv(100).startswith(b"HTTP/1.1 200 OK") for connection in served)
    for connection in served:
        connection.close()
    vitals.close()


def test_a_page_that_breaks_takes_no_place_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_MOST_CONNECTIONS", 1)

    def broken() -> server.Answer:
        raise ValueError("a mistake of ours")

    pages = {"/broken": broken, "/health": lambda: text(HTTPStatus.OK, "well")}
    vitals = VitalsServer("127.0.0.1", 0, pages)
    with pytest.raises(requests.ConnectionError):
        ask(vitals, "/broken")
    with socket.create_connection(("127.0.0.1", vitals.port), 10) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
    vitals.close()


def test_a_port_that_is_taken_is_said_and_the_process_goes_on(
    issuer: VitalsServer, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    assert start_vitals("issuer", settings, health={"child": well}) is None
    assert f"127.0.0.1 port {issuer.port}: " in caplog.text
    assert "telemetry.vitals_ports.issuer gives it another port" in caplog.text
    assert ask(issuer, "/health").status_code == 200


@pytest.mark.parametrize("kind", ["watch", "a_worker_of_another_name"])
def test_a_process_without_a_port_tells_nobody(settings: Settings, kind: str) -> None:
    assert start_vitals(kind, settings, health={"loop": well}) is None


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
def test_a_forked_child_lets_go_of_the_port(issuer: VitalsServer, settings: Settings) -> None:
    child_reads, parent_writes = os.pipe()
    pid = os.fork()
    if pid == 0:  # as a pool's child whose parent was killed
        os.close(parent_writes)
        os.read(child_reads, 1)
        os._exit(0)
    os.close(child_reads)
    try:
        issuer.close()
        again = start_vitals("issuer", settings, health={"child": well})
        assert again is not None
        assert json.loads(ask(again, "/health").text)["ok"] is True
        again.close()
    finally:
        os.close(parent_writes)
        os.waitpid(pid, 0)
