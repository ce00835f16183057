"""Starting and ending the chain's process."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.errors import ChainUnavailable
from app.ndau.client import NdauChain
from app.ndau.keys import PrivateKey
from app.ndau.transactions import Issue
from localnet.chain.__main__ import main
from localnet.chain.genesis import Genesis, write_genesis
from localnet.chain.process import ChainProcess

Start = Callable[..., ChainProcess]


def test_it_ends_with_status_0_when_it_is_told_to(start_chain: Start, genesis: Genesis) -> None:
    assert start_chain(genesis).stop() == 0


def test_it_ends_at_once_while_a_submit_waits_and_that_submit_is_answered(
    start_chain: Start, genesis: Genesis, key: PrivateKey
) -> None:
    process = start_chain(genesis, block_seconds=60)
    with socket.create_connection(("127.0.0.1", int(process.url.rpartition(":")[2])), timeout=20) as connection:
        connection.sendall(_submit_request(Issue(5, 1), key))
        # The server reads its connections in the order they were opened: these answers come after it took the submit.
        for _ in range(3):
            assert NdauChain(process.url).health() == "Ok"
        started = time.monotonic()
        assert process.stop() == 0
        assert time.monotonic() - started < 5
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
    assert NdauChain(start_chain().url).supply().issued_napu == 5


def _submit_request(issue: Issue, key: PrivateKey) -> bytes:
    body = json.dumps(issue.to_json([key.sign(issue.signable_bytes())])).encode()
    head = f"POST /tx/submit/Issue HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def test_the_issued_total_is_not_lost_between_two_crashes(
    start_chain: Start, genesis: Genesis, key: PrivateKey
) -> None:
    process = start_chain(genesis)
    for sequence in (1, 2):
        issue = Issue(10, sequence)
        NdauChain(process.url).submit_issue(10, sequence, [str(key.sign(issue.signable_bytes()))])
        process.kill()
        process = start_chain()
        assert NdauChain(process.url).supply().issued_napu == 10 * sequence


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_serves_in_the_foreground_until_a_signal(
    tmp_path: Path, genesis: Genesis, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: int
) -> None:
    write_genesis(tmp_path / "genesis.json", genesis)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    monkeypatch.setattr(sys, "argv", ["chain", "--home", str(tmp_path), "--port", str(port)])
    handlers = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(_ask_then_signal, f"http://127.0.0.1:{port}", number)
        assert main() == 0
        assert asked.result() == "Ok"
    assert capsys.readouterr().out == f"ndau chain of {genesis.issuer_address} ready at http://127.0.0.1:{port}\n"
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == handlers


def _ask_then_signal(url: str, number: int) -> str:
    chain, deadline = NdauChain(url), time.monotonic() + 20
    while True:
        try:
            health = chain.health()
        except ChainUnavailable:
            assert time.monotonic() < deadline
            continue
        os.kill(os.getpid(), number)
        return health


@pytest.mark.parametrize("arguments", [["--block-seconds", "-1"], ["--port", "70000"], ["--index-lag-seconds", "nan"]])
def test_a_wrong_setting_is_one_sentence_and_status_2(tmp_path: Path, genesis: Genesis, arguments: list[str]) -> None:
    write_genesis(tmp_path / "genesis.json", genesis)
    ended = run(tmp_path, *arguments)
    assert ended.returncode == 2
    assert "expected" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_missing_genesis_is_one_sentence_and_status_2(tmp_path: Path) -> None:
    ended = run(tmp_path)
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert "genesis.json cannot be read" in ended.stderr


def test_a_second_process_on_the_same_folder_is_refused(start_chain: Start, genesis: Genesis, tmp_path: Path) -> None:
    start_chain(genesis)
    ended = run(tmp_path)
    assert ended.returncode == 2
    assert "locked" in ended.stderr


def test_a_port_that_is_taken_is_one_sentence(start_chain: Start, genesis: Genesis, tmp_path: Path) -> None:
    port = start_chain(genesis).url.rpartition(":")[2]
    ended = run(tmp_path, "--port", port)
    assert ended.returncode == 2
    assert f"cannot listen on 127.0.0.1:{port}" in ended.stderr


def test_a_chain_that_cannot_start_says_so(start_chain: Start, genesis: Genesis) -> None:
    start_chain(genesis).stop()
    with pytest.raises(ChainUnavailable, match="did not start"):
        start_chain(replace(genesis, total_released_napu=1))


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # The interpreter and every argument are the test's own.
    command = [sys.executable, "-m", "localnet.chain", "--home", str(home), "--port", "0", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
