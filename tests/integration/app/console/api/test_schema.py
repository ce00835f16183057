"""Every operation against its own description: no failure of ours, and no answer that is not in the description."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from starlette.types import ASGIApp, Receive, Scope, Send

from app.console import api, update, wellbeing
from app.domain.access import Role
from tests.integration.app.console.api.world import World

CONFIG = {
    "seed": 17,
    "phases": {"coverage": {"unexpected-methods": ["DELETE"]}},
    "generation": {"deterministic": True, "with-security-parameters": False},
    # An exchange that is in no settings and an issuance that is in no ledger are refused, however well they are written.
    "checks": {"positive_data_acceptance": {"enabled": False}},
}
BOUNDED = settings(
    max_examples=5,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
FEW = settings(BOUNDED, max_examples=2, phases=(Phase.generate,))


class Relay:
    """Hands requests on to the console of the present test; before there is one, to its description."""

    def __init__(self, target: ASGIApp) -> None:
        self.target = target

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.target(scope, receive, send)


def described() -> FastAPI:
    """Return all that the console describes, without a ledger behind it."""
    app = FastAPI(title="described", openapi_url="/api/openapi.json")
    for router in (api.router, update.router, wellbeing.router):
        app.include_router(router)
    return app


relay = Relay(described())
schema = schemathesis.openapi.from_asgi("/api/openapi.json", relay, config=SchemathesisConfig.from_dict(CONFIG))
Case = schemathesis.Case[Any]
SCRIPTS = "^/api/v1/"
OF_SCRIPTS = schema.include(path_regex=SCRIPTS)


@pytest.fixture
def sqlite_world(quiet_world: World) -> Iterator[World]:
    yield from _answering(quiet_world)


@pytest.fixture
def postgresql_world(quiet_postgresql_world: World) -> Iterator[World]:
    yield from _answering(quiet_postgresql_world)


def _answering(world: World) -> Iterator[World]:
    before, relay.target = relay.target, world.app
    yield world
    relay.target = before


def authorization(world: World, role: Role) -> dict[str, str]:
    return {"Authorization": f"Bearer {world.tokens[role]}"}


def test_what_is_tested_here_is_all_that_the_console_describes(sqlite_world: World) -> None:
    answer: dict[str, Any] = sqlite_world.by(Role.VIEWER).get("/api/openapi.json").json()
    assert set(answer["paths"]) == set(described().openapi()["paths"])


@schema.parametrize()
@BOUNDED
def test_no_answer_to_an_admin_is_outside_of_what_the_api_says_of_itself(case: Case, sqlite_world: World) -> None:
    # That it is not ready, for want of a broker, is an answer.
    case.call_and_validate(
        headers=authorization(sqlite_world, Role.ADMIN),
        excluded_checks=[not_a_server_error] if case.path == "/ready" else [],
    )


@OF_SCRIPTS.parametrize()
@FEW
def test_nor_is_any_over_postgresql(case: Case, postgresql_world: World) -> None:
    case.call_and_validate(headers=authorization(postgresql_world, Role.ADMIN))


@OF_SCRIPTS.parametrize()
@FEW
@pytest.mark.usefixtures("sqlite_world")
def test_whoever_shows_no_token_is_told_nothing_but_that(case: Case) -> None:
    answer = case.call()
    # What is no JSON is not even read.
    assert answer.status_code == 401 or answer.json()["detail"] == "the body is no JSON"


@schema.include(path_regex=SCRIPTS, method="POST").parametrize()
@FEW
def test_a_viewer_does_nothing_whatever_is_sent(case: Case, sqlite_world: World) -> None:
    before, bells = sqlite_world.ledger.events.recent(1), len(sqlite_world.bells)
    answer = case.call(headers=authorization(sqlite_world, Role.VIEWER))
    assert answer.status_code == 403 or answer.json()["detail"] == "the body is no JSON"
    assert (sqlite_world.ledger.events.recent(1), len(sqlite_world.bells)) == (before, bells)
