import os
import threading

import pytest
import requests

from app.ndau.node import Node


def test_each_thread_has_a_session_of_its_own() -> None:
    node = Node("http://localhost:3030", timeout_seconds=1)
    sessions = [node._session(), node._session()]
    thread = threading.Thread(target=lambda: sessions.append(node._session()))
    thread.start()
    thread.join()
    assert sessions[0] is sessions[1]
    assert sessions[0] is not sessions[2]


def test_a_forked_process_gets_a_session_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    node = Node("http://localhost:3030", timeout_seconds=1)
    before = node._session()
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert node._session() is not before


def test_a_session_that_is_given_is_used() -> None:
    with requests.Session() as session:
        assert Node("http://localhost:3030", timeout_seconds=1, session=session)._session() is session


def test_a_session_repeats_nothing_by_itself() -> None:
    adapter = Node("https://node.example", timeout_seconds=1)._session().get_adapter("https://node.example")
    assert isinstance(adapter, requests.adapters.HTTPAdapter)
    assert (adapter.max_retries.total, adapter.max_retries.read) == (0, False)


@pytest.mark.parametrize(("url", "trusts"), [("http://127.0.0.1:1", False), ("https://node.example", True)])
def test_the_environments_proxy_is_not_for_this_machine(url: str, trusts: bool) -> None:
    assert Node(url, timeout_seconds=1)._session().trust_env is trusts
