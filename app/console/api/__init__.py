"""The JSON API for scripts, under /api/v1; docs/api.md shows how it is used."""

from fastapi import APIRouter, Security
from fastapi.security import APIKeyCookie, HTTPBearer

from app.console.api import actions, alerts, curve, events, exchanges, halts, issuances, me, offers, overview, sales

# For the description alone: who may come in is decided in `app.console.visiting`.
_TOKEN = HTTPBearer(scheme_name="token", description="An API token, as the page People makes it.", auto_error=False)
_SESSION = APIKeyCookie(
    name="meic_session",
    scheme_name="session",
    description="A browser's login; what changes something needs the header X-CSRF-Token, too.",
    auto_error=False,
)

router = APIRouter(
    prefix="/api/v1",
    dependencies=[Security(_TOKEN), Security(_SESSION)],
    generate_unique_id_function=lambda route: route.name,
)
for _part in (me, overview, curve, sales, issuances, offers, events, exchanges, halts, alerts, actions):
    router.include_router(_part.router)
