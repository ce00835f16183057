import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.celery import app as celery_app
from app.domain.access import Role
from app.settings.sections import BrokerSettings
from app.settings.settings import Settings
from tests.integration.app.console.api.world import World, add_people, live_through, made_world, settings_in
from tests.integration.app.console.pages.worlds import go_wrong

NOWHERE = BrokerSettings(url=SecretStr("redis://127.0.0.1:1/0"))
"""Nothing listens there: pages must do without."""

Make = Callable[[str], World]


@pytest.fixture(scope="session")
def people_in_ledger(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[Role, str]]:
    """A ledger with people in it, to be copied, and their tokens: passwords are slow to be made."""
    folder = tmp_path_factory.mktemp("people")
    return folder / "ledger.sqlite3", add_people(settings_in(folder))


@pytest.fixture(scope="module")
def make_world(
    people_in_ledger: tuple[Path, dict[Role, str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Make]:
    """Make an "empty", "ordinary" or "wrong" world."""
    ledger, tokens = people_in_ledger
    with ExitStack() as opened, pytest.MonkeyPatch.context() as patch:

        def make(kind: str) -> World:
            folder = tmp_path_factory.mktemp(kind)
            shutil.copy(ledger, folder / ledger.name)
            world = opened.enter_context(made_world(_settings(folder), tokens))
            patch.setattr(
                celery_app, "send_task", lambda task, arguments=(), **_: world.bells.append((task, tuple(arguments)))
            )
            if kind != "empty":
                live_through(world)
            if kind == "wrong":
                go_wrong(world)
            return world

        yield make


@pytest.fixture(scope="module")
def wrong_world(make_world: Make) -> World:
    """One that no test changes."""
    return make_world("wrong")


@pytest.fixture(scope="module", params=["empty", "ordinary", "wrong"])
def any_world(request: pytest.FixtureRequest, make_world: Make) -> World:
    return make_world(request.param)


def _settings(folder: Path) -> Settings:
    return settings_in(folder).model_copy(update={"broker": NOWHERE})
