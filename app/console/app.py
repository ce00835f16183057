"""The console as a web application."""

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.staticfiles import StaticFiles

from app.bootstrap import Coordinator
from app.console import api, describing, entering, live, pages, people, update, wellbeing
from app.console.assets import FOLDER
from app.console.failures import answer_failures
from app.console.headers import SecureHeaders
from app.console.hosts import KnownHosts, known_names
from app.console.last_resort import LastResort
from app.console.limits import Limits


def create_app(parts: Coordinator) -> FastAPI:
    """Return the console over these parts, which stay the caller's to close.

    Raises:
        InvalidInput: the ledger cannot be reached or is of another version, or a key of console.update_keys is none.
    """
    _ = parts.access  # whatever is wrong with it is told at the start
    app = FastAPI(
        title="Issuance console",
        version="1",
        description=describing.DESCRIPTION,
        openapi_tags=describing.TAGS,
        # FastAPI's own pages load scripts from elsewhere.
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        middleware=[
            Middleware(SecureHeaders),
            Middleware(LastResort),
            Middleware(KnownHosts, names=known_names(parts.settings.console)),
            Middleware(Limits),
        ],
    )
    app.state.parts = parts
    app.state.needs = wellbeing.needs(parts)
    answer_failures(app)
    for documented in (api.router, update.router, wellbeing.router):
        app.include_router(documented)
    for page in (describing.router, entering.router, people.router, live.router, pages.router):
        app.include_router(page, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=FOLDER), name="static")
    return app
